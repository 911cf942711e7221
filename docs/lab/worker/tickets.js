// The lottery ticket: the winners of a run from their old start, and for comparison as many of its
// neurons at random, and as many drawn anew. All train side by side, as far as the run has come.
import { logitsOf, lossAndAccuracy } from "./capacity.js";
import { RandomState } from "./random_state.js";
import { Run } from "./run.js";

const LOT = 2 * 10 ** 9; // another seed than any network's: with the same numbers the lot would follow the start
const FINER = 1.05; // the steps of a curve, each to the next
const MOST_STEPS = 100; // at once, so that a Pause button answers meanwhile

/**
 * @typedef {{kind: string, step: number, loss: number, accuracy: number}} Point
 * @typedef {{advance: (count: number) => Promise<{wrong: number, loss: number, accuracy: number}>}} Source
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
  #until;

  /**
   * @param {Record<string, Run>} networks
   * @param {number} until the step to which they train
   * @param {(run: Run) => Source} train
   */
  constructor(networks, until, train) {
    this.#until = until;
    this.networks = networks;
    this.#open = Object.entries(networks).map(([kind, run]) => ({ kind, step: 0, source: train(run) }));
  }

  /** Their curves' first points. @returns {Point[]} */
  start() {
    return Object.entries(this.networks).map(([kind, { origin, x, labels }]) => ({
      kind,
      step: 0,
      ...lossAndAccuracy(logitsOf(origin, x, labels.length), labels),
    }));
  }

  /**
   * Trains the one that is furthest behind to its next point; undefined where all have arrived. One
   * that diverges ends there.
   * @returns {Promise<Point | undefined>}
   */
  async next() {
    const [one] = this.#open.sort((a, b) => a.step - b.step);
    if (!one) return undefined;
    const to = Math.min(this.#until, Math.max(one.step + 1, Math.round(one.step * FINER)), one.step + MOST_STEPS);
    const { wrong, loss, accuracy } = await one.source.advance(to - one.step);
    one.step = to;
    if (wrong >= 0 || to === this.#until) this.#open = this.#open.filter((other) => other !== one);
    return { kind: one.kind, step: to, loss: wrong >= 0 ? NaN : loss, accuracy };
  }
}
