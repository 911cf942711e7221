// A CSV file as samples, by the rules of racing_core/own_table.py: one row per sample, one column of
// labels. Papa Parse splits it into cells.
// @ts-expect-error: it comes without types
import Papa from "papaparse";
import { Unusable } from "./unusable.js";

const DELIMITERS = [",", ";", "\t"]; // that which the first line has most of; of equals the first
const NUMBER = /^[0-9+\-.eE]+$/; // what a number is written with
const COLUMNS_SHOWN = 8;

/** How a label that is missing, or no finite number, reads among words. */
export const MISSING = [
  ...["", "nan", "NaN", "NAN", "-nan", "-NaN", "None", "NaT", "<NA>", "NA", "N/A", "n/a", "#N/A"],
  ...["#NA", "#N/A N/A", "NULL", "null", "\\N", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"],
  ...["inf", "-inf", "Inf", "-Inf"],
];

/**
 * @typedef {object} Table
 * @property {string[]} columns the names of all columns
 * @property {number} at which of them holds the labels
 * @property {Float64Array[]} rows the inputs of each sample (D)
 * @property {string[]} labels as they are written (N)
 */

/**
 * @param {string} file its name
 * @param {string} text
 * @param {string} label name of the column of labels; "" for the last one
 * @returns {Table}
 */
export function readTable(file, text, label) {
  const reader = new Reader(file, label);
  /** @param {{data: string[], errors: {message: string, type: string}[]}} row */
  const step = ({ data, errors: [error] }) => {
    if (error?.type === "Quotes") {
      throw new Unusable(`${file} is no CSV table (${error.message}); check its quotation marks.`);
    }
    reader.take(data);
  };
  const [lines, options] = split(text);
  Papa.parse(lines, { ...options, step });
  return reader.table();
}

/** The first row that is not empty. @param {string} text @returns {string[]} */
export function firstRow(text) {
  const [lines, options] = split(text.replace(/^[\r\n]+/, ""));
  return Papa.parse(lines, { ...options, preview: 1 }).data[0] ?? [];
}

/** The text as the library takes it, with what it needs to know. @param {string} text */
function split(text) {
  const lines = text.replace(/\r\n?/g, "\n");
  const end = lines.indexOf("\n");
  const first = end < 0 ? lines : lines.slice(0, end);
  const count = (/** @type {string} */ delimiter) => first.split(delimiter).length;
  const delimiter = DELIMITERS.reduce((most, other) => (count(other) > count(most) ? other : most));
  return /** @type {const} */ ([lines, { delimiter, newline: "\n" }]);
}

/**
 * The names that the columns have where they are taken for the labels: the first row's, or their
 * numbers if all that is beside them are numbers.
 * @param {string[]} first the cells of the first row
 */
export function namesOf(first) {
  const names = first.map((cell) => cell.trim());
  return names.map((name, i) => (isHeader(names, i) ? name : String(i + 1)));
}

/**
 * Whether the first row names its columns: by words, or 0, 1, ... as pandas counts them.
 * @param {string[]} names its cells
 * @param {number} at which of them is taken for the labels
 * @param {string} [label] the name by which that one was asked for
 */
function isHeader(names, at, label) {
  const words = names.some((name, i) => i !== at && numberOf(name) === undefined && !lacks(name));
  const counted = names.length > 2 && names.every((name, i) => i === at || name === String(i));
  return words || counted || (names[at] === label && numberOf(label) === undefined);
}

/** Whether it stands for a number that is missing or endless: no column has such a name. @param {string} cell */
const lacks = (cell) => cell !== "" && (MISSING.includes(cell) || /^[+-]?inf(inity)?$/i.test(cell));

/** @param {string[]} cells */
const columnsOf = ({ length }) => (length === 1 ? "1 column" : `${length} columns`);

class Reader {
  #file;
  #label;
  #number = 0;
  /** @type {string[] | undefined} */
  #columns;
  #at = -1;
  /** @type {Float64Array[]} */
  #rows = [];
  /** @type {string[]} */
  #labels = [];

  /** @param {string} file @param {string} label */
  constructor(file, label) {
    this.#file = file;
    this.#label = label;
  }

  /** @param {string[]} cells */
  take(cells) {
    this.#number += 1;
    if (cells.length === 1 && cells[0] === "") return; // an empty line counts as a row, but is none
    if (!this.#columns && this.#isHeader(cells)) return;
    const { length } = /** @type {string[]} */ (this.#columns);
    if (cells.length !== length) {
      throw new Unusable(
        `${this.#file} has ${columnsOf(cells)} in row ${this.#number}, but ${length} in its first row; give every row the same.`,
      );
    }
    this.#labels.push(this.#labelOf(cells[this.#at]));
    this.#rows.push(this.#inputsOf(cells));
  }

  /** @returns {Table} */
  table() {
    if (!this.#columns) this.#isHeader([]);
    if (this.#rows.length === 0) throw new Unusable(`${this.#file} has no samples below its header; add some rows.`);
    checkNumbers(this.#file, this.#labels);
    return { columns: this.#columns ?? [], at: this.#at, rows: this.#rows, labels: this.#labels };
  }

  /** Names the columns by the first row, or by their numbers where it is a sample. @param {string[]} first */
  #isHeader(first) {
    const [file, label] = [this.#file, this.#label];
    if (first.length < 2) {
      throw new Unusable(
        `${file} has ${columnsOf(first)} in its first row, but there must be one of labels and one or more of inputs, with commas, semicolons or tabs between them.`,
      );
    }
    const names = first.map((cell) => cell.trim());
    const numbered = first.map((_, i) => String(i + 1));
    if (label && names.filter((name) => name === label).length > 1) {
      throw new Unusable(`${file} has more than one column '${label}'; give each its own name.`);
    }
    this.#at = label ? names.indexOf(label) : -1;
    if (this.#at < 0 || !isHeader(names, this.#at, label)) {
      this.#at = numbered.includes(label) ? numbered.indexOf(label) : names.length - 1;
    }
    const named = isHeader(names, this.#at, label);
    if (named && names.some((name, i) => name === "" && i !== this.#at)) {
      throw new Unusable(
        `${file} has no name in column ${names.indexOf("") + 1} of its header, as if the column numbered the rows; leave it out, as to_csv(FILE, index=False) does, or name it.`,
      );
    }
    this.#columns = named ? names : numbered;
    if (label && this.#columns[this.#at] !== label) {
      const shown = this.#columns.slice(0, COLUMNS_SHOWN).join(", ");
      throw new Unusable(
        `${file} has no column '${label}' of labels; its columns are ${shown}${names.length > COLUMNS_SHOWN ? ", ..." : ""}.`,
      );
    }
    return named;
  }

  /** @param {string} cell */
  #labelOf(cell) {
    const label = cell.trim();
    if (MISSING.includes(label)) {
      throw new Unusable(
        `${this.#file} has '${label}' in row ${this.#number}, column '${this.#columns?.[this.#at]}', as if the label were missing; name the label, or leave out the row.`,
      );
    }
    return label;
  }

  /** @param {string[]} cells */
  #inputsOf(cells) {
    const inputs = new Float64Array(cells.length - 1);
    cells.forEach((cell, i) => {
      if (i === this.#at) return;
      const value = numberOf(cell);
      if (value === undefined) {
        const what = cell.trim() ? `has '${cell}'` : "has nothing";
        throw new Unusable(
          `${this.#file} ${what} in row ${this.#number}, column '${this.#columns?.[i]}', where a number such as 1.5 or 2e-3 should be; mend or leave out the row or the column.`,
        );
      }
      inputs[i < this.#at ? i : i - 1] = value;
    });
    return inputs;
  }
}

/** Labels that are one number, as 1 and 1.0 are, would be two groups. @param {string} file @param {string[]} labels */
function checkNumbers(file, labels) {
  const written = new Map();
  for (const label of new Set(labels)) {
    const number = numberOf(label);
    if (number === undefined) continue;
    if (written.has(number)) {
      throw new Unusable(`${file} has the labels '${written.get(number)}' and '${label}', which are one number; write them alike.`);
    }
    written.set(number, label);
  }
}

/** What a cell means; undefined where it is no finite number. @param {string} cell */
export function numberOf(cell) {
  const written = cell.trim();
  const value = NUMBER.test(written) ? Number(written) : NaN;
  return Number.isFinite(value) ? value : undefined;
}
