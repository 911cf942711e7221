// What the linear theory knows at the start, as racing_core.theory has it: where each neuron's
// gates and the errors point, and how much of the neuron grows that way.
import { dot } from "./neurons.js";

/**
 * The early, linear dynamics of each neuron. With gamma = (<g e x>, <g e>), p = [w_in, b].gamma /
 * |gamma| and c = (w_out[0] - w_out[1]) / sqrt(2): dp/dt = rate c and dc/dt = rate p, so that
 * (p + c)/2 grows as exp(rate t) and (p - c)/2 dies out. t is learning rate times steps.
 * @typedef {object} Modes
 * @property {Float64Array} rate (d): sqrt(2) |gamma|
 * @property {Float64Array} growing (d): (p + c)/2; below 0 the neuron grows towards -gamma
 * @property {Float64Array} incoming (d): p
 * @property {Float64Array} outgoing (d): c
 */

/**
 * @param {import("./neurons.js").Parameters} parameters
 * @param {Float32Array} x (n, r)
 * @param {ArrayLike<number>} labels (n)
 * @param {boolean} bias whether the bias moves
 * @returns {Modes}
 */
export function modes({ w_in, b, w_out }, x, labels, bias) {
  const width = b.length;
  const samples = labels.length;
  const rank = x.length / samples;
  const before = preActivations({ w_in, b, w_out }, x, samples);
  const errors = new Float64Array(samples).map((_, s) => {
    let difference = 0;
    for (let i = 0; i < width; i++) {
      difference += (w_out[i] - w_out[width + i]) * Math.max(0, before[i * samples + s]);
    }
    return Number(labels[s] === 0) - 1 / (1 + Math.exp(-difference));
  });
  const rate = new Float64Array(width);
  const incoming = new Float64Array(width);
  const outgoing = new Float64Array(width);
  const gamma = new Float64Array(rank + 1);
  for (let i = 0; i < width; i++) {
    gamma.fill(0);
    for (let s = 0; s < samples; s++) {
      if (before[i * samples + s] <= 0) continue;
      const error = errors[s] / samples;
      for (let k = 0; k < rank; k++) gamma[k] += error * x[s * rank + k];
      if (bias) gamma[rank] += error;
    }
    const length = Math.sqrt(dot(gamma, 0, gamma, 0, rank + 1));
    const along = dot(w_in, i * rank, gamma, 0, rank) + b[i] * gamma[rank];
    rate[i] = Math.SQRT2 * length;
    incoming[i] = length > 0 ? along / length : 0;
    outgoing[i] = (w_out[i] - w_out[width + i]) / Math.SQRT2;
  }
  return { rate, incoming, outgoing, growing: incoming.map((p, i) => (p + outgoing[i]) / 2) };
}

/**
 * w_in x + b (d, n); a neuron's gate lets through the samples where it is above 0.
 * @param {import("./neurons.js").Parameters} parameters
 * @param {Float32Array} x (n, r)
 * @param {number} samples n
 */
export function preActivations({ w_in, b }, x, samples) {
  const rank = x.length / samples;
  const before = new Float32Array(b.length * samples);
  for (let i = 0; i < b.length; i++) {
    for (let s = 0; s < samples; s++) {
      before[i * samples + s] = dot(w_in, i * rank, x, s * rank, rank) + b[i];
    }
  }
  return before;
}
