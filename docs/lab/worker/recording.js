// What a run has been through: its parameters at a few dozen times, dense early.

const TIMES = 96;

/**
 * The steps to record, about evenly spaced in log time, for a race of `length` steps.
 * @param {number} length
 */
export function recordedTimes(length) {
  const times = Array.from({ length: TIMES }, (_, i) =>
    Math.round(Math.expm1((i / (TIMES - 1)) * Math.log1p(length))),
  );
  return [...new Set(times)];
}

/**
 * @typedef {object} Recorded
 * @property {number} step
 * @property {number} loss
 * @property {number} accuracy
 * @property {import("./neurons.js").Parameters} parameters
 * @property {import("./optimised.js").Memory} [memory] of the steps before
 */

/** States of one run, in the order of their steps. */
export class Recording {
  /** @type {Recorded[]} */
  states = [];
  #times;

  /** @param {number} length of the race in steps */
  constructor(length) {
    this.#times = recordedTimes(length);
  }

  /** The next step to record; beyond the race's end a tenth later each time. */
  next() {
    const last = this.states.at(-1)?.step ?? -1;
    return this.#times.find((time) => time > last) ?? Math.ceil(1.1 * last);
  }

  /** Keeps a state if its time has come, and says whether. @param {Recorded} state */
  keep(state) {
    const due = state.step >= this.next();
    if (due) this.states.push(state);
    return due;
  }

  /** Forgets what came after a step: the run goes on from there. @param {number} step */
  truncate(step) {
    this.states = this.states.filter((state) => state.step <= step);
  }
}
