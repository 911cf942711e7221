// The two groups of labels, and their samples as racing_core/tasks.py makes them: centered on their
// mean, scaled to mean norm 1.
import { numberOf } from "./table.js";
import { Unusable } from "./unusable.js";

const SQUARABLE = 1e140; // a double holds the sum of ever so many squares of such a number

/**
 * The labels, those that are numbers first and by their size, and how many samples each has.
 * @param {string[]} labels (N)
 * @returns {{name: string, samples: number}[]}
 */
export function counted(labels) {
  const samples = new Map();
  for (const label of labels) samples.set(label, (samples.get(label) ?? 0) + 1);
  return [...samples.keys()].sort(compare).map((name) => ({ name, samples: samples.get(name) }));
}

/** @param {string} a @param {string} b */
function compare(a, b) {
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined && second !== undefined && first !== second) return first - second;
  if ((first === undefined) !== (second === undefined)) return first === undefined ? 1 : -1;
  return a < b ? -1 : Number(a > b);
}

/**
 * @typedef {object} Prepared
 * @property {Float64Array} x (n, D), samples of both groups in the order of the file
 * @property {number[]} labels (n), 0 for group A and 1 for group B
 * @property {Float64Array} mean (D) of the samples
 * @property {number} norm of the samples about it, their mean
 */

/**
 * @param {string} file its name
 * @param {Float64Array[]} rows
 * @param {string[]} labels
 * @param {string[]} groupA
 * @param {string[]} groupB
 * @returns {Prepared}
 */
export function prepared(file, rows, labels, groupA, groupB) {
  const chosen = rows.filter((_, i) => groupA.includes(labels[i]) || groupB.includes(labels[i]));
  const ofChosen = labels.filter((label) => groupA.includes(label) || groupB.includes(label));
  const inputs = chosen[0].length;
  // From the first sample, so that an input that is the same for all becomes exactly 0.
  const shifted = chosen.map((row) => row.map((value, k) => value - chosen[0][k]));
  const largest = shifted.reduce((most, row) => row.reduce((high, value) => Math.max(high, Math.abs(value)), most), 0);
  if (largest === 0) throw new Unusable(`All samples of ${file} are the same; choose more or other samples.`);
  if (!(largest > 1 / SQUARABLE && largest < SQUARABLE)) {
    throw new Unusable(
      `The samples of ${file} differ by numbers of the size ${largest.toExponential(0)}, whose squares a computer cannot hold; multiply X by a number that brings it near 1.`,
    );
  }
  const mean = new Float64Array(inputs);
  for (const row of shifted) row.forEach((value, k) => (mean[k] += value));
  for (let k = 0; k < inputs; k++) mean[k] /= shifted.length;
  for (const row of shifted) mean.forEach((value, k) => (row[k] -= value));
  const length = (/** @type {Float64Array} */ row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  const norm = shifted.reduce((sum, row) => sum + length(row), 0) / shifted.length;
  const x = new Float64Array(shifted.length * inputs);
  shifted.forEach((row, i) => x.set(row.map((value) => value / norm), i * inputs));
  return {
    x,
    labels: ofChosen.map((label) => Number(groupB.includes(label))),
    mean: mean.map((value, k) => value + chosen[0][k]),
    norm,
  };
}
