// The bet: up to three neurons picked at step 0, their places in the race, the theory's own bet, and
// what at step 0 did tell who would win.
import { INITS } from "../experiment.js";
import { Chart } from "./chart.js";
import { button, element, input, say } from "./dom.js";

const LIVE_MS = 500; // how often the places are told while the race runs

/** Names of what the worker's answer to `start` compares. @type {Record<string, string>} */
const QUANTITIES = {
  growing: "growing mode |p + c|/2",
  total: "direction of the total vector",
  incoming: "direction of w₁",
  norm_out: "|w₂|",
  norm_in: "|w₁|",
};

/** @param {import("../lab.js").Lab} lab */
export async function bet(lab) {
  const chart = await Chart.in(element("chart-predictors", HTMLElement), {
    description: "Bar chart: how well each quantity at step 0 orders the neurons by their size now.",
  });
  const said = element("bet-said", HTMLElement);
  /** @type {number[]} not yet placed */
  let picks = [];
  /** @type {number[]} */
  let theirs = [];
  let network = "";
  let told = 0;

  const show = () => {
    const { bets } = lab.experiment;
    const placed = bets.length > 0;
    const yours = placed ? bets : picks;
    const rivals = placed ? theirs : [];
    const places = lab.frame && lab.frame.step > 0 ? placesOf(lab.frame.norm_product) : undefined;
    told = performance.now();
    const back = !places || !placed;
    chips("bet-picks", yours, places, back ? takeBack : (i) => lab.choose(i), back ? "Take back" : "Show");
    chips("bet-theory", rivals, places, (i) => lab.choose(i), "Show");
    button("bet-pick").classList.toggle("is-idle", placed || picks.length === lab.shipped.constants.picks);
    button("bet-place").classList.toggle("is-idle", placed || picks.length === 0);
    lab.mark([
      ...yours.map((neuron) => ({ neuron, by: "you" })),
      ...rivals.map((neuron) => ({ neuron, by: "theory" })),
    ]);
  };
  /** @param {number} neuron */
  const take = (neuron) => {
    if (lab.experiment.bets.length > 0 || lab.frame?.step !== 0) return;
    if (picks.includes(neuron)) picks = picks.filter((pick) => pick !== neuron);
    else if (picks.length < lab.shipped.constants.picks) picks = [...picks, neuron];
    show();
  };
  /** @param {number} neuron picked, or in a bet that has been placed */
  const takeBack = (neuron) => {
    if (lab.experiment.bets.length > 0) {
      picks = lab.experiment.bets;
      lab.change({ bets: [] });
    }
    take(neuron);
    judge();
  };
  const judge = () => {
    const { frame, experiment } = lab;
    if (!frame || experiment.bets.length === 0) return say(said, "The theory shows its bet after yours.");
    if (frame.step === 0) return say(said, "Your bet is placed, and so is the theory's. Now press Play.");
    say(said, verdict(placesOf(frame.norm_product), experiment.bets, theirs, frame.step));
  };

  lab.on("choose", (neuron) => {
    input("bet-neuron").value = String(neuron);
    take(neuron);
  });
  button("bet-pick").onclick = () => {
    const neuron = input("bet-neuron").valueAsNumber;
    if (lab.frame && Number.isInteger(neuron) && neuron >= 0 && neuron < lab.frame.votes.length) take(neuron);
  };
  button("bet-place").onclick = () => {
    if (lab.experiment.bets.length > 0) return;
    if (lab.frame?.step !== 0) return say(said, "A bet is placed before the race: press Reset first.");
    if (picks.length === 0) return say(said, "Pick a neuron first.");
    lab.change({ bets: picks });
    show();
    judge();
  };
  const next = button("bet-next");
  const names = /** @type {(keyof typeof INITS)[]} */ (Object.keys(INITS));
  const other = () => names[(1 + names.indexOf(lab.experiment.init)) % names.length];
  next.onclick = () => {
    if (!lab.replaying) void lab.reset({ init: other(), ticket: [], bets: [] });
  };
  const foretell = (/** @type {Record<string, number>} */ correlations) => {
    const rows = Object.entries(QUANTITIES).map(([name, label]) => ({
      name: label,
      correlation: correlations[name] ?? 0,
    }));
    chart.feed({ predictors: rows.sort((a, b) => b.correlation - a.correlation) });
  };

  lab.on("start", async () => {
    const { task, width, init, init_scale, seed, ticket, points } = lab.experiment;
    const now = JSON.stringify([task, width, init, init_scale, seed, ticket, points]);
    if (network !== "" && network !== now) {
      picks = [];
      lab.change({ bets: [] });
    }
    network = now;
    theirs = [];
    foretell({});
    say(element("bet-why-state", HTMLElement), "What at step 0 tells who will win? The bars show it when the race stops.");
    say(next, `Bet again: ${INITS[other()]}`);
    next.disabled = lab.replaying;
    show();
    judge();
    const start = await lab.ask("start");
    if (!start) return;
    theirs = start.theory;
    show();
  });
  lab.on("frame", (frame) => {
    if (!frame.playing || performance.now() - told > LIVE_MS) show();
  });
  lab.on("still", async () => {
    judge();
    if (!lab.frame || lab.frame.step === 0) return;
    const start = await lab.ask("start");
    if (!start) return;
    foretell(start.correlations);
    say(element("bet-why-state", HTMLElement), `What at step 0 told who would be large at step ${lab.frame.step.toLocaleString("en")}:`);
  });
}

