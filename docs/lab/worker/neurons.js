// The talk's view, neuron by neuron, as racing_core.neurons has it: norms, directions, clusters.

/**
 * Matrices are row-major; n samples, r dimensions of their span, d neurons.
 * @typedef {object} Parameters
 * @property {Float32Array} w_in (d, r), the part in the span of the samples
 * @property {Float32Array} b (d)
 * @property {Float32Array} w_out (2, d)
 */

/**
 * Norm product |w_in| |w_out| (d), in the whole input space.
 * @param {Parameters} parameters
 * @param {ArrayLike<number>} restNorms2 (d): squared norms of the part of w_in outside the span
 */
export function normProduct({ w_in, w_out }, restNorms2) {
  const width = restNorms2.length;
  const rank = w_in.length / width;
  return new Float32Array(width).map((_, i) => {
    const incoming = dot(w_in, i * rank, w_in, i * rank, rank) + restNorms2[i];
    return Math.sqrt(incoming) * Math.hypot(w_out[i], w_out[width + i]);
  });
}

/**
 * The label that each neuron votes for (d): 0 where its outgoing weight lies along (1, -1), else 1.
 * While clusters have not formed, these two groups stand for them.
 * @param {Float32Array} w_out (2, d)
 */
export function votes(w_out) {
  const width = w_out.length / 2;
  return new Int32Array(width).map((_, i) => Number(w_out[i] < w_out[width + i]));
}

/**
 * Each group's mean direction (groups, r), of length 1: the mean of its neurons' unit vectors.
 * @param {Float32Array} w_in (d, r)
 * @param {ArrayLike<number>} groups (d), from 0
 */
export function meanDirections(w_in, groups) {
  const width = groups.length;
  const rank = w_in.length / width;
  const count = 1 + largest(groups);
  const means = new Float64Array(count * rank);
  for (let i = 0; i < width; i++) {
    const norm = Math.sqrt(dot(w_in, i * rank, w_in, i * rank, rank));
    if (norm === 0) continue;
    for (let k = 0; k < rank; k++) means[groups[i] * rank + k] += w_in[i * rank + k] / norm;
  }
  for (let g = 0; g < count; g++) {
    const norm = Math.sqrt(dot(means, g * rank, means, g * rank, rank));
    if (norm > 0) for (let k = 0; k < rank; k++) means[g * rank + k] /= norm;
  }
  return means;
}

/**
 * Cosine (d) of each neuron's w_in with a direction, both within the span.
 * @param {Float32Array} w_in (d, r)
 * @param {Float64Array} directions (groups, r), of length 1
 * @param {(neuron: number) => number} groupOf which row of `directions` a neuron is compared with
 * @param {number} width d
 */
export function cosines(w_in, directions, groupOf, width) {
  const rank = w_in.length / width;
  return new Float32Array(width).map((_, i) => {
    const norm = Math.sqrt(dot(w_in, i * rank, w_in, i * rank, rank));
    return norm === 0 ? 0 : dot(w_in, i * rank, directions, groupOf(i) * rank, rank) / norm;
  });
}

/**
 * Cosine of w_in with the mean direction of its group at that time, within the span (d).
 * @param {Float32Array} w_in (d, r)
 * @param {ArrayLike<number>} groups (d)
 */
export function alignment(w_in, groups) {
  return cosines(w_in, meanDirections(w_in, groups), (i) => groups[i], groups.length);
}

/**
 * Cosine (d, d) between total vectors [w_in, b, w_out] in the whole input space.
 * @param {Parameters} parameters
 * @param {Float64Array} gram (d, d): inner products of the parts of w_in outside the span
 */
export function cosineMatrix({ w_in, b, w_out }, gram) {
  const width = b.length;
  const rank = w_in.length / width;
  const cosine = new Float32Array(width * width);
  const norms = new Float64Array(width);
  // Plain numbers are faster to multiply than single-precision ones.
  const rows = Float64Array.from(w_in);
  const inner = (/** @type {number} */ i, /** @type {number} */ j) =>
    dot(rows, i * rank, rows, j * rank, rank) +
    b[i] * b[j] +
    w_out[i] * w_out[j] +
    w_out[width + i] * w_out[width + j] +
    gram[i * width + j];
  for (let i = 0; i < width; i++) {
    norms[i] = Math.sqrt(inner(i, i));
    for (let j = 0; j < i; j++) {
      const scale = norms[i] * norms[j];
      const value = scale > 0 ? Math.max(-1, Math.min(1, inner(i, j) / scale)) : 0;
      cosine[i * width + j] = cosine[j * width + i] = value;
    }
    cosine[i * width + i] = 1;
  }
  return cosine;
}

/**
 * Cluster of each neuron (d), 0 the largest: chains in which each cosine is above the threshold.
 * Clusters of equal size are numbered by their first neuron.
 * @param {Float32Array} cosine (d, d)
 * @param {number} threshold
 */
export function clusters(cosine, threshold) {
  const width = Math.sqrt(cosine.length);
  const found = new Int32Array(width).fill(-1);
  /** @type {number[]} */
  const sizes = [];
  for (let first = 0; first < width; first++) {
    if (found[first] >= 0) continue;
    const chain = [first];
    found[first] = sizes.length;
    for (let i = chain[0], at = 0; at < chain.length; i = chain[++at]) {
      for (let j = 0; j < width; j++) {
        if (found[j] < 0 && cosine[i * width + j] > threshold) {
          found[j] = sizes.length;
          chain.push(j);
        }
      }
    }
    sizes.push(chain.length);
  }
  const bySize = sizes.map((_, cluster) => cluster).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const rank = new Int32Array(sizes.length);
  bySize.forEach((cluster, place) => (rank[cluster] = place));
  return found.map((cluster) => rank[cluster]);
}

/**
 * Cluster labels (d) with -1 for neurons of clusters that carry next to nothing; the others are
 * numbered anew from 0.
 * @param {Int32Array} labels (d)
 * @param {Float32Array} strength (d), the norm product
 * @param {number} share of the strongest one's that a cluster must carry to live
 */
export function liveClusters(labels, strength, share) {
  const totals = new Float64Array(1 + largest(labels));
  labels.forEach((label, i) => (totals[label] += strength[i]));
  const least = share * totals.reduce((a, b) => Math.max(a, b), 0);
  let count = 0;
  const renumbered = Int32Array.from(totals, (total) => (total >= least ? count++ : -1));
  return labels.map((label) => renumbered[label]);
}

/** The largest of labels; -1 without any. @param {ArrayLike<number>} labels */
export function largest(labels) {
  let found = -1;
  for (let i = 0; i < labels.length; i++) found = Math.max(found, labels[i]);
  return found;
}

/**
 * Inner product of two rows.
 * @param {ArrayLike<number>} a @param {number} at
 * @param {ArrayLike<number>} b @param {number} bt
 * @param {number} count
 */
export function dot(a, at, b, bt, count) {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += a[at + k] * b[bt + k];
  return sum;
}
