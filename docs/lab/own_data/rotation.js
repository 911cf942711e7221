// An orthonormal basis of input space whose first r vectors span the samples: the same as
// racing_core.descent.Rotation finds, so that a seed draws the same network there and here.
//
// That is Householder's QR factorization of the samples, the longest remaining column first, as
// LAPACK's geqp3 has it. ML-Matrix has no pivoting; it makes many samples few, and measures the rank
// where that is not plain to see.
import { QrDecomposition, SingularValueDecomposition } from "ml-matrix";

const UNEQUAL = 1e-9; // these two as in racing_core/descent.py
const DEPENDENT = 1e-10;
const CLEAR = 1e4; // a diagonal so far from the threshold leaves no doubt about the rank

export class Rotation {
  /** @type {Float64Array[]} v of each reflection 1 - tau v v^T (D) */
  #reflections;
  /** @type {number[]} */
  #tau;
  /** @type {number[]} */
  #signs;

  /**
   * @param {Float64Array} x (n, D)
   * @param {number} samples n
   */
  constructor(x, samples) {
    const inputs = x.length / samples;
    this.inputs = inputs;
    const { reflections, tau, diagonal, triangle } = pivoted(unequal(fewRows(x, samples, inputs)));
    this.rank = rankOf(diagonal, triangle, Math.max(samples, inputs));
    // Where the samples span all of input space, the basis is that of the inputs.
    const count = this.rank === inputs ? 0 : this.rank;
    this.#reflections = reflections.slice(0, count);
    this.#tau = tau.slice(0, count);
    this.#signs = diagonal.slice(0, count).map((value) => (value < 0 ? -1 : 1));
  }

  /** Coordinates (n, r) of vectors (n, D) in the span. @param {Float64Array} vectors */
  toSpan(vectors) {
    const count = vectors.length / this.inputs;
    const coordinates = new Float64Array(count * this.rank);
    for (let i = 0; i < count; i++) {
      const turned = vectors.slice(i * this.inputs, (i + 1) * this.inputs);
      this.#reflections.forEach((v, k) => reflect(turned, v, this.#tau[k], k));
      this.#sign(turned);
      coordinates.set(turned.subarray(0, this.rank), i * this.rank);
    }
    return coordinates;
  }

  /** Vectors (n, D) in the inputs from all of their coordinates (n, D). @param {Float64Array} coordinates */
  toInputs(coordinates) {
    const vectors = coordinates.slice();
    for (let at = 0; at < vectors.length; at += this.inputs) {
      const vector = vectors.subarray(at, at + this.inputs);
      this.#sign(vector);
      for (let k = this.#reflections.length - 1; k >= 0; k--) reflect(vector, this.#reflections[k], this.#tau[k], k);
    }
    return vectors;
  }

  /** @param {Float64Array} vector */
  #sign(vector) {
    this.#signs.forEach((sign, k) => (vector[k] *= sign));
  }
}

/**
 * As many rows as inputs (D), which span what the samples span.
 * @param {Float64Array} x @param {number} samples @param {number} inputs
 */
function fewRows(x, samples, inputs) {
  const rows = Array.from({ length: samples }, (_, i) => x.slice(i * inputs, (i + 1) * inputs));
  if (samples <= inputs) return rows;
  const triangle = new QrDecomposition(rows).upperTriangularMatrix;
  const length = (/** @type {number} */ k) => Math.hypot(...triangle.getColumn(k));
  const isSum = (/** @type {number} */ k) => Math.abs(triangle.get(k, k)) < DEPENDENT * length(k);
  if (!rows[0].some((_, k) => isSum(k))) return Array.from({ length: inputs }, (_, i) => Float64Array.from(triangle.getRow(i)));
  // An input that is a sum of earlier ones leaves a row of rounding, unless it comes last.
  const columns = Array.from(rows[0], (_, k) => Float64Array.from(rows, (row) => row[k]));
  const { diagonal, triangle: turned, order } = pivoted(unequal(columns));
  return Array.from({ length: inputs }, (_, i) => {
    const row = new Float64Array(inputs);
    order.forEach((k, j) => (row[k] = (turned[j][i] * (diagonal[i] < 0 ? -1 : 1)) / longer(k, inputs)));
    return row;
  });
}

/** How much longer a column is made, so that rounding chooses none of equally long ones: the last is the longest. @param {number} k @param {number} count */
const longer = (k, count) => 1 + (UNEQUAL * k) / Math.max(count - 1, 1);

/** @param {Float64Array[]} columns */
function unequal(columns) {
  return columns.map((column, k) => column.map((value) => value * longer(k, columns.length)));
}

/**
 * QR factorization of columns (m of length D, m <= D), always going on with the longest of what is
 * left of them. The columns are used up.
 * @param {Float64Array[]} columns
 */
function pivoted(columns) {
  /** @type {Float64Array[]} */
  const reflections = [];
  /** @type {number[]} */
  const tau = [];
  /** @type {number[]} */
  const diagonal = [];
  const order = columns.map((_, k) => k);
  for (let k = 0; k < columns.length; k++) {
    const left = columns.map((column, j) => (j < k ? -1 : norm2(column, k)));
    const longest = left.indexOf(left.reduce((a, b) => Math.max(a, b)));
    [columns[k], columns[longest]] = [columns[longest], columns[k]];
    [order[k], order[longest]] = [order[longest], order[k]];
    const column = columns[k];
    const length = Math.sqrt(norm2(column, k));
    const beta = column[k] >= 0 ? -length : length;
    const v = new Float64Array(column.length);
    const head = column[k] - beta;
    if (length > 0) for (let i = k + 1; i < v.length; i++) v[i] = column[i] / head;
    v[k] = 1;
    // In the last dimension nothing is left to be turned.
    const turns = length > 0 && norm2(column, k + 1) > 0;
    const factor = turns ? (beta - column[k]) / beta : 0;
    for (let j = k; j < columns.length; j++) reflect(columns[j], v, factor, k);
    reflections.push(v);
    tau.push(factor);
    diagonal.push(column[k]);
  }
  return { reflections, tau, diagonal, triangle: columns, order };
}

/** @param {Float64Array} column @param {number} from */
function norm2(column, from) {
  let sum = 0;
  for (let i = from; i < column.length; i++) sum += column[i] * column[i];
  return sum;
}

/** vector - tau (v . vector) v, where v is 0 before `from`. @param {Float64Array} vector @param {Float64Array} v @param {number} tau @param {number} from */
function reflect(vector, v, tau, from) {
  let along = 0;
  for (let i = from; i < v.length; i++) along += v[i] * vector[i];
  along *= tau;
  for (let i = from; i < v.length; i++) vector[i] -= along * v[i];
}

/**
 * The number of singular values above `size` eps times the largest.
 * @param {number[]} diagonal of the triangle
 * @param {Float64Array[]} triangle its columns
 * @param {number} size the larger of samples and inputs
 */
function rankOf(diagonal, triangle, size) {
  const strengths = diagonal.map(Math.abs);
  const negligible = (/** @type {number} */ largest) => size * Number.EPSILON * largest;
  const near = (/** @type {number} */ value) => value > negligible(strengths[0]) / CLEAR && value < negligible(strengths[0]) * CLEAR;
  if (!strengths.some(near)) return strengths.filter((value) => value > negligible(strengths[0])).length;
  const square = triangle.map((column) => column.subarray(0, triangle.length));
  const options = { computeLeftSingularVectors: false, computeRightSingularVectors: false };
  const { diagonal: singular } = new SingularValueDecomposition(square, options);
  return singular.filter((/** @type {number} */ value) => value > negligible(singular[0])).length;
}
