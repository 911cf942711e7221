// Reads a visitor's file and turns it into samples, beside the page, so that neither the page nor the
// training waits. The libraries come when they are needed; nothing is sent anywhere.
//
// Messages are {id, type, ...}; each is answered with {id, result} or {id, problem}, a sentence.
import { imported } from "../fetched.js";
import { readArrays } from "./arrays.js";
import { counted, prepared } from "./groups.js";
import { LIMITS } from "../own_data.js";
import { checkShape, checkSize } from "./limits.js";
import { Rotation } from "./rotation.js";
import { firstRow, namesOf, readTable } from "./table.js";
import { Unusable } from "./unusable.js";

const VENDOR = "assets/vendor/";
const BYTES_OF_A_CELL = 8; // in memory, where a file may have two

/** @type {{name: string, rows: Float64Array[], labels: string[], columns: string[] | undefined, at: number}} */
let read;
/** @type {import("./groups.js").Prepared} */
let task;
/** @type {Rotation} */
let rotation;

/** @type {Record<string, (request: any) => any>} */
const answers = {
  /** The columns of a table, by the names that they have as labels; none for arrays. @param {{file: File}} request */
  async columns({ file }) {
    checkSize(file);
    if (!isTable(file)) return [];
    const Papa = await library("papaparse/papaparse.min.js", "Papa");
    return namesOf(firstRow(decoded(file.name, new Uint8Array(await file.arrayBuffer())), Papa));
  },

  /** Reads a file: what it holds. @param {{file: File, label: string}} request label: a column, "" for the last */
  async read({ file, label }) {
    checkSize(file);
    const content = new Uint8Array(await file.arrayBuffer());
    read = isTable(file) ? await table(file.name, content, label) : await arrays(file.name, content);
    const { rows, labels } = read;
    return { samples: rows.length, inputs: rows[0].length, labels: counted(labels) };
  },

  /** Makes samples of two groups of labels: their coordinates in their span (n, r), and what there is to know. */
  async take({ groupA, groupB }) {
    const { name, rows, labels, columns, at } = read;
    const samples = labels.filter((label) => groupA.includes(label) || groupB.includes(label)).length;
    checkShape(name, samples, rows[0].length);
    const ml = await library("ml-matrix/matrix.umd.js", "mlMatrix");
    task = prepared(name, rows, labels, groupA, groupB);
    rotation = new Rotation(task.x, samples, ml);
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
async function table(name, content, label) {
  const Papa = await library("papaparse/papaparse.min.js", "Papa");
  return { name, ...readTable(name, decoded(name, content), label, Papa) };
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
async function arrays(name, content) {
  const [{ unzipSync }, { parse }] = await Promise.all([
    library("fflate/index.js", "fflate"),
    imported(`${VENDOR}npyjs/index.js`),
  ]);
  const most = (1e6 * LIMITS.megabytes * BYTES_OF_A_CELL) / 2;
  return { name, columns: undefined, at: -1, ...readArrays(name, content, most, { unzipSync, parse }) };
}

/** A library that is no module: it leaves itself under a name. @param {string} path @param {string} name */
async function library(path, name) {
  await imported(VENDOR + path);
  return /** @type {any} */ (globalThis)[name];
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
