// Gradient descent on one network, by the engine.
import { isOutOfMemory } from "./engine.js";

// In nats; an untrained network has 0.7. NaN is not below this either.
export const DIVERGED = 1000;

export class Descent {
  #engine;
  /** @type {Record<string, import("onnxruntime-web").Tensor>} The inputs of the next call. */
  #feeds;

  /**
   * @param {import("./engine.js").Engine} engine
   * @param {{x: Float32Array, labels: ArrayLike<number>, config: {lr: number, bias: boolean},
   *   current: {parameters: import("./neurons.js").Parameters}}} run or a part of one
   */
  constructor(engine, { x, labels, config, current }) {
    this.#engine = engine;
    const samples = labels.length;
    const y = Float32Array.from({ length: 2 * samples }, (_, i) => +(labels[i >> 1] === i % 2));
    this.#feeds = {
      x: this.#tensor(x, [samples, x.length / samples]),
      y: this.#tensor(y, [samples, 2]),
      lr: this.#tensor([config.lr], []),
      bias_on: this.#tensor([Number(config.bias)], []),
    };
    this.restart(current.parameters);
  }

  /** Goes on from these parameters. @param {import("./neurons.js").Parameters} parameters */
  restart({ w_in, b, w_out }) {
    const width = b.length;
    this.#feeds.w_in = this.#tensor(w_in, [width, w_in.length / width]);
    this.#feeds.b = this.#tensor(b, [width]);
    this.#feeds.w_out = this.#tensor(w_out, [2, width]);
  }

  /** It can always go on. */
  comes() {
    return undefined;
  }

  /**
   * Takes `count` steps. Parameters that come out of a diverging call are not kept.
   * @param {number} count
   */
  async advance(count) {
    const out = await this.#run(count);
    const losses = floats(out.losses);
    const wrong = losses.findIndex((loss) => !(loss < DIVERGED));
    if (wrong < 0) {
      this.#feeds.w_in = out.w_in_next;
      this.#feeds.b = out.b_next;
      this.#feeds.w_out = out.w_out_next;
    }
    const loss = floats(out.loss)[0];
    const parameters = {
      w_in: floats(out.w_in_next),
      b: floats(out.b_next),
      w_out: floats(out.w_out_next),
    };
    return { losses, wrong, loss, accuracy: floats(out.accuracy)[0], parameters };
  }

  /** @param {number} count */
  async #run(count) {
    const { ort, step } = this.#engine;
    try {
      return await step.run({ ...this.#feeds, steps: new ort.Tensor("int64", [BigInt(count)], []) });
    } catch (error) {
      if (isOutOfMemory(error)) throw new Error("The browser ran out of memory.");
      throw error;
    }
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {readonly number[]} dims
   */
  #tensor(values, dims) {
    return new this.#engine.ort.Tensor("float32", Float32Array.from(values), dims);
  }
}

/** @param {import("onnxruntime-web").Tensor} output */
function floats(output) {
  return /** @type {Float32Array} */ (output.data);
}
