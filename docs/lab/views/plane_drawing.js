// How the plane of the playground is drawn: points, and each neuron's arrow and ReLU boundary.

export const REACH = 2.2; // half the side of the plane
const [SMALL, LARGE] = [0.035, 0.07]; // radius of a point, and of the chosen one
const LONGEST = 1.6; // the largest neuron's arrow
const HEAD = { length: 0.07, width: 0.04 };

/** @typedef {{w_in: Float32Array, b: Float32Array, w_out: Float32Array}} Weights */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../samples.js").Samples} points
 * @param {number} chosen which point, or -1
 * @param {Weights | undefined} weights
 * @param {string[]} colours of the two groups
 * @param {string} border of a point
 */
export function drawPlane(canvas, points, chosen, weights, colours, border) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(side / 2 / REACH, 0, 0, -side / 2 / REACH, side / 2, side / 2);
  pen.clearRect(-REACH, -REACH, 2 * REACH, 2 * REACH);
  if (weights) neurons(pen, weights, colours);
  points.labels.forEach((label, i) => {
    pen.beginPath();
    pen.arc(points.x[2 * i], points.x[2 * i + 1], i === chosen ? LARGE : SMALL, 0, 7);
    pen.fillStyle = colours[label];
    pen.fill();
    pen.lineWidth = 0.012;
    pen.strokeStyle = border;
    pen.stroke();
  });
}

/**
 * Arrows as long as the neurons are large, and the lines w.x + b = 0.
 * @param {CanvasRenderingContext2D} pen
 * @param {Weights} weights
 * @param {string[]} colours
 */
function neurons(pen, { w_in, b, w_out }, colours) {
  const width = b.length;
  const size = Array.from(b, (_, i) => Math.hypot(w_in[2 * i], w_in[2 * i + 1]));
  const largest = Math.max(...size);
  for (let i = 0; i < width; i++) {
    if (size[i] === 0) continue;
    const direction = [w_in[2 * i] / size[i], w_in[2 * i + 1] / size[i]];
    const share = size[i] / largest;
    pen.strokeStyle = colours[Number(w_out[i] < w_out[width + i])];
    pen.globalAlpha = 0.08 + 0.3 * share;
    pen.lineWidth = 0.008;
    boundary(pen, direction, -b[i] / size[i]);
    pen.globalAlpha = 0.25 + 0.75 * share;
    pen.lineWidth = 0.02;
    arrow(pen, direction, LONGEST * share);
  }
  pen.globalAlpha = 1;
}

/**
 * The line at right angles to a direction, that far from the origin.
 * @param {CanvasRenderingContext2D} pen @param {number[]} direction of length 1 @param {number} away
 */
function boundary(pen, [x, y], away) {
  const far = 4 * REACH;
  pen.beginPath();
  pen.moveTo(away * x - far * y, away * y + far * x);
  pen.lineTo(away * x + far * y, away * y - far * x);
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {number[]} direction of length 1 @param {number} length */
function arrow(pen, [x, y], length) {
  const neck = length - HEAD.length;
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(length * x, length * y);
  for (const side of [-HEAD.width, HEAD.width]) {
    pen.moveTo(length * x, length * y);
    pen.lineTo(neck * x - side * y, neck * y + side * x);
  }
  pen.stroke();
}
