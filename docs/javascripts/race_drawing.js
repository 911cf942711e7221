// Moves the drawing of a race, which export/site/stage.py has made, to any moment of its clock.

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
    this.rows = rows;
    this.dots = /** @type {SVGCircleElement[]} */ ([...svg.querySelectorAll(".race-dots circle")]);
    this.phases = [...svg.querySelectorAll(".race-phase")].map((band) => ({
      band,
      until: Number(band.getAttribute("data-until")),
    }));
    this.label = /** @type {Element} */ (svg.querySelector(".race-step"));
    this.rule = /** @type {Element} */ (svg.querySelector(".race-now"));
    const dots = /** @type {Element} */ (svg.querySelector(".race-dots"));
    this.x = axis(dots, "x");
    this.y = axis(dots, "y");
    this.time = axis(/** @type {Element} */ (svg.querySelector(".race-strip")), "x");
    const neurons = this.dots.map((dot) => Number(dot.dataset.neuron));
    /** Where each dot lies in each row: x and y by turns. @type {(Float32Array | undefined)[]} */
    this.places = rows.map(() => undefined);
    this.neurons = neurons;
    this.clock = NaN;
  }

  /** Where the dots lie in a row, worked out when it is first shown. @param {number} index */
  at(index) {
    const known = this.places[index];
    if (known) return known;
    const { shared, norm_product } = this.rows[index];
    const places = new Float32Array(2 * this.neurons.length);
    this.neurons.forEach((neuron, i) => {
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
    this.dots.forEach((dot, i) => {
      dot.cx.baseVal.value = from[2 * i] + share * (to[2 * i] - from[2 * i]);
      dot.cy.baseVal.value = from[2 * i + 1] + share * (to[2 * i + 1] - from[2 * i + 1]);
    });
    this.step = Math.round(a.step + share * (b.step - a.step));
    this.loss = a.loss + share * (b.loss - a.loss);
    this.label.textContent = `step ${this.step.toLocaleString("en")}`;
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
    for (const dot of this.dots)
      dot.classList.toggle("is-dim", cluster !== "" && dot.dataset.cluster !== cluster);
  }
}
