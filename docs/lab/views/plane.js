// The 2-D playground: the samples, each neuron's arrow and the line where its ReLU opens; points are
// moved, added, relabelled and removed by hand.
import { pointsToText } from "../samples.js";
import { button, element, fill, say, select } from "./dom.js";
import { latest, onChange } from "./pace.js";
import { drawPlane, REACH } from "./plane_drawing.js";

const NEAR = 0.09; // how close a press must be to a point to take it
const NUDGE = 0.05;
const FEWEST = 2; // points that an address must hold

/** What the arrow keys do, as steps along x and y. @type {Record<string, number[]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {import("../lab.js").Lab} lab */
export function plane(lab) {
  const canvas = element("plane", HTMLCanvasElement);
  const plane = new Plane(lab, canvas);
  const refresh = latest(() => plane.refresh());
  lab.on("start", () => {
    plane.start();
    void refresh();
  });
  onChange(lab, refresh, 50);
  new ResizeObserver(() => plane.draw()).observe(canvas);
  button("plane-relabel").onclick = () => plane.relabel();
  button("plane-remove").onclick = () => plane.remove();
  canvas.onpointerdown = (event) => plane.press(event);
  canvas.onpointermove = (event) => plane.drag(event);
  canvas.onpointerup = canvas.onpointercancel = canvas.onkeyup = canvas.onblur = () => plane.settle();
  canvas.onkeydown = (event) => {
    if (plane.key(event.key)) event.preventDefault();
  };
}

class Plane {
  #lab;
  #canvas;
  #card = element("plane-card", HTMLElement);
  #state = element("plane-state", HTMLElement);
  /** @type {import("./plane_drawing.js").Weights | undefined} */
  #weights;
  /** @type {import("../samples.js").Samples} */
  #points = { x: new Float32Array(), labels: [] };
  #chosen = -1;
  #dragging = false;
  #moved = false;

  /** @param {import("../lab.js").Lab} lab @param {HTMLCanvasElement} canvas */
  constructor(lab, canvas) {
    this.#lab = lab;
    this.#canvas = canvas;
  }

  /** A new run stands at step 0, perhaps of another task. */
  start() {
    const { task, samples, experiment } = this.#lab;
    this.#card.hidden = task.task !== "playground";
    this.#points = { x: samples.x.slice(), labels: [...samples.labels] };
    if (!experiment.points) this.#choose(-1);
    const [a, b] = [task.group_a, task.group_b].map((group) => group.join(" + "));
    fill(select("plane-label"), [{ value: "0", label: a }, { value: "1", label: b }]);
  }

  async refresh() {
    if (this.#card.hidden) return;
    this.#weights = await this.#lab.ask("weights");
    this.draw();
  }

  draw() {
    if (this.#card.hidden) return;
    const style = getComputedStyle(this.#card);
    const colours = [style.getPropertyValue("--a"), style.getPropertyValue("--b")];
    drawPlane(this.#canvas, this.#points, this.#chosen, this.#weights, colours, style.color);
  }

  relabel() {
    if (this.#chosen < 0) return say(this.#state, "Choose a point first.");
    this.#points.labels[this.#chosen] = 1 - this.#points.labels[this.#chosen];
    this.#sayChosen();
    this.#commit();
  }

  remove() {
    const { x, labels } = this.#points;
    const chosen = this.#chosen;
    if (chosen < 0) return say(this.#state, "Choose a point first.");
    if (labels.length <= FEWEST) return say(this.#state, `${FEWEST} points have to stay.`);
    this.#points = { x: x.filter((_, i) => i >> 1 !== chosen), labels: labels.filter((_, i) => i !== chosen) };
    this.#choose(-1);
    say(this.#state, `Removed; ${labels.length - 1} points are left.`);
    this.#commit();
  }

  /** Takes the point that is pressed, or adds one on an empty place. @param {PointerEvent} event */
  press(event) {
    const [x, y] = this.#at(event);
    this.#canvas.setPointerCapture(event.pointerId);
    const { x: all, labels } = this.#points;
    const distances = labels.map((_, i) => Math.hypot(all[2 * i] - x, all[2 * i + 1] - y));
    const nearest = distances.indexOf(Math.min(...distances));
    if (nearest < 0 || distances[nearest] > NEAR) this.#add(x, y);
    else this.#choose(nearest);
    this.#dragging = true;
    this.#sayChosen();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.#dragging || event.buttons === 0) return;
    this.#points.x.set(this.#at(event), 2 * this.#chosen);
    this.#moved = true;
    this.draw();
  }

  /** A point that has been moved stays where it is: from there a new run starts. */
  settle() {
    if (this.#moved) this.#commit();
    this.#moved = this.#dragging = false;
  }

  /** Does what a key stands for, and says whether it stands for anything. @param {string} key */
  key(key) {
    const step = ARROWS[key];
    if (key === " ") this.#choose((this.#chosen + 1) % this.#points.labels.length);
    else if (key === "Enter") this.#add(0, 0);
    else if (key === "Delete" || key === "Backspace") this.remove();
    else if (step && this.#chosen >= 0) {
      step.forEach((along, axis) => (this.#points.x[2 * this.#chosen + axis] += NUDGE * along));
      this.#moved = true;
    } else return false;
    if (this.#chosen >= 0) this.#sayChosen();
    return true;
  }

  /** @param {number} x @param {number} y */
  #add(x, y) {
    const label = Number(select("plane-label").value);
    this.#points = { x: Float32Array.of(...this.#points.x, x, y), labels: [...this.#points.labels, label] };
    this.#choose(this.#points.labels.length - 1);
    this.#moved = true;
  }

  /** @param {number} i a point, or -1 for none */
  #choose(i) {
    this.#chosen = i;
    for (const id of ["plane-relabel", "plane-remove"]) button(id).classList.toggle("is-idle", i < 0);
  }

  /** Says which point is chosen, and where it is. */
  #sayChosen() {
    const { x: all, labels } = this.#points;
    const [x, y] = all.subarray(2 * this.#chosen, 2 * this.#chosen + 2);
    const name = select("plane-label").options[labels[this.#chosen]].text;
    say(this.#state, `Point ${this.#chosen + 1} of ${labels.length}, ${name}, at ${x.toFixed(2)}, ${y.toFixed(2)}.`);
    this.draw();
  }

  #commit() {
    void this.#lab.reset({ points: pointsToText(this.#points), ticket: [] });
  }

  /** Where in the plane an event is. @param {PointerEvent} event */
  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width - 0.5) * 2 * REACH,
      (0.5 - (event.clientY - box.top) / box.height) * 2 * REACH,
    ];
  }
}
