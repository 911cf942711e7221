// The lottery ticket: the winners of a run from their old start, and for comparison as many of its
// neurons at random, and as many drawn anew. All train side by side, as far as the run has come.
import { THIS_RUN } from "../experiment.js";
import { logitsOf, lossAndAccuracy } from "./capacity.js";
import { RandomState } from "./random_state.js";
import { Run } from "./run.js";

const LOT = 2 * 10 ** 9; // another seed than any network's: with the same numbers the lot would follow the start
const FINER = 1.05; // the steps of a curve, each to the next
const MOST_STEPS = 100; // at once, so that a Pause button answers meanwhile

/**
 * Loss on the training samples, and accuracy on the held-out ones where there are any.
 * @typedef {{kind: string, step: number, loss: number, accuracy: number}} Point
 * @typedef {import("./neurons.js").Parameters} Parameters
 * @typedef {{loss: number, accuracy: number, parameters: Parameters}} State
 * @typedef {{advance: (count: number) => Promise<State & {wrong: number}>}} Source
 * @typedef {import("../samples.js").Samples} Samples
 */

/**
 * The three networks at their start.
 * @param {Run} run
 * @param {number[]} winners neurons of the run
 * @returns {Record<"winners" | "at random" | "drawn anew", Run>}
 */
export function drawn(run, winners) {
  const { x, labels, config, constants, neurons } = run;
  const lot = new RandomState(LOT + config.seed).permutation(run.width).slice(0, winners.length);
  /** @param {Iterable<number>} chosen */
  const alone = (chosen) => new Run(x, labels, config, Array.from(chosen, (i) => neurons[i]).sort((a, b) => a - b), constants);
  const other = { ...config, seed: (config.seed + 1) % 2 ** 32 };
  return {
    winners: alone(winners),
    "at random": alone(lot),
    "drawn anew": new Run(x, labels, other, winners.map((_, i) => i), constants),
  };
}

export class Tickets {
  #open;
  #run;
  #networks;
  #heldOut;

  /**
   * @param {Run} run which they train as far as
   * @param {number[]} winners neurons of the run
   * @param {Samples | undefined} heldOut
   * @param {(run: Run) => Source} train
   */
  constructor(run, winners, heldOut, train) {
    this.#run = run;
    this.#heldOut = heldOut;
    this.#networks = Object.entries(drawn(run, winners));
    this.until = run.current.step;
    this.#open = this.#networks.map(([kind, network]) => ({ kind, step: 0, source: train(network) }));
  }

  /** The run's curve, and the first points of the others. @returns {Point[]} */
  start() {
    const { x, labels, recording, current } = this.#run;
    const known = [...recording.states.filter(({ step }) => step < this.until), current];
    return [
      ...known.map((state) => this.#point(THIS_RUN, state.step, state)),
      ...this.#networks.map(([kind, { origin }]) =>
        this.#point(kind, 0, { parameters: origin, ...judged(origin, { x, labels }) }),
      ),
    ];
  }

  /**
   * Trains the one that is furthest behind to its next point; undefined where all have arrived. One
   * that diverges ends there.
   * @returns {Promise<Point | undefined>}
   */
  async next() {
    const [one] = this.#open.sort((a, b) => a.step - b.step);
    if (!one) return undefined;
    const to = Math.min(this.until, Math.max(one.step + 1, Math.round(one.step * FINER)), one.step + MOST_STEPS);
    const state = await one.source.advance(to - one.step);
    one.step = to;
    const diverged = state.wrong >= 0;
    if (diverged || to === this.until) this.#open = this.#open.filter((other) => other !== one);
    return diverged ? { kind: one.kind, step: to, loss: NaN, accuracy: NaN } : this.#point(one.kind, to, state);
  }

  /** @param {string} kind @param {number} step @param {State} state @returns {Point} */
  #point(kind, step, { parameters, loss, accuracy }) {
    const held = this.#heldOut && judged(parameters, this.#heldOut);
    return { kind, step, loss, accuracy: held?.accuracy ?? accuracy };
  }
}

/** @param {Parameters} network @param {{x: Float32Array, labels: ArrayLike<number>}} samples */
function judged(network, { x, labels }) {
  return lossAndAccuracy(logitsOf(network, x, labels.length), labels);
}
