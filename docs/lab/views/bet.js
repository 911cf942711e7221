// The bet: neurons picked at step 0, their places in the race, the theory's own bet, and the verdict
// where the loss drops.
import * as kept from "../bet_record.js";
import { INITS, LIMITS } from "../experiment.js";
import { button, element, input, say } from "./dom.js";
import { Guess } from "./guess.js";
import { hint, standing, why } from "./parts.js";
import { confirmed, best, placesOf, verdict } from "./places.js";
import { showPicks } from "./picks.js";
import { record, showRecord } from "./record.js";

const LIVE_MS = 500; // how often the places are shown while the race runs

/** @param {import("../lab.js").Lab} lab */
export function bet(lab) {
  const bet = new Bet(lab);
  const neuron = input("bet-neuron");
  lab.on("choose", (chosen) => {
    neuron.value = String(chosen);
    bet.pick(chosen);
  });
  button("bet-pick").onclick = () => {
    const typed = neuron.valueAsNumber;
    const width = lab.frame?.votes.length ?? lab.experiment.width;
    if (Number.isInteger(typed) && typed >= 0 && typed < width) bet.pick(typed);
  };
  button("bet-place").onclick = () => bet.place();
  button("bet-again").onclick = () => {
    const seed = (lab.experiment.seed + 1) % (LIMITS.seed.max + 1);
    if (!lab.replaying) void lab.reset({ seed, ticket: [], bets: [] });
  };
  button("bet-next").onclick = () => {
    if (!lab.replaying) void lab.reset({ init: nextInit(lab), ticket: [], bets: [] });
  };
  lab.on("start", () => {
    const next = button("bet-next");
    say(next, `Bet again: ${INITS[nextInit(lab)]}`);
    for (const id of ["bet-next", "bet-again"]) button(id).disabled = lab.replaying;
    void bet.start();
  });
  lab.on("frame", (frame) => {
    bet.follow();
    if (!frame.playing || performance.now() - bet.shown > LIVE_MS) bet.show();
  });
  lab.on("still", () => bet.judge());
  record();
}

/** @param {import("../lab.js").Lab} lab */
function nextInit({ experiment }) {
  const names = /** @type {(keyof typeof INITS)[]} */ (Object.keys(INITS));
  return names[(1 + names.indexOf(experiment.init)) % names.length];
}

class Bet {
  /** When the places were shown last. */
  shown = 0;
  #lab;
  #guess;
  #said = element("bet-said", HTMLElement);
  /** The visitor's neurons while the bet is not yet placed. @type {number[]} */
  #picks = [];
  /** The theory's. @type {number[]} */
  #theirs = [];
  #network = "";
  /** Where the loss dropped. @type {{step: number, places: number[]} | undefined} */
  #decided;
  #asking = false;

  /** @param {import("../lab.js").Lab} lab */
  constructor(lab) {
    this.#lab = lab;
    this.#guess = new Guess(lab);
  }

