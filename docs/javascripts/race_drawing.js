// Moves the drawing of a race, which export/site/stage.py has made, to any moment of its clock.
//
// The dots move on a canvas that lies on the drawing: hundreds of moving elements would cost a phone
// several times as much. All else stays as it was drawn.
import { grouped } from "./grouped.js";

/**
 * A row of the race's file: a recorded time.
 * @typedef {{step: number, clock: number, loss: number, shared: number[], norm_product: number[]}} Row
 */

/**
 * An axis of the drawing: "left right from to", of the values' logarithms where they are sizes.
 * @param {Element} plot @param {"x" | "y"} name
 */
export function axis(plot, name) {
  const [start, end, low, high] = (plot.getAttribute(`data-${name}`) ?? "").split(" ").map(Number);
  return (/** @type {number} */ value) => start + ((value - low) / (high - low)) * (end - start);
}

export class RaceDrawing {
  /** @param {SVGSVGElement} svg @param {Row[]} rows */
  constructor(svg, rows) {
    this.svg = svg;
    this.rows = rows;
    const dots = /** @type {SVGCircleElement[]} */ ([...svg.querySelectorAll(".race-dots circle")]);
    this.dots = dots.map((dot) => ({
      dot,
      neuron: Number(dot.dataset.neuron),
      radius: dot.r.baseVal.value,
      fill: dot.getAttribute("fill") ?? "",
      opacity: 0.9,
    }));
    this.phases = [...svg.querySelectorAll(".race-phase")].map((band) => ({
      band,
      until: Number(band.getAttribute("data-until")),
    }));
    this.label = /** @type {Element} */ (svg.querySelector(".race-step"));
    this.rule = /** @type {Element} */ (svg.querySelector(".race-now"));
    const plot = /** @type {Element} */ (svg.querySelector(".race-dots"));
    this.x = axis(plot, "x");
    this.y = axis(plot, "y");
    this.time = axis(/** @type {Element} */ (svg.querySelector(".race-strip")), "x");
    /** Where each dot lies in each row: x and y by turns. @type {(Float32Array | undefined)[]} */
    this.places = rows.map(() => undefined);
    /** Where each dot lies now. */
    this.now = new Float32Array(2 * dots.length);
    this.clock = NaN;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "race-canvas";
    this.canvas.ariaHidden = "true";
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    svg.after(this.canvas);
    svg.classList.add("is-live");
    new ResizeObserver(() => this.fit()).observe(svg);
    this.fit();
  }

  /** Gives the canvas as many pixels as the screen has below the drawing. */
  fit() {
    const { width, height } = this.svg.getBoundingClientRect();
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.draw();
  }

  draw() {
    const { canvas, context, now } = this;
    const scale = canvas.width / this.svg.viewBox.baseVal.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (Number.isNaN(this.clock)) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.dots.forEach(({ radius, fill, opacity }, i) => {
      context.globalAlpha = opacity;
      context.fillStyle = fill;
      context.beginPath();
      context.arc(now[2 * i], now[2 * i + 1], radius, 0, 7);
      context.fill();
    });
  }

  /** Where the dots lie in a row, worked out when it is first shown. @param {number} index */
  at(index) {
    const known = this.places[index];
    if (known) return known;
    const { shared, norm_product } = this.rows[index];
    const places = new Float32Array(2 * this.dots.length);
    this.dots.forEach(({ neuron }, i) => {
      places[2 * i] = this.x(shared[neuron]);
      places[2 * i + 1] = this.y(Math.log10(norm_product[neuron]));
    });
    this.places[index] = places;
    return places;
  }

  /** Shows a moment between 0 and 1; between two rows, a mean of the two. @param {number} clock */
  show(clock) {
    this.clock = clock;
    const after = Math.max(1, this.rows.findIndex((row) => row.clock >= clock));
    const [a, b] = [this.rows[after - 1], this.rows[after]];
    const share = Math.min(1, Math.max(0, (clock - a.clock) / (b.clock - a.clock)));
    const [from, to] = [this.at(after - 1), this.at(after)];
    for (let i = 0; i < from.length; i++) this.now[i] = from[i] + share * (to[i] - from[i]);
    this.draw();
    this.step = Math.round(a.step + share * (b.step - a.step));
    this.loss = a.loss + share * (b.loss - a.loss);
    this.label.textContent = `step ${grouped(this.step)}`;
    this.rule.setAttribute("transform", `translate(${this.time(clock).toFixed(1)} 0)`);
    const here = this.phases.find(({ until }) => clock <= until) ?? this.phases.at(-1);
    for (const { band } of this.phases) band.classList.toggle("is-here", band === here?.band);
  }

  /** The moment at which a step is shown. @param {number} step */
  clockOf(step) {
    const after = Math.max(1, this.rows.findIndex((row) => row.step >= step));
    const [a, b] = [this.rows[after - 1], this.rows[after]];
    return a.clock + ((step - a.step) / (b.step - a.step)) * (b.clock - a.clock);
  }

  /** Shows one cluster clearly, or all. @param {string} cluster a number, or empty for all */
  pick(cluster) {
    for (const one of this.dots) {
      const faint = cluster !== "" && one.dot.dataset.cluster !== cluster;
      one.dot.classList.toggle("is-dim", faint);
      one.opacity = faint ? 0.1 : 0.9;
    }
    this.draw();
  }
}
