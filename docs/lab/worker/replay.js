// The article's run as it was recorded: the same states that training would give, from files. It can
// be watched before the engine is here, and where a browser cannot train.
//
// The start is drawn from the seed as always. What training added to each neuron is a combination
// of a few directions, so a file holds those, and for each time and neuron the coefficients, as
// 16-bit whole numbers times a scale.
import { fetched } from "../fetched.js";

/** @typedef {import("./neurons.js").Parameters} Parameters */
/** @typedef {import("./recording.js").Recorded} Recorded */

/**
 * A part of the recording, as lab.json describes it.
 * @typedef {object} Part
 * @property {string} file
 * @property {number} directions
 * @property {number[]} step
 * @property {number[]} loss
 * @property {number[]} accuracy
 */

/** The files of the recording; each is asked for once. */
export class Parts {
  #files;
  /** @type {Map<number, Promise<ArrayBuffer>>} */
  #asked = new Map();

  /** @param {Part[]} described @param {import("./engine.js").Files} files */
  constructor(described, files) {
    this.described = described;
    this.#files = files;
  }

  /** Loss and accuracy at step 0. */
  get start() {
    const [{ loss, accuracy }] = this.described;
    return { loss: loss[0], accuracy: accuracy[0] };
  }

  /** @param {number} number of the part @returns {Promise<ArrayBuffer>} */
  async content(number) {
    const path = `data/lab/${this.described[number].file}`;
    const asked = this.#asked.get(number) ?? fetched(path, this.#files[path]).then(({ buffer }) => buffer);
    this.#asked.set(number, /** @type {Promise<ArrayBuffer>} */ (asked));
    asked.catch(() => this.#asked.delete(number)); // so that it can be asked for again
    return /** @type {Promise<ArrayBuffer>} */ (asked);
  }
}

export class Replay {
  /** Those that have come, from the start on. @type {State[]} */
  #states = [];
  #unpacked = 0;
  #at = 0;
  #parts;
  #origin;

  /** @param {Parts} parts @param {Parameters} origin where the run starts */
  constructor(parts, origin) {
    this.#parts = parts;
    this.#origin = origin;
  }

  /** What the next state waits for; undefined where it is here, or there is none. */
  comes() {
    const { length } = this.#parts.described;
    if (this.#at + 1 < this.#states.length || this.#unpacked === length) return undefined;
    return this.#unpack();
  }

  async #unpack() {
    const part = this.#parts.described[this.#unpacked];
    const buffer = await this.#parts.content(this.#unpacked);
    this.#states = [...this.#states, ...unpack(part, buffer, this.#origin)];
    this.#unpacked += 1;
    // While this part plays, the next one comes.
    if (this.#parts.described[this.#unpacked]) this.#parts.content(this.#unpacked).catch(() => undefined);
  }

  /** The next recorded state, however many steps away. */
  async advance() {
    const from = this.#states[this.#at];
    this.#at = Math.min(this.#at + 1, this.#states.length - 1);
    const { step, unpacked } = this.#states[this.#at];
    const state = unpacked();
    const losses = new Float32Array(step - from.step).fill(state.loss);
    return { losses, wrong: -1, ...state };
  }

  /** @param {Parameters} _ @param {number} step */
  restart(_, step) {
    this.#at = this.#states.findIndex((state) => state.step >= step);
  }
}

/** @typedef {{step: number, unpacked: () => Omit<Recorded, "step">}} State one takes milliseconds to unpack */

/**
 * @param {Part} part
 * @param {ArrayBuffer} buffer directions (k, r + 1) float32; scales (t, d) float32;
 *   w_out (t, 2, d) float32; coefficients (t, d, k) int16
 * @param {Parameters} origin
 * @returns {State[]}
 */
export function unpack({ step: steps, loss, accuracy, directions: count }, buffer, origin) {
  const width = origin.b.length;
  const rank = origin.w_in.length / width;
  const directions = new Float32Array(buffer, 0, count * (rank + 1));
  const scales = new Float32Array(buffer, directions.byteLength, steps.length * width);
  const outgoing = new Float32Array(
    buffer, directions.byteLength + scales.byteLength, steps.length * 2 * width,
  );
  const coefficients = new Int16Array(
    buffer, directions.byteLength + scales.byteLength + outgoing.byteLength,
  );
  const unpacked = (/** @type {number} */ t) => {
    const w_in = Float32Array.from(origin.w_in);
    const b = Float32Array.from(origin.b);
    for (let i = 0; i < width; i++) {
      for (let k = 0; k < count; k++) {
        const amount = coefficients[(t * width + i) * count + k] * scales[t * width + i];
        if (amount === 0) continue;
        for (let j = 0; j < rank; j++) w_in[i * rank + j] += amount * directions[k * (rank + 1) + j];
        b[i] += amount * directions[k * (rank + 1) + rank];
      }
    }
    const w_out = outgoing.slice(2 * width * t, 2 * width * (t + 1));
    return { loss: loss[t], accuracy: accuracy[t], parameters: { w_in, b, w_out } };
  };
  return steps.map((step, t) => ({ step, unpacked: () => unpacked(t) }));
}
