// The 2-D playground: the samples, each neuron's arrow and the line where its ReLU opens; points are
// moved, added, relabelled and removed by hand.
import { button, element, fill, say, select } from "./dom.js";
import { latest, onChange } from "./pace.js";
import { pointsToText } from "../samples.js";

const REACH = 2.2; // half the side of the plane
const NEAR = 0.09; // how close a press must be to a point to take it
const NUDGE = 0.05;
const FEWEST = 2; // points that an address must hold

/** @param {import("../lab.js").Lab} lab */
export function plane(lab) {
  const card = element("plane-card", HTMLElement);
  const canvas = element("plane", HTMLCanvasElement);
  const state = element("plane-state", HTMLElement);
  /** @type {{w_in: Float32Array, b: Float32Array, w_out: Float32Array} | undefined} */
  let weights;
  /** @type {{x: Float32Array, labels: number[]}} */
  let points = { x: new Float32Array(), labels: [] };
  let chosen = -1;
  let dragging = false;
  let moved = false;

  const draw = () => {
    if (card.hidden) return;
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const style = getComputedStyle(card);
    const colours = [style.getPropertyValue("--a"), style.getPropertyValue("--b")];
    pen.setTransform(side / 2 / REACH, 0, 0, -side / 2 / REACH, side / 2, side / 2);
    pen.clearRect(-REACH, -REACH, 2 * REACH, 2 * REACH);
    if (weights) neurons(pen, weights, colours);
    points.labels.forEach((label, i) => {
      pen.beginPath();
      pen.arc(points.x[2 * i], points.x[2 * i + 1], i === chosen ? 0.07 : 0.035, 0, 7);
      pen.fillStyle = colours[label];
      pen.fill();
      pen.lineWidth = 0.012;
      pen.strokeStyle = style.color;
      pen.stroke();
    });
  };
  const refresh = latest(async () => {
    if (card.hidden) return;
    weights = await lab.ask("weights");
    draw();
  });
  const commit = () => lab.reset({ points: pointsToText(points), ticket: [] });
  /** @param {number} i a point, or -1 for none */
  const choose = (i) => {
    chosen = i;
    for (const id of ["plane-relabel", "plane-remove"]) button(id).classList.toggle("is-idle", i < 0);
  };
  const tell = () => {
    const [x, y] = points.x.subarray(2 * chosen, 2 * chosen + 2);
    const name = select("plane-label").options[points.labels[chosen]].text;
    say(state, `Point ${chosen + 1} of ${points.labels.length}, ${name}, at ${x.toFixed(2)}, ${y.toFixed(2)}.`);
    draw();
  };

  lab.on("start", () => {
    card.hidden = lab.task.task !== "playground";
    points = { x: lab.samples.x.slice(), labels: [...lab.samples.labels] };
    if (!lab.experiment.points) choose(-1);
    const [a, b] = [lab.task.group_a, lab.task.group_b].map((group) => group.join(" + "));
    fill(select("plane-label"), [{ value: "0", label: a }, { value: "1", label: b }]);
    void refresh();
  });
  onChange(lab, refresh, 50);
  new ResizeObserver(draw).observe(canvas);

  const at = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width - 0.5) * 2 * REACH,
      (0.5 - (event.clientY - box.top) / box.height) * 2 * REACH,
    ];
  };
  /** @param {number} x @param {number} y */
  const add = (x, y) => {
    points = { x: Float32Array.of(...points.x, x, y), labels: [...points.labels, Number(select("plane-label").value)] };
    choose(points.labels.length - 1);
    moved = true;
  };
  const relabel = () => {
    if (chosen < 0) return say(state, "Choose a point first.");
    points.labels[chosen] = 1 - points.labels[chosen];
    tell();
    void commit();
  };
  const remove = () => {
    if (chosen < 0) return say(state, "Choose a point first.");
    if (points.labels.length <= FEWEST) return say(state, `${FEWEST} points have to stay.`);
    points = {
      x: points.x.filter((_, i) => i >> 1 !== chosen),
      labels: points.labels.filter((_, i) => i !== chosen),
    };
    choose(-1);
    say(state, `Removed; ${points.labels.length} points are left.`);
    void commit();
  };
  button("plane-relabel").onclick = relabel;
  button("plane-remove").onclick = remove;

  canvas.onpointerdown = (event) => {
    const [x, y] = at(event);
    canvas.setPointerCapture(event.pointerId);
    const distance = (/** @type {number} */ i) => Math.hypot(points.x[2 * i] - x, points.x[2 * i + 1] - y);
    const near = points.labels.reduce((best, _, i) => (best < 0 || distance(i) < distance(best) ? i : best), -1);
    if (near < 0 || distance(near) > NEAR) add(x, y);
    else choose(near);
    dragging = true;
    tell();
  };
  canvas.onpointermove = (event) => {
    if (!dragging || event.buttons === 0) return;
    points.x.set(at(event), 2 * chosen);
    moved = true;
    draw();
  };
  const settle = () => {
    if (moved) void commit();
    moved = dragging = false;
  };
  canvas.onpointerup = canvas.onpointercancel = canvas.onkeyup = canvas.onblur = settle;
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === " ") choose((chosen + 1) % points.labels.length);
    else if (event.key === "Enter") add(0, 0);
    else if (event.key === "Delete" || event.key === "Backspace") remove();
    else if (step && chosen >= 0) {
      points.x[2 * chosen] += NUDGE * step[0];
      points.x[2 * chosen + 1] += NUDGE * step[1];
      moved = true;
    } else return;
    event.preventDefault();
    if (chosen >= 0) tell();
  };
}

/**
 * Arrows as long as the neurons are large, and the lines w.x + b = 0.
 * @param {CanvasRenderingContext2D} pen
 * @param {{w_in: Float32Array, b: Float32Array, w_out: Float32Array}} weights
 * @param {string[]} colours
 */
function neurons(pen, { w_in, b, w_out }, colours) {
  const width = b.length;
  const size = Array.from(b, (_, i) => Math.hypot(w_in[2 * i], w_in[2 * i + 1]));
  const largest = Math.max(...size);
  for (let i = 0; i < width; i++) {
    if (size[i] === 0) continue;
    const [x, y] = [w_in[2 * i] / size[i], w_in[2 * i + 1] / size[i]];
    const share = size[i] / largest;
    pen.strokeStyle = colours[Number(w_out[i] < w_out[width + i])];
    const away = -b[i] / size[i];
    pen.globalAlpha = 0.08 + 0.3 * share;
    pen.lineWidth = 0.008;
    pen.beginPath();
    pen.moveTo(away * x - 9 * y, away * y + 9 * x);
    pen.lineTo(away * x + 9 * y, away * y - 9 * x);
    pen.stroke();
    const length = 1.6 * share;
    pen.globalAlpha = 0.25 + 0.75 * share;
    pen.lineWidth = 0.02;
    pen.beginPath();
    pen.moveTo(0, 0);
    pen.lineTo(length * x, length * y);
    for (const side of [-1, 1]) {
      pen.moveTo(length * x, length * y);
      pen.lineTo((length - 0.07) * x - side * 0.04 * y, (length - 0.07) * y + side * 0.04 * x);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