  /** A new run stands at step 0: a bet on another network is over. */
  async start() {
    const { task, width, init, init_scale, seed, ticket, points } = this.#lab.experiment;
    const network = JSON.stringify([task, width, init, init_scale, seed, ticket, points]);
    if (this.#network !== "" && this.#network !== network) {
      this.#picks = [];
      this.#lab.change({ bets: [] });
    }
    this.#network = network;
    this.#theirs = [];
    this.#decided = undefined;
    this.#guess.forget();
    this.show();
    this.judge();
    const prediction = await this.#lab.ask("prediction");
    if (!prediction || this.#network !== network) return;
    this.#theirs = prediction.theory;
    this.#guess.know(prediction);
    this.show();
    this.judge();
  }

  show() {
    const { frame, experiment, shipped } = this.#lab;
    const placed = experiment.bets.length > 0;
    const yours = placed ? experiment.bets : this.#picks;
    const rivals = placed ? this.#theirs : [];
    const places = frame && frame.step > 0 ? placesOf(frame.norm_product) : undefined;
    this.shown = performance.now();
    const choose = { verb: "Show", press: (/** @type {number} */ neuron) => this.#lab.choose(neuron) };
    const takeBack = { verb: "Take back", press: (/** @type {number} */ neuron) => this.#takeBack(neuron) };
    showPicks("bet-picks", yours, places, placed && places ? choose : takeBack);
    showPicks("bet-theory", rivals, places, choose);
    button("bet-pick").classList.toggle("is-idle", placed || this.#picks.length === shipped.constants.picks);
    button("bet-place").classList.toggle("is-idle", placed || this.#picks.length === 0);
    this.#lab.mark([
      ...yours.map((neuron) => ({ neuron, by: "you" })),
      ...rivals.map((neuron) => ({ neuron, by: "theory" })),
    ]);
    this.#showPhase();
  }

  /** What there is to do now; not spoken, since it says nothing that a visitor does not do. */
  #showPhase() {
    const { frame, experiment } = this.#lab;
    const [before, ready, racing] = [...element("bet-intro", HTMLElement).children];
    const placed = experiment.bets.length > 0;
    const begun = (frame?.step ?? 0) > 0;
    /** @type {HTMLElement} */ (before).hidden = placed;
    /** @type {HTMLElement} */ (ready).hidden = !placed || begun;
    /** @type {HTMLElement} */ (racing).hidden = !placed || !begun || this.#decided !== undefined;
  }

  /** Tells what a neuron is, and picks it, or takes it back if it is picked. @param {number} neuron */
  pick(neuron) {
    const { experiment, frame, shipped } = this.#lab;
    this.#guess.ask(neuron);
    if (experiment.bets.length > 0 || (frame?.step ?? 0) > 0) return;
    if (this.#picks.includes(neuron)) this.#picks = this.#picks.filter((pick) => pick !== neuron);
    else if (this.#picks.length < shipped.constants.picks) this.#picks = [...this.#picks, neuron];
    this.show();
  }

  /** @param {number} neuron picked, or in a bet that has been placed */
  #takeBack(neuron) {
    const { bets } = this.#lab.experiment;
    if (bets.length > 0) {
      this.#picks = bets;
      this.#lab.change({ bets: [] });
    }
    this.pick(neuron);
    this.judge();
  }

  place() {
    const { experiment, frame } = this.#lab;
    if (experiment.bets.length > 0) return;
    if (frame && frame.step > 0) return say(this.#said, "A bet is placed before the race: press Reset first.");
    if (this.#picks.length === 0) return say(this.#said, "Pick a neuron first.");
    this.#lab.change({ bets: this.#picks });
    this.show();
    this.judge();
  }

  /** Asks for the verdict as soon as the loss has dropped. */
  follow() {
    const { frame, experiment, shipped, points } = this.#lab;
    const share = shipped.constants.drop;
    if (!frame || experiment.bets.length === 0 || this.#decided || this.#asking) return;
    if (!(frame.loss < share * (points[0]?.loss ?? 0))) return;
    this.#asking = true;
    void this.#decide().finally(() => (this.#asking = false));
  }

  async #decide() {
    const network = this.#network;
    const found = await this.#lab.ask("decided");
    if (!found || network !== this.#network) return;
    this.#decided = { step: found.step, places: placesOf(found.sizes) };
    this.#keep(this.#decided.places);
    this.judge();
    this.show();
  }

  /** @param {number[]} places */
  #keep(places) {
    const { parts, part } = this.#guess;
    const { experiment, shipped } = this.#lab;
    const { bets, seed, ticket } = experiment;
    if (!parts || ticket.length > 0) return;
    const winners = this.#winners(places);
    const wins = (/** @type {number[]} */ neurons) => best(places, neurons) <= shipped.constants.picks;
    kept.keep({
      network: this.#network, kind: this.#kind(), seed, guess: part, places: bets.map((neuron) => places[neuron]),
      won: wins(bets), theory: wins(this.#theirs), standing: standing(parts, winners),
    });
    showRecord();
  }

  /** @param {number[]} places */
  #winners(places) {
    return Array.from({ length: this.#lab.shipped.constants.picks }, (_, i) => places.indexOf(i + 1));
  }

  #kind() {
    const { experiment, task } = this.#lab;
    return `${task.task}, ${INITS[experiment.init]}`;
  }

  /** Says who has won, and why. */
  judge() {
    const { frame, experiment, shipped } = this.#lab;
    const { bets } = experiment;
    const { parts } = this.#guess;
    const reasons = element("bet-why", HTMLElement);
    const learned = element("bet-hint", HTMLElement);
    if (!frame || bets.length === 0 || !this.#decided || !parts) {
      reasons.replaceChildren();
      say(learned, "");
      say(this.#said, frame && bets.length > 0 ? "Your bet is placed, and so is the theory's." : "The theory shows its bet after yours.");
      return;
    }
    const { step, places } = this.#decided;
    const { picks } = shipped.constants;
    const now = frame.playing || frame.step <= step ? "" : ` ${confirmed(places, placesOf(frame.norm_product), bets, frame.step, picks)}`;
    say(this.#said, verdict(places, bets, this.#theirs, step, picks) + now);
    reasons.replaceChildren(...bets.map((neuron) => sentence(why(neuron, places[neuron], parts, picks))));
    const races = kept.all().filter(({ kind }) => kind === this.#kind()).map((race) => race.standing);
    say(learned, hint(races.length > 0 ? races : [standing(parts, this.#winners(places))]));
  }
}

/** @param {string} text */
function sentence(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
