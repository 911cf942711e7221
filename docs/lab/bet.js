// The bet: up to three neurons picked at step 0, their places in the race, the theory's own bet, and
// what at step 0 did tell who would win.
import { Chart } from "./charts.js";
import { button, element, input, say } from "./dom.js";

const PICKS = 3;
const LIVE_MS = 500; // how often the places are told while the race runs

/** Names of what the worker's answer to `start` compares. @type {Record<string, string>} */
const QUANTITIES = {
  growing: "growing mode |p + c|/2",
  total: "direction of the total vector",
  incoming: "direction of w₁",
  norm_out: "|w₂|",
  norm_in: "|w₁|",
};

/** @param {import("./lab.js").Lab} lab */
export async function bet(lab) {
  const chart = await Chart.in(element("chart-predictors", HTMLElement), {
    description: "Bar chart: how well each quantity at step 0 orders the neurons by their size now.",
  });
  /** @type {number[]} not yet placed */
  let picks = [];
  /** @type {number[]} */
  let theirs = [];
  let network = "";
  let told = 0;

  const show = () => {
    const { bets } = lab.experiment;
    const placed = bets.length > 0;
    element("bet-picks", HTMLElement).replaceChildren(...(placed ? bets : picks).map((neuron) => {
      const item = document.createElement("li");
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "lab-button";
      chip.textContent = placed ? `neuron ${neuron}` : `neuron ${neuron} ×`;
      chip.setAttribute("aria-label", placed ? `Show neuron ${neuron}` : `Take back neuron ${neuron}`);
      chip.onclick = () => (placed ? lab.choose(neuron) : take(neuron));
      item.append(chip);
      return item;
    }));
    button("bet-pick").classList.toggle("is-idle", placed || picks.length === PICKS);
    button("bet-place").classList.toggle("is-idle", placed || picks.length === 0);
    lab.mark([
      ...(placed ? bets : picks).map((neuron) => ({ neuron, label: `${neuron}` })),
      ...(placed ? theirs : []).filter((i) => !bets.includes(i)).map((neuron) => ({ neuron, label: `theory ${neuron}` })),
    ]);
    tell();
  };
  /** @param {number} neuron */
  const take = (neuron) => {
    if (lab.experiment.bets.length > 0 || lab.frame?.step !== 0) return;
    if (picks.includes(neuron)) picks = picks.filter((pick) => pick !== neuron);
    else if (picks.length < PICKS) picks = [...picks, neuron];
    show();
  };
  const tell = () => {
    const { frame, experiment } = lab;
    const result = element("bet-result", HTMLElement);
    if (!frame || experiment.bets.length === 0) return say(result, "");
    told = performance.now();
    if (frame.step === 0) return say(result, "Your bet is placed, and so is the theory's: press Play.");
    const places = placesOf(frame.norm_product);
    const list = (/** @type {number[]} */ neurons) =>
      neurons.map((i) => `neuron ${i} is ${ordinal(places[i])}`).join(", ");
    say(result, `Of ${places.length} at step ${frame.step.toLocaleString("en")}. Yours: ${list(experiment.bets)}. The theory's: ${list(theirs)}.`);
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
    if (picks.length === 0 && lab.experiment.bets.length === 0) {
      return say(element("bet-result", HTMLElement), "Pick a neuron first, at step 0.");
    }
    if (lab.experiment.bets.length === 0) lab.change({ bets: picks });
    show();
  };
  lab.on("start", async () => {
    const { task, width, init, init_scale, seed, ticket, points } = lab.experiment;
    const now = JSON.stringify([task, width, init, init_scale, seed, ticket, points]);
    if (network !== "" && network !== now) {
      picks = [];
      lab.change({ bets: [] });
    }
    network = now;
    element("bet-why", HTMLElement).hidden = true;
    show();
    const start = await lab.ask("start");
    if (!start) return;
    theirs = start.theory;
    show();
  });
  lab.on("frame", (frame) => {
    if (frame.playing && performance.now() - told > LIVE_MS) tell();
  });
  lab.on("still", async () => {
    tell();
    const start = lab.frame && lab.frame.step > 0 ? await lab.ask("start") : undefined;
    if (!start) return;
    element("bet-why", HTMLElement).hidden = false;
    const rows = Object.entries(QUANTITIES).map(([name, label]) => ({
      name: label,
      correlation: start.correlations[name],
    }));
    dispatchEvent(new Event("resize")); // while it was hidden, the chart had no width
    chart.feed({ predictors: rows.sort((a, b) => b.correlation - a.correlation) });
  });
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