/**
 * Three places in a list for neurons; a button stays where it is, since it may have the focus.
 * @param {string} id
 * @param {number[]} neurons
 * @param {number[] | undefined} places of all neurons
 * @param {(neuron: number) => void} press
 * @param {string} verb what pressing does
 */
function chips(id, neurons, places, press, verb) {
  [...element(id, HTMLElement).children].forEach((item, i) => {
    const neuron = neurons[i];
    if (neuron === undefined) return item.replaceChildren();
    if (!item.firstChild) {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "lab-button lab-chip";
      item.append(chip);
    }
    const chip = /** @type {HTMLButtonElement} */ (item.firstChild);
    const place = places?.[neuron];
    chip.onclick = () => press(neuron);
    say(chip, `neuron ${neuron}${place ? ` is ${ordinal(place)}` : ""}`);
    chip.setAttribute("aria-label", `${verb} ${chip.textContent}`);
    chip.style.setProperty("--share", places && place ? String(1 - (place - 1) / places.length) : "0");
  });
}

/**
 * Who is ahead, in a sentence.
 * @param {number[]} places
 * @param {number[]} yours
 * @param {number[]} theirs
 * @param {number} step
 */
function verdict(places, yours, theirs, step) {
  const best = (/** @type {number[]} */ bets) => Math.min(...bets.map((i) => places[i]).filter(Boolean));
  const [you, theory] = [best(yours), best(theirs)];
  if (!Number.isFinite(you + theory)) return "";
  const at = `Step ${step.toLocaleString("en")}:`;
  if (you === 1 && theory === 1) return `${at} you and the theory both have the largest neuron of all.`;
  if (you === 1) return `${at} you have the largest neuron of all! The theory's best is ${ordinal(theory)}.`;
  const lead = you < theory ? "you are ahead" : "the theory is ahead";
  return `${at} ${you === theory ? "you are level with the theory" : lead}. Your best is ${ordinal(you)} of ${places.length}, the theory's ${ordinal(theory)}; the largest is neuron ${places.indexOf(1)}.`;
}

/** Place of each neuron by size, from 1. @param {ArrayLike<number>} sizes */
function placesOf(sizes) {
  const order = Array.from(sizes, (_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const places = new Array(sizes.length);
  order.forEach((neuron, place) => (places[neuron] = place + 1));
  return places;
}

/** @param {number} place */
function ordinal(place) {
  const rules = new Intl.PluralRules("en", { type: "ordinal" });
  const ending = { one: "st", two: "nd", few: "rd" }[/** @type {"one"} */ (rules.select(place))] ?? "th";
  return `${place}${ending}`;
}
