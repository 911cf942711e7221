// The article's run as it was recorded, for browsers that cannot train: the same states that
// training would give, from a file.
//
// The start is drawn from the seed as always. What training added to each neuron is a combination
// of a few directions, so the file holds those, and for each time and neuron the coefficients, as
// 16-bit whole numbers times a scale.

const DATA = new URL("../../data/lab/", import.meta.url);

/** @typedef {import("./neurons.js").Parameters} Parameters */

export class Recorded {
  #states;
  #at = 0;

  /** @param {import("./recording.js").Recorded[]} states */
  constructor(states) {
    this.#states = states;
  }

  /** The recorded run from the network where it starts. @param {import("./run.js").Run} run */
  static async open(run) {
    const described = await (await fetch(new URL("replay.json", DATA))).json();
    const buffer = await (await fetch(new URL(described.file, DATA))).arrayBuffer();
    return new Recorded(unpack(described, buffer, run.origin));
  }

  /** The next recorded state, however many steps away. @param {number} count 0 to stay */
  async advance(count) {
    const from = this.#states[this.#at];
    if (count > 0) this.#at = Math.min(this.#at + 1, this.#states.length - 1);
    const { step, ...state } = this.#states[this.#at];
    const losses = new Float32Array(step - from.step).fill(state.loss);
    return { losses, wrong: -1, ...state };
  }

  /** @param {Parameters} _ @param {number} step */
  restart(_, step) {
    this.#at = this.#states.findIndex((state) => state.step >= step);
  }
}

/**
 * @param {{steps: number[], loss: number[], accuracy: number[], directions: number}} described
 * @param {ArrayBuffer} buffer directions (k, r + 1) float32; scales (t, d) float32;
 *   w_out (t, 2, d) float32; coefficients (t, d, k) int16
 * @param {Parameters} origin
 */
export function unpack(described, buffer, origin) {
  const { steps, loss, accuracy, directions: count } = described;
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
  return steps.map((step, t) => {
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
    return { step, loss: loss[t], accuracy: accuracy[t], parameters: { w_in, b, w_out } };
  });
}
