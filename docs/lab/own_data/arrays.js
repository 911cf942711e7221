// The arrays X (N, D) and y (N) of an .npz file, as racing_core/own_arrays.py takes them. fflate
// unpacks the archive, npyjs reads the arrays.
import { unzipSync } from "fflate";
import { parse } from "npyjs";
import { MISSING } from "./table.js";
import { Unusable } from "./unusable.js";

const HOW = "save it as numpy.savez(FILE, X=X, y=y)";
const NUMBERS = /^[<|]?[biuf]\d/;

/** @typedef {{data: any, shape: number[], dtype: string, fortranOrder: boolean}} Npy */

/**
 * @param {string} file its name
 * @param {Uint8Array} content
 * @param {number} most bytes that its arrays may have
 * @returns {{rows: Float64Array[], labels: string[]}} labels as they read in Python
 */
export function readArrays(file, content, most) {
  if (content[0] === 0x93) throw new Unusable(`${file} holds one array (.npy) and no archive; ${HOW}.`);
  const { X, y } = unpacked(file, content, most);
  const [inputs, labels] = [arrayOf(file, "X", X), arrayOf(file, "y", y)];
  if (!NUMBERS.test(inputs.dtype)) throw new Unusable(`${file} has X of type ${inputs.dtype}, but it must hold real numbers.`);
  const shape = (/** @type {number[]} */ it) => `(${it.join(", ")}${it.length === 1 ? "," : ""})`;
  const mends = mendsOf(inputs.shape, labels.shape);
  if (mends.length > 0) {
    throw new Unusable(
      `${file} has X of shape ${shape(inputs.shape)} and y of shape ${shape(labels.shape)}, but they must be (N, D) and (N,); ${mends.join(", ")}.`,
    );
  }
  return { rows: rowsOf(file, inputs), labels: labelsOf(file, labels) };
}

/**
 * What makes X (N, D) and y (N) of arrays of such shapes; nothing where they are.
 * @param {number[]} x @param {number[]} y
 */
function mendsOf(x, y) {
  const mends = [];
  if (x.includes(0)) mends.push("add samples and inputs");
  else if (x.length > 2) mends.push("X.reshape(len(X), -1) makes images rows");
  else if (x.length < 2) mends.push("X.reshape(-1, 1) makes each number a sample");
  if (y.length === 2 && y[0] === x[0] && y[1] > 1) mends.push("y.argmax(axis=1) makes one-hot rows labels");
  else if (y.length !== 1) mends.push("y.ravel() makes a column a row");
  else if (x.length === 2 && x[1] === y[0] && x[0] !== y[0]) mends.push("X.T makes columns rows");
  if (mends.length === 0 && x[0] !== y[0]) mends.push("give every sample one label");
  return mends;
}

/** The bytes of both arrays. @param {string} file @param {Uint8Array} content @param {number} most */
function unpacked(file, content, most) {
  /** @type {string[]} */
  const names = [];
  let bytes = 0;
  /** @param {{name: string, originalSize: number}} member */
  const filter = ({ name, originalSize }) => {
    names.push(name.replace(/\.npy$/, ""));
    const wanted = name === "X.npy" || name === "y.npy";
    if (wanted) bytes += originalSize;
    if (bytes > most) throw new Unusable(`${file} holds arrays of more than ${most / 1e6} MB; take fewer samples or inputs.`);
    return wanted;
  };
  const found = attempt(file, () => unzipSync(content, { filter }));
  for (const name of ["X", "y"]) {
    if (!found[`${name}.npy`]) {
      throw new Unusable(
        `${file} has no array '${name}'; it has ${names.slice(0, 20).join(", ") || "nothing"}. Choose an array of samples (N, D) and one of labels (N,), and ${HOW}.`,
      );
    }
  }
  return { X: found["X.npy"], y: found["y.npy"] };
}

/** @param {string} file @param {string} name @param {Uint8Array} bytes @returns {Npy} */
function arrayOf(file, name, bytes) {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 256));
  const kind = /'descr'\s*:\s*'([^']+)'/.exec(head)?.[1] ?? "";
  if (kind.includes("O")) {
    throw new Unusable(
      `${file} has ${name} as an array of Python objects, which is a pickle and is not opened; save plain numbers or words: X.astype(float), y.astype(str).`,
    );
  }
  if (kind && !/^[<|][biufU]\d+$/.test(kind)) {
    throw new Unusable(`${file} has ${name} of type ${kind}, which the lab does not read; save plain numbers or words: X.astype(float), y.astype(str).`);
  }
  const array = /** @type {Npy} */ (attempt(file, () => parse(/** @type {ArrayBuffer} */ (bytes.slice().buffer))));
  const size = array.shape.reduce((product, side) => product * side, 1);
  if (array.data.length !== size) throw new Unusable(`${file} is damaged (${name} is not as long as its header says); ${HOW}.`);
  return { ...array, dtype: kind };
}

/** @template Result @param {string} file @param {() => Result} work @returns {Result} */
function attempt(file, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unusable) throw error;
    const reason = String(/** @type {Error} */ (error).message ?? error).replace(/\.$/, "");
    throw new Unusable(`${file} is no .npz of plain arrays, or is damaged (${reason}); ${HOW}.`);
  }
}

/** @param {string} file @param {Npy} array */
function rowsOf(file, { data, shape: [samples, inputs], fortranOrder }) {
  return Array.from({ length: samples }, (_, row) =>
    Float64Array.from({ length: inputs }, (__, column) => {
      const given = data[fortranOrder ? column * samples + row : row * inputs + column];
      const value = Number(given);
      if (typeof given === "bigint" && BigInt(value) !== given) {
        throw new Unusable(
          `${file} has ${given} in row ${row}, column ${column} of X, counted from 0, which float64 cannot hold; subtract a number from the whole column.`,
        );
      }
      if (!Number.isFinite(value)) {
        throw new Unusable(`${file} has NaN or infinity in row ${row}, column ${column} of X, counted from 0; mend or leave out the row.`);
      }
      return value;
    }),
  );
}

/** @param {string} file @param {Npy} array */
function labelsOf(file, { data, dtype }) {
  const kind = dtype.replace(/[<|]/, "");
  return Array.from(data, (/** @type {any} */ value, /** @type {number} */ row) => {
    if (kind.startsWith("f") && !Number.isFinite(value)) {
      throw new Unusable(`${file} has NaN or infinity in row ${row} of y, counted from 0; mend or leave out the row.`);
    }
    const label = written(value, kind).trim();
    if (kind.startsWith("U") && MISSING.includes(label)) {
      throw new Unusable(
        `${file} has '${label}' in row ${row} of y, counted from 0, as if the label were missing; name the label, or leave out the row.`,
      );
    }
    return label;
  });
}

/** A label as Python writes it. @param {any} value @param {string} kind */
function written(value, kind) {
  if (kind === "b1") return value ? "True" : "False";
  if (!kind.startsWith("f") || !Number.isInteger(value)) return shortest(value, kind);
  return `${Object.is(value, -0) ? "-0" : value}.0`;
}

/** The fewest digits that give a number back in its own precision. @param {any} value @param {string} kind */
function shortest(value, kind) {
  if (kind !== "f4") return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}
