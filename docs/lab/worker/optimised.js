// Steps that are not plain full-batch descent: minibatches, momentum, Adam, as racing_core.optimised
// takes them.
//
// Gradients come out of the same graph as descent's steps: one step of it at a learning rate of 1
// moves the parameters by minus their gradient.
import { Descent, DIVERGED } from "./descent.js";
import { RandomState } from "./random_state.js";

// torch.optim.Adam's own
const BETAS = [0.9, 0.999];
const EPSILON = 1e-8;

/**
 * @typedef {import("./neurons.js").Parameters} Parameters
 *
 * How a step is taken, as `racing train` names it; plain descent without any of these.
 * @typedef {object} Optimizer
 * @property {"adam"} [optimizer]
 * @property {number} [momentum]
 * @property {number} [batch] samples per step
 *
 * What a step needs of those before it: means of the gradients, and of their squares.
 * @typedef {{first: Parameters, second: Parameters}} Memory
 */

/** Whether a run is not plain descent. @param {Optimizer} config */
export function isOptimised({ optimizer, momentum, batch }) {
  return optimizer !== undefined || momentum !== undefined || batch !== undefined;
}

export class Optimised {
  #engine;
  #run;
  #epochs;
  /** Takes the steps on all samples, and tells the loss. */
  #whole;
  #parameters;
  #memory;
  #step;

  /**
   * @param {import("./engine.js").Engine} engine
   * @param {import("./run.js").Run} run
   */
  constructor(engine, run) {
    this.#engine = engine;
    this.#run = run;
    const { parameters, step } = run.current;
    const { seed, batch = Infinity } = run.config;
    this.#epochs = new Epochs(seed, run.labels.length, batch);
    this.#whole = this.#descent(1);
    this.#parameters = parameters;
    this.#memory = forgotten(parameters);
    this.#step = step;
  }

  /**
   * Goes on from here.
   * @param {Parameters} parameters
   * @param {number} step
   * @param {Memory} [memory] what `advance` gave with these parameters
   */
  restart(parameters, step, memory = forgotten(parameters)) {
    this.#parameters = parameters;
    this.#memory = memory;
    this.#step = step;
  }

  /** It can always go on. */
  comes() {
    return undefined;
  }

  /** Takes `count` steps. @param {number} count */
  async advance(count) {
    for (let i = 0; i < count; i++) await this.#take();
    this.#whole.restart(this.#parameters);
    const { loss, accuracy } = await this.#whole.advance(0);
    const losses = new Float32Array(count).fill(loss); // of its end: those between are not computed
    const wrong = loss < DIVERGED ? -1 : Math.max(count - 1, 0);
    return { losses, wrong, loss, accuracy, parameters: this.#parameters, memory: this.#memory };
  }

  async #take() {
    const { lr, momentum, optimizer } = this.#run.config;
    const remembers = momentum !== undefined || optimizer !== undefined;
    const before = this.#parameters;
    const step = this.#stepper(remembers ? 1 : lr);
    const { parameters: after } = await step.advance(1);
    this.#step += 1;
    this.#parameters = remembers ? this.#moved(before, after) : after;
  }

  /** Plain descent on the samples of this step. @param {number} lr */
  #stepper(lr) {
    const { x, labels, rank } = this.#run;
    if (this.#epochs.batch === labels.length && lr === 1) {
      this.#whole.restart(this.#parameters);
      return this.#whole;
    }
    const chosen = this.#epochs.of(this.#step);
    const some = new Float32Array(chosen.length * rank);
    chosen.forEach((sample, i) => some.set(x.subarray(sample * rank, (sample + 1) * rank), i * rank));
    return this.#descent(lr, some, Array.from(chosen, (sample) => labels[sample]));
  }

  /** @param {number} lr @param {Float32Array} x @param {ArrayLike<number>} labels */
  #descent(lr, x = this.#run.x, labels = this.#run.labels) {
    const current = { parameters: this.#parameters ?? this.#run.current.parameters };
    return new Descent(this.#engine, { x, labels, config: { lr, bias: this.#run.config.bias }, current });
  }

  /** Where the rule leads from `before`, with `after` one gradient further; keeps its memory. */
  #moved(/** @type {Parameters} */ before, /** @type {Parameters} */ after) {
    const rule = this.#run.config.optimizer === "adam" ? this.#adam() : this.#heavyBall();
    const old = this.#memory;
    const moved = empty(before);
    const memory = forgotten(before);
    for (const part of /** @type {const} */ (["w_in", "b", "w_out"])) {
      for (let i = 0; i < before[part].length; i++) {
        const gradient = before[part][i] - after[part][i];
        const [move, first, second] = rule(gradient, old.first[part][i], old.second[part][i]);
        moved[part][i] = before[part][i] - move;
        memory.first[part][i] = first;
        memory.second[part][i] = second;
      }
    }
    this.#memory = memory;
    return moved;
  }

  /** How far a number moves, and its new memory, as torch.optim.SGD has it. */
  #heavyBall() {
    const { lr, momentum = 0 } = this.#run.config;
    return (/** @type {number} */ gradient, /** @type {number} */ velocity) => {
      const now = momentum * velocity + gradient;
      return [lr * now, now, 0];
    };
  }

  /** The same as torch.optim.Adam has it. */
  #adam() {
    const [keep, keepSquare] = BETAS;
    const rate = this.#run.config.lr / (1 - keep ** this.#step);
    const scale = Math.sqrt(1 - keepSquare ** this.#step);
    return (/** @type {number} */ gradient, /** @type {number} */ mean, /** @type {number} */ square) => {
      const first = keep * mean + (1 - keep) * gradient;
      const second = keepSquare * square + (1 - keepSquare) * gradient ** 2;
      return [(rate * first) / (Math.sqrt(second) / scale + EPSILON), first, second];
    };
  }
}

/** Which samples each step takes: every epoch in a new order, what is left over at its end left out. */
export class Epochs {
  #seed;
  #samples;
  #random;
  #drawn = -1;
  #order = new Int32Array();

  /** @param {number} seed @param {number} samples @param {number} batch at most all of them */
  constructor(seed, samples, batch) {
    this.batch = Math.min(batch, samples);
    this.#seed = seed;
    this.#samples = samples;
    this.#random = new RandomState(seed);
  }

  /** Those of a step, counted from 0. @param {number} step */
  of(step) {
    const perEpoch = Math.floor(this.#samples / this.batch);
    const epoch = Math.floor(step / perEpoch);
    if (epoch < this.#drawn) {
      this.#random = new RandomState(this.#seed);
      this.#drawn = -1;
    }
    for (; this.#drawn < epoch; this.#drawn++) this.#order = this.#random.permutation(this.#samples);
    const first = (step % perEpoch) * this.batch;
    return this.#order.subarray(first, first + this.batch);
  }
}

/** @param {Parameters} like @returns {Memory} */
function forgotten(like) {
  return { first: empty(like), second: empty(like) };
}

/** @param {Parameters} like @returns {Parameters} */
function empty({ w_in, b, w_out }) {
  return {
    w_in: new Float32Array(w_in.length),
    b: new Float32Array(b.length),
    w_out: new Float32Array(w_out.length),
  };
}
