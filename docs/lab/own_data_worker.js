// Reads a visitor's file and turns it into samples, beside the page, so that neither the page nor the
// training waits. Nothing is sent anywhere.
//
// Messages are {id, type, ...}; each is answered with {id, result} or {id, problem}, a sentence.
import { readArrays } from "./own_data/arrays.js";
import { counted, prepared } from "./own_data/groups.js";
import { LIMITS } from "./own_data.js";
import { checkShape, checkSize } from "./own_data/limits.js";
import { Rotation } from "./own_data/rotation.js";
import { firstRow, namesOf, readTable } from "./own_data/table.js";
import { Unusable } from "./own_data/unusable.js";

const BYTES_OF_A_CELL = 8; // in memory, where a file may have two

/** @type {{name: string, rows: Float64Array[], labels: string[], columns: string[] | undefined, at: number}} */
let read;
/** @type {import("./own_data/groups.js").Prepared} */
let task;
/** @type {Rotation} */
let rotation;

/** @type {Record<string, (request: any) => any>} */
const answers = {
  /** The columns of a table, by the names that they have as labels; none for arrays. @param {{file: File}} request */
  async columns({ file }) {
    checkSize(file);
    if (!isTable(file)) return [];
    return namesOf(firstRow(decoded(file.name, new Uint8Array(await file.arrayBuffer()))));
  },

  /** Reads a file: what it holds. @param {{file: File, label: string}} request label: a column, "" for the last */
  async read({ file, label }) {
    checkSize(file);
    const content = new Uint8Array(await file.arrayBuffer());
    read = isTable(file) ? table(file.name, content, label) : arrays(file.name, content);
    const { rows, labels } = read;
    return { samples: rows.length, inputs: rows[0].length, labels: counted(labels) };
  },

  /** Makes samples of two groups of labels: their coordinates in their span (n, r), and what there is to know. */
  take({ groupA, groupB }) {
    const { name, rows, labels, columns, at } = read;
    const samples = labels.filter((label) => groupA.includes(label) || groupB.includes(label)).length;
    checkShape(name, samples, rows[0].length);
    task = prepared(name, rows, labels, groupA, groupB);
    rotation = new Rotation(task.x, samples);
    return {
      x: Float32Array.from(rotation.toSpan(task.x)),
      labels: task.labels,
      inputs: rotation.inputs,
      rank: rotation.rank,
      names: columns ? columns.filter((_, i) => i !== at) : Array.from(task.mean, (_, i) => `X[:, ${i}]`),
    };
  },

  /**
   * The first layer of a network for the inputs as they are in the file: centering, scaling and
   * rotation go into its weights.
   * @param {{w_in: Float32Array, b: Float32Array}} request all coordinates of w_in (d, D), b (d)
   */
  fold({ w_in, b }) {
    const { mean, norm } = task;
    const inputs = mean.length;
    const weights = rotation.toInputs(Float64Array.from(w_in)).map((value) => value / norm);
    const biases = Array.from(b, (bias, i) => mean.reduce((sum, value, k) => sum - weights[i * inputs + k] * value, bias));
    return { w_in: Float32Array.from(weights), b: Float32Array.from(biases) };
  },

  /** Vectors of the span (n, r), as inputs (n, D). @param {{vectors: Float32Array}} request */
  inputs({ vectors }) {
    const { inputs, rank } = rotation;
    const whole = new Float64Array((vectors.length / rank) * inputs);
    for (let i = 0; i * rank < vectors.length; i++) whole.set(vectors.subarray(i * rank, (i + 1) * rank), i * inputs);
    return Float32Array.from(rotation.toInputs(whole));
  },

  /** The first samples of each group as they are in the file, and the mean of all of them (D). */
  samples({ count }) {
    const { mean, norm, x, labels } = task;
    const inputs = mean.length;
    const row = (/** @type {number} */ i) => Float32Array.from(mean, (value, k) => value + norm * x[i * inputs + k]);
    return [0, 1].map((group) => {
      const members = labels.flatMap((label, i) => (label === group ? [i] : []));
      const middle = new Float32Array(inputs);
      for (const i of members) row(i).forEach((value, k) => (middle[k] += value / members.length));
      return { first: members.slice(0, count).map(row), middle };
    });
  },
};

/** @param {File} file */
const isTable = ({ name }) => /\.csv$/i.test(name);

/** @param {string} name @param {Uint8Array} content @param {string} label */
function table(name, content, label) {
  return { name, ...readTable(name, decoded(name, content), label) };
}

/** @param {string} name @param {Uint8Array} content */
function decoded(name, content) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw new Unusable(`${name} is no UTF-8 text; save it as CSV in UTF-8.`);
  }
}

/** @param {string} name @param {Uint8Array} content */
function arrays(name, content) {
  const most = (1e6 * LIMITS.megabytes * BYTES_OF_A_CELL) / 2;
  return { name, columns: undefined, at: -1, ...readArrays(name, content, most) };
}

onmessage = async ({ data: { id, type, ...request } }) => {
  try {
    postMessage({ id, result: await answers[type](request) });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const problem = error instanceof RangeError ? "The browser ran out of memory; take fewer samples." : message;
    postMessage({ id, problem });
  }
};
