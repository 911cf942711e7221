// How few neurons do the work, as racing_core.capacity has it: pruning and merging.
import { clusters, liveClusters, normProduct } from "./neurons.js";
import { preActivations } from "./theory.js";

/** @typedef {import("./neurons.js").Parameters} Parameters */

/**
 * The network with only the given neurons.
 * @param {Parameters} parameters
 * @param {ArrayLike<number>} neurons indices
 * @returns {Parameters}
 */
export function keep({ w_in, b, w_out }, neurons) {
  const width = b.length;
  const rank = w_in.length / width;
  const count = neurons.length;
  const kept = {
    w_in: new Float32Array(count * rank),
    b: new Float32Array(count),
    w_out: new Float32Array(2 * count),
  };
  for (let to = 0; to < count; to++) {
    const from = neurons[to];
    kept.w_in.set(w_in.subarray(from * rank, (from + 1) * rank), to * rank);
    kept.b[to] = b[from];
    kept.w_out[to] = w_out[from];
    kept.w_out[count + to] = w_out[width + from];
  }
  return kept;
}

/**
 * The neurons, the strongest first; of equal ones the first.
 * @param {ArrayLike<number>} strength (d)
 */
export function strongestFirst(strength) {
  return Array.from(strength, (_, i) => i).sort((a, b) => strength[b] - strength[a] || a - b);
}

/**
 * One neuron in place of each cluster, row i for label i; label -1 drops a neuron.
 *
 * Exact for neurons whose [w_in, b] are positive multiples of one direction, since
 * ReLU(k z) = k ReLU(z); for nearly parallel ones the direction is the mean weighted by |w_out|.
 * @param {Parameters} parameters
 * @param {Int32Array} labels (d)
 * @returns {Parameters}
 */
export function merge({ w_in, b, w_out }, labels) {
  const width = b.length;
  const rank = w_in.length / width;
  const count = 1 + labels.reduce((a, c) => Math.max(a, c), -1);
  const merged = {
    w_in: new Float32Array(count * rank),
    b: new Float32Array(count),
    w_out: new Float32Array(2 * count),
  };
  for (let label = 0; label < count; label++) {
    const members = [...labels.keys()].filter((i) => labels[i] === label);
    /** @param {number} i @param {number} k */
    const total = (i, k) => (k < rank ? w_in[i * rank + k] : b[i]);
    const direction = new Float64Array(rank + 1);
    for (const i of members) {
      const weight = Math.hypot(w_out[i], w_out[width + i]);
      for (let k = 0; k <= rank; k++) direction[k] += weight * total(i, k);
    }
    const norm = Math.hypot(...direction);
    if (norm === 0) continue;
    const along = members.map((i) =>
      direction.reduce((sum, value, k) => sum + total(i, k) * value, 0) / norm,
    );
    const share = Math.hypot(...along);
    for (let k = 0; k < rank; k++) merged.w_in[label * rank + k] = (share * direction[k]) / norm;
    merged.b[label] = (share * direction[rank]) / norm;
    members.forEach((i, at) => {
      merged.w_out[label] += (w_out[i] * along[at]) / share;
      merged.w_out[count + label] += (w_out[width + i] * along[at]) / share;
    });
  }
  return merged;
}

/**
 * The network with its strongest neurons, in which one stands for each of their clusters.
 * @param {import("./run.js").Run} run
 * @param {number | null} kept how many neurons; null for all
 * @param {number | null} threshold the cosine that joins a cluster; null for no merging
 * @returns {Parameters}
 */
export function smaller(run, kept, threshold) {
  const { parameters } = run.current;
  const strength = normProduct(parameters, run.restNorms2);
  const strongest = strongestFirst(strength).slice(0, kept ?? run.width);
  if (threshold === null) return keep(parameters, strongest);
  const labels = clusters(run.structure().cosine, threshold);
  const live = liveClusters(labels, strength, run.constants.live_share);
  const chosen = new Set(strongest);
  return merge(parameters, compact(live.map((label, i) => (chosen.has(i) ? label : -1))));
}

/**
 * All coordinates (d, D) of the incoming weights of a smaller network: those beyond the span follow,
 * which training leaves as they were. Merged neurons have none: they stand for what all samples see.
 * @param {import("./run.js").Run} run
 * @param {Parameters} network that `smaller` has made
 * @param {number | null} kept
 * @param {number | null} threshold
 */
export function allCoordinates(run, network, kept, threshold) {
  const { inputs } = run.config;
  const strength = normProduct(run.current.parameters, run.restNorms2);
  const strongest = strongestFirst(strength).slice(0, kept ?? run.width);
  const rows = new Float32Array(network.b.length * inputs);
  for (let i = 0; i < network.b.length; i++) {
    rows.set(network.w_in.subarray(i * run.rank, (i + 1) * run.rank), i * inputs);
    if (threshold === null) rows.set(run.rest[strongest[i]], i * inputs + run.rank);
  }
  return rows;
}

/** Numbers labels anew, without gaps; -1 stays. @param {Int32Array} labels */
function compact(labels) {
  const used = [...new Set(labels)].filter((label) => label >= 0).sort((a, b) => a - b);
  return labels.map((label) => (label < 0 ? -1 : used.indexOf(label)));
}

/**
 * Logits (n, 2) without the ONNX runtime.
 * @param {Parameters} network
 * @param {Float32Array} x (n, r)
 * @param {number} samples n
 */
export function logitsOf(network, x, samples) {
  const width = network.b.length;
  const before = preActivations(network, x, samples);
  const logits = new Float64Array(2 * samples);
  for (let s = 0; s < samples; s++) {
    for (let i = 0; i < width; i++) {
      const hidden = Math.max(0, before[i * samples + s]);
      logits[2 * s] += network.w_out[i] * hidden;
      logits[2 * s + 1] += network.w_out[width + i] * hidden;
    }
  }
  return logits;
}

/**
 * Mean cross-entropy in nats and accuracy from logits; equal logits count as label 0.
 * @param {ArrayLike<number>} logits (n, 2)
 * @param {ArrayLike<number>} labels (n)
 */
export function lossAndAccuracy(logits, labels) {
  let loss = 0;
  let right = 0;
  for (let s = 0; s < labels.length; s++) {
    const difference = logits[2 * s + 1] - logits[2 * s];
    const margin = labels[s] === 1 ? difference : -difference;
    loss += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    right += Number(difference > 0 === (labels[s] === 1));
  }
  return { loss: loss / labels.length, accuracy: right / labels.length };
}

/**
 * Loss and accuracy with the 0, 1, ... d strongest neurons kept.
 * @param {Float32Array} before (d, n), the pre-activations
 * @param {Float32Array} w_out (2, d)
 * @param {ArrayLike<number>} labels (n)
 * @param {number[]} order the neurons, the strongest first
 */
export function pruningCurve(before, w_out, labels, order) {
  const width = order.length;
  const samples = labels.length;
  const logits = new Float64Array(2 * samples);
  const curve = [lossAndAccuracy(logits, labels)];
  for (const i of order) {
    for (let s = 0; s < samples; s++) {
      const hidden = Math.max(0, before[i * samples + s]);
      logits[2 * s] += w_out[i] * hidden;
      logits[2 * s + 1] += w_out[width + i] * hidden;
    }
    curve.push(lossAndAccuracy(logits, labels));
  }
  return curve;
}
