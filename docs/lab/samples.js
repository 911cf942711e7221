// The samples of the tasks: files, or for the playground points that were moved by hand.

const DATA = new URL("../data/lab/", import.meta.url);
const SCALE = 1000; // of the points in the address
const POINT = /^[01]~-?\d{1,9}~-?\d{1,9}$/;

/**
 * @typedef {object} Samples
 * @property {Float32Array} x (n, r), coordinates in the span of the samples
 * @property {number[]} labels (n)
 */

/** @type {Map<string, Promise<Float32Array>>} */
const loaded = new Map();

/** @param {import("./experiment.js").Task} task @returns {Promise<Samples>} */
export async function samplesOf(task) {
  const found = loaded.get(task.name) ?? coordinates(task.x);
  loaded.set(task.name, found);
  found.catch(() => loaded.delete(task.name)); // so that it can be asked for again
  return { x: await found, labels: task.labels };
}

/** @param {string} file */
async function coordinates(file) {
  const answer = await fetch(new URL(file, DATA));
  if (!answer.ok) throw new Error(`The server answered ${answer.status} when asked for ${file}.`);
  return new Float32Array(await answer.arrayBuffer());
}

/** Points as text for the address: label, x and y, in thousandths. @param {Samples} samples */
export function pointsToText({ x, labels }) {
  return labels
    .map((label, i) => `${label}~${Math.round(SCALE * x[2 * i])}~${Math.round(SCALE * x[2 * i + 1])}`)
    .join("_");
}

/** Undefined where the text is anything but two or more points. @param {string} text @returns {Samples | undefined} */
export function pointsFromText(text) {
  const written = text.split("_");
  if (written.length < 2 || !written.every((point) => POINT.test(point))) return undefined;
  const points = written.map((point) => point.split("~").map(Number));
  const x = Float32Array.from(points.flatMap(([, first, second]) => [first / SCALE, second / SCALE]));
  return { x, labels: points.map(([label]) => label) };
}
