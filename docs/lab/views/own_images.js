// Where a visitor's samples are images, they are shown as such: some of each group, the mean of each,
// and the incoming weights of a neuron.
import { element, ink, say } from "./dom.js";
import { latest } from "./pace.js";

const SHOWN = 5; // samples of each group
const SMALLEST = 8; // px; what is smaller may be a square by chance

/**
 * @param {import("../lab.js").Lab} lab
 * @param {import("../own_data.js").OwnData} data
 * @returns {(task: import("../experiment.js").Task) => Promise<void>} shows a task's samples
 */
export function ownImages(lab, data) {
  const box = element("own-images", HTMLElement);
  const canvas = element("own-weights", HTMLCanvasElement);
  /** @type {Shape | undefined} */
  let shape;
  let name = "";
  const weights = latest(async () => {
    if (!shape || lab.task.name !== name) return;
    const { rank } = lab.task;
    /** @type {{w_in: Float32Array} | undefined} */
    const network = await lab.ask("weights");
    const { neuron } = lab.experiment;
    const row = network?.w_in.subarray(neuron * rank, (neuron + 1) * rank);
    if (!row || row.length === 0 || !shape) return;
    const values = await data.ask("inputs", { vectors: row });
    draw(canvas, values, shape, signed(values));
    say(element("own-weights-said", HTMLElement), `What neuron ${neuron} looks for: its incoming weights, brown above 0 and green below.`);
  });
  lab.on("choose", weights);
  lab.on("still", weights);
  lab.on("start", () => {
    box.hidden = !shape || lab.task.name !== name;
    if (!box.hidden) void weights();
  });
  return async (task) => {
    name = task.name;
    /** @type {{first: Float32Array[], middle: Float32Array}[]} */
    const groups = await data.ask("samples", { count: SHOWN });
    shape = shapeOf(groups.map(({ middle }) => middle));
    box.hidden = !shape;
    if (!shape) return;
    const known = shape;
    [task.group_a, task.group_b].forEach((labels, group) => {
      const { first, middle } = groups[group];
      const title = labels.join(" + ");
      const row = element(`own-images-${group}`, HTMLElement);
      const drawn = [...first, middle].map((values, i) =>
        image(values, known, i < first.length ? `sample ${i + 1} of ${title}` : `the mean of ${title}`),
      );
      row.replaceChildren(`${title}, its mean last: `, ...drawn);
    });
    await weights();
  };
}

/** @typedef {{side: number, at: (pixel: number, channel: number) => number}} Shape where a pixel's color stands */

/**
 * How so many numbers are a square image; undefined where they are none. Of three colors it is the
 * arrangement in which neighbors are more alike: whole planes, or pixel by pixel.
 * @param {Float32Array[]} means of the groups (D)
 * @returns {Shape | undefined}
 */
export function shapeOf(means) {
  const inputs = means[0].length;
  const side = (/** @type {number} */ pixels) => (Number.isInteger(Math.sqrt(pixels)) ? Math.sqrt(pixels) : 0);
  const [gray, color] = [side(inputs), side(inputs / 3)];
  if (gray >= SMALLEST) return { side: gray, at: (pixel) => pixel };
  if (color < SMALLEST) return undefined;
  const planes = { side: color, at: (/** @type {number} */ pixel, /** @type {number} */ channel) => channel * color ** 2 + pixel };
  const pixels = { side: color, at: (/** @type {number} */ pixel, /** @type {number} */ channel) => 3 * pixel + channel };
  return roughness(means, planes) <= roughness(means, pixels) ? planes : pixels;
}

/** @param {Float32Array[]} images @param {Shape} shape */
function roughness(images, { side, at }) {
  let sum = 0;
  for (const values of images) {
    for (let pixel = 1; pixel < side ** 2; pixel++) {
      if (pixel % side === 0) continue;
      for (let c = 0; c < 3; c++) sum += Math.abs(values[at(pixel, c)] - values[at(pixel - 1, c)]);
    }
  }
  return sum;
}

/** A sample from its smallest value, black, to its largest. @param {Float32Array} values @param {Shape} shape @param {string} name */
function image(values, shape, name) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  draw(canvas, values, shape, (rgb) => [...rgb.map((value) => (255 * (value - low)) / (high - low || 1)), 255]);
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values (D)
 * @param {Shape} shape
 * @param {(values: number[]) => number[]} colored red, green, blue and opacity of a pixel's three values
 */
function draw(canvas, values, { side, at }, colored) {
  canvas.width = canvas.height = side;
  const pixels = new ImageData(side, side);
  for (let pixel = 0; pixel < side ** 2; pixel++) {
    pixels.data.set(colored([0, 1, 2].map((channel) => values[at(pixel, channel)])), 4 * pixel);
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}

/** The colors of the cosine matrix, from below 0 through clear to above 0. @param {Float32Array} values */
function signed(values) {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const [below, above] = [ink("--opposite"), ink("--alike")];
  return (/** @type {number[]} */ parts) => {
    const strongest = parts.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    return [...(strongest < 0 ? below : above), (255 * Math.abs(strongest)) / largest];
  };
}
