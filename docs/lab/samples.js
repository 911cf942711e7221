// The samples of the tasks: files, or for the playground points that were moved by hand.
import { fetched } from "./fetched.js";

const SCALE = 1000; // of the points in the address
const POINT = /^[01]~-?\d{1,9}~-?\d{1,9}$/;
const MOST = 400; // a step costs their number squared
const FAR = 5; // no point is further away along an axis: the plane shows 2.2

/**
 * @typedef {object} Samples
 * @property {Float32Array} x (n, r), coordinates in the span of the samples
 * @property {number[]} labels (n)
 */

/** Those that have been asked for, and those that have come. @type {Map<string, Promise<Float32Array>>} */
const asked = new Map();
/** @type {Set<string>} */
const here = new Set();

/** @param {import("./experiment.js").Task} task */
export const samplesAreHere = (task) => here.has(task.name);

/** Samples that come from no file of the site. @param {import("./experiment.js").Task} task @param {Float32Array} x */
export function keepSamples(task, x) {
  asked.set(task.name, Promise.resolve(x));
  here.add(task.name);
}

/**
 * @param {import("./experiment.js").Task} task
 * @param {Record<string, import("./fetched.js").Expected>} files
 * @returns {Promise<Samples>}
 */
export async function samplesOf(task, files) {
  const coming = asked.get(task.name) ?? coordinates(`data/lab/${task.x}`, files);
  asked.set(task.name, coming);
  coming.catch(() => asked.delete(task.name)); // so that it can be asked for again
  const x = await coming;
  here.add(task.name);
  return { x, labels: task.labels };
}

/**
 * Those that training never sees; undefined where a task has none, or they cannot be had.
 * @param {import("./experiment.js").Task} task
 * @param {Record<string, import("./fetched.js").Expected>} files
 * @returns {Promise<Samples | undefined>}
 */
export async function heldOutOf({ x_held_out, unit_held_out = 1, labels_held_out }, files) {
  if (!x_held_out || !labels_held_out) return undefined;
  const path = `data/lab/${x_held_out}`;
  const file = await fetched(path, files[path]).catch(() => undefined);
  if (!file) return undefined;
  return { x: Float32Array.from(new Int16Array(file.buffer), (value) => value * unit_held_out), labels: labels_held_out };
}

/** @param {string} path @param {Record<string, import("./fetched.js").Expected>} files */
async function coordinates(path, files) {
  const { buffer } = await fetched(path, files[path]);
  const x = new Float32Array(buffer);
  // Where the browser has no digests, see fetched.js.
  if (!x.every(Number.isFinite)) throw new Error(`${path} is damaged: not all that it holds are numbers.`);
  return x;
}

/** Points as text for the address: label, x and y, in thousandths. @param {Samples} samples */
export function pointsToText({ x, labels }) {
  return labels
    .map((label, i) => `${label}~${Math.round(SCALE * x[2 * i])}~${Math.round(SCALE * x[2 * i + 1])}`)
    .join("_");
}

/**
 * Undefined where the text is anything but two or more points. Each counts once, the first MOST of
 * them, and none is further than FAR.
 * @param {string} text
 * @returns {Samples | undefined}
 */
export function pointsFromText(text) {
  const written = text.split("_");
  if (!written.every((point) => POINT.test(point))) return undefined;
  const near = (/** @type {string} */ value) => Math.max(-FAR * SCALE, Math.min(FAR * SCALE, Number(value)));
  const bounded = written.map((point) => point.split("~").map(near).join("~"));
  const points = [...new Set(bounded)].slice(0, MOST).map((point) => point.split("~").map(Number));
  if (points.length < 2) return undefined;
  const x = Float32Array.from(points.flatMap(([, first, second]) => [first / SCALE, second / SCALE]));
  return { x, labels: points.map(([label]) => label) };
}
