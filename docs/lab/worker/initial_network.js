// The network before training: the same draws, in the same order, as racing_core.network.initial.
import { RandomState } from "./random_state.js";

/**
 * @typedef {object} StartConfig
 * @property {number} seed of the generator, 0 to 2^32 - 1
 * @property {number} width d, the number of hidden neurons
 * @property {number} rank r, the dimension of the span of the samples
 * @property {number} inputs D, the dimension of a sample, at least r
 * @property {"fan_in" | "per_weight" | "balanced"} init
 * @property {number} init_scale scale of the weights
 */

/**
 * Matrices are row-major.
 * @typedef {object} Start
 * @property {Float64Array} w_in (d, r): incoming weights, their part in the span of the samples
 * @property {Float64Array} b (d): biases, 0
 * @property {Float64Array} w_out (2, d): outgoing weights
 * @property {Float64Array} orthogonal (d, D - r): the part of the incoming weights at right angles
 *   to all samples, which training never changes but which counts in norms and cosines
 * @property {Float64Array} orthogonalNorms2 (d): its squared norms
 * @property {Float64Array} [orthogonalGram] (d, d): its inner products, once they were asked for
 */

/** The last one: what begins again has most often the same start. @type {{key: string, start: Start} | undefined} */
let last;

/**
 * It may be shared: nobody changes its weights.
 * @param {StartConfig} config
 * @returns {Start}
 */
export function start(config) {
  const { seed, width, rank, inputs, init, init_scale } = config;
  const key = [seed, width, rank, inputs, init, init_scale].join();
  if (last?.key !== key) last = { key, start: drawn(config) };
  return last.start;
}

/**
 * @param {StartConfig} config
 * @returns {Start}
 */
function drawn({ seed, width, rank, inputs, init, init_scale }) {
  const random = new RandomState(seed);
  const w_in = random.standardNormal(width * rank);
  const w_out = random.standardNormal(2 * width);
  const orthogonal = random.standardNormal(width * (inputs - rank));

  const scaleIn = init === "per_weight" ? init_scale : init_scale / Math.sqrt(inputs);
  const scaleOut = init === "per_weight" ? init_scale : init_scale / Math.sqrt(width);
  scale(w_in, scaleIn);
  scale(orthogonal, scaleIn);
  scale(w_out, scaleOut);

  const orthogonalNorms2 = rowNorms2(orthogonal, width);
  if (init === "balanced") {
    const spanNorms2 = rowNorms2(w_in, width);
    for (let neuron = 0; neuron < width; neuron++) {
      const incoming = Math.sqrt(spanNorms2[neuron] + orthogonalNorms2[neuron]);
      const outgoing = Math.hypot(w_out[neuron], w_out[width + neuron]);
      w_out[neuron] *= incoming / outgoing;
      w_out[width + neuron] *= incoming / outgoing;
    }
  }
  return { w_in, b: new Float64Array(width), w_out, orthogonal, orthogonalNorms2 };
}

/**
 * Inner products of all rows with each other, (rows, rows): with it cosines in the whole input
 * space follow from the span alone.
 * @param {Float64Array} matrix (rows, columns)
 * @param {number} rows
 */
export function gram(matrix, rows) {
  const columns = matrix.length / rows;
  const products = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0;
      for (let k = 0; k < columns; k++) product += matrix[i * columns + k] * matrix[j * columns + k];
      products[i * rows + j] = products[j * rows + i] = product;
    }
  }
  return products;
}

/**
 * @param {Float64Array} matrix
 * @param {number} factor
 */
function scale(matrix, factor) {
  for (let i = 0; i < matrix.length; i++) matrix[i] *= factor;
}

/**
 * @param {Float64Array} matrix (rows, columns)
 * @param {number} rows
 */
function rowNorms2(matrix, rows) {
  const columns = matrix.length / rows;
  const norms2 = new Float64Array(rows);
  for (let row = 0, i = 0; row < rows; row++) {
    for (const end = i + columns; i < end; i++) norms2[row] += matrix[i] * matrix[i];
  }
  return norms2;
}
