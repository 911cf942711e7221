// The bet: neurons picked at step 0, their places in the race, and the theory's own bet.
import { INITS } from "../experiment.js";
import { button, element, input, say } from "./dom.js";
import { placesOf, verdict } from "./places.js";
import { showPicks } from "./picks.js";

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
    if (lab.frame && Number.isInteger(typed) && typed >= 0 && typed < lab.frame.votes.length) bet.pick(typed);
  };
  button("bet-place").onclick = () => bet.place();
  button("bet-next").onclick = () => {
    if (!lab.replaying) void lab.reset({ init: nextInit(lab), ticket: [], bets: [] });
  };
  lab.on("start", () => {
    const next = button("bet-next");
    say(next, `Bet again: ${INITS[nextInit(lab)]}`);
    next.disabled = lab.replaying;
    void bet.start();
  });
  lab.on("frame", (frame) => {
    if (!frame.playing || performance.now() - bet.shown > LIVE_MS) bet.show();
  });
  lab.on("still", () => bet.judge());
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
  #state = element("bet-said", HTMLElement);
  /** The visitor's neurons while the bet is not yet placed. @type {number[]} */
  #picks = [];
  /** The theory's. @type {number[]} */
  #theirs = [];
  #network = "";

  /** @param {import("../lab.js").Lab} lab */
  constructor(lab) {
    this.#lab = lab;
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
    this.show();
    this.judge();
    const prediction = await this.#lab.ask("prediction");
    if (!prediction) return;
    this.#theirs = prediction.theory;
    this.show();
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
  }

  /** Picks a neuron, or takes it back if it is picked. @param {number} neuron */
  pick(neuron) {
    const { experiment, frame, shipped } = this.#lab;
    if (experiment.bets.length > 0 || frame?.step !== 0) return;
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
    if (frame?.step !== 0) return say(this.#state, "A bet is placed before the race: press Reset first.");
    if (this.#picks.length === 0) return say(this.#state, "Pick a neuron first.");
    this.#lab.change({ bets: this.#picks });
    this.show();
    this.judge();
  }

  /** Says who is ahead. */
  judge() {
    const { frame, experiment } = this.#lab;
    const { bets } = experiment;
    if (!frame || bets.length === 0) return say(this.#state, "The theory shows its bet after yours.");
    if (frame.step === 0) return say(this.#state, "Your bet is placed, and so is the theory's. Now press Play.");
    say(this.#state, verdict(placesOf(frame.norm_product), bets, this.#theirs, frame.step));
  }
}
