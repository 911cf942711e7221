// The charts: Vega views whose dataflows come from export/charts/lab.py, fed through the view API. The
// page does without them until Vega is here, and where one cannot be drawn it says so in its place.
import { runInSlices } from "../../javascripts/slices.js";
import { fetchedJson, imported } from "../fetched.js";

const REACH_PX = 20;
// Vega frees marks that have left a chart only once there are ten thousand of them. A mark that stands
// for a whole frame keeps all rows of its frame: minutes of frames, 100 MB.
const KEPT_GONE = 100;
const MOST_FAILURES = 2; // then a chart is given up

/** @typedef {typeof import("../vega.js")} Vega */

/** @type {Promise<Vega> | undefined} */
let coming;

function vegaHere() {
  return (coming ??= imported("lab/vega.js"));
}

/**
 * One drawing after the other, each in a frame of its own, so that no task is long. The charts that
 * wait take turns; the first of the page, the race, does not wait for a turn.
 * @type {Set<Chart>}
 */
const waiting = new Set();
let asked = false;

/** @param {Chart} chart */
function draw(chart) {
  if (!chart.near || !chart.fed || !chart.spec) return;
  waiting.add(chart);
  if (!asked) requestAnimationFrame(next);
  asked = true;
}

function next() {
  asked = false;
  const turn = [...waiting].filter((chart) => !chart.busy);
  const toBuild = turn.find((chart) => !chart.view); // which alone takes the time of one frame
  const others = turn.filter((chart) => !chart.first).slice(0, 1);
  const chosen = toBuild ? [toBuild] : [...turn.filter((chart) => chart.first), ...others];
  for (const chart of chosen) {
    waiting.delete(chart);
    chart.drawNow().catch((error) => chart.fail(error));
  }
  if (waiting.size > 0) requestAnimationFrame(next);
  asked = waiting.size > 0;
}

/** Charts far from the screen are not drawn, nor asked for at all before they come near. @type {Map<Element, Chart>} */
const charts = new Map();
const nearby = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = charts.get(target);
      if (!chart) continue;
      chart.near = isIntersecting;
      if (isIntersecting) void chart.come();
      draw(chart);
    }
  },
  { rootMargin: "200px" },
);

/** Gets what those charts are drawn with that have not yet come near. */
export function allCharts() {
  return Promise.all([...charts.values()].map((chart) => chart.come()));
}

export class Chart {
  busy = false;
  near = false;
  drawn = 0;
  /** @type {any} */
  view;
  /** A dataflow, in which currentColor is the page's text colour; undefined until it is here. @type {string | undefined} */
  spec;
  /** What is to be drawn, and all that has been: a new theme draws it again. */
  #data = /** @type {Record<string, object[]>} */ ({});
  #signals = /** @type {Record<string, unknown>} */ ({});
  /** @type {Vega | undefined} */
  #vega;
  /** @type {Promise<void> | undefined} */
  #coming;
  #files;
  #note = document.createElement("p");
  #failures = 0; // drawings one after the other that have failed

  /**
   * @param {HTMLElement} element with the id chart-NAME
   * @param {Record<string, import("../fetched.js").Expected>} files
   * @param {{first?: boolean, description: string}} options first: draw it whenever its data is new
   */
  constructor(element, files, { first = false, description }) {
    this.element = element;
    this.#files = files;
    this.description = description;
    this.first = first;
    this.#note.className = "lab-caption";
    this.#note.textContent = "The chart is on its way.";
    element.append(this.#note);
    charts.set(element, this);
    nearby.observe(element);
    const theme = new MutationObserver(() => {
      this.view?.finalize();
      this.view = undefined;
      draw(this);
    });
    theme.observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  /** Gets Vega and the dataflow, once. */
  come() {
    return (this.#coming ??= this.#get().catch((error) => this.fail(error)));
  }

  async #get() {
    const path = `assets/lab/${this.element.id.replace("chart-", "")}.json`;
    const [vega, spec] = await Promise.all([vegaHere(), fetchedJson(path, this.#files[path])]);
    this.#vega = vega;
    this.spec = JSON.stringify(spec);
    draw(this);
  }

  /** Gives the chart up, and says so in its place. @param {unknown} error */
  fail(error) {
    this.spec = undefined;
    this.view?.finalize();
    this.view = undefined;
    this.#note.textContent = `This chart cannot be drawn. ${/** @type {Error} */ (error).message}`;
    this.element.replaceChildren(this.#note);
  }

  /** Whether there is anything to draw: the space for labels is found with the first rows. */
  get fed() {
    return Object.values(this.#data).some((rows) => rows.length > 0);
  }

  // A canvas does not know the page's colours.
  #build() {
    const { expressionInterpreter, View } = /** @type {Vega} */ (this.#vega);
    const { color } = getComputedStyle(this.element);
    const dataflow = JSON.parse(/** @type {string} */ (this.spec).replaceAll("currentColor", color));
    dataflow.description = this.description;
    this.drawn = 0;
    this.#note.remove();
    // Expressions are interpreted: no page has to allow code made from strings.
    this.view = new View(dataflow, {
      expr: expressionInterpreter,
      container: this.element,
      renderer: "canvas",
      hover: true,
    });
    this.view.cleanThreshold = KEPT_GONE;
  }

  /**
   * The point of rows that a press was nearest to; undefined where none is near enough for a finger.
   * @param {MouseEvent} event
   * @param {{x: number, y: number}[]} points in the units of the axes
   */
  nearest({ clientX, clientY }, points) {
    if (!this.view) return undefined;
    const box = this.element.getBoundingClientRect();
    const [left, top] = this.view.origin();
    const [x, y] = [this.view.scale("x"), this.view.scale("y")];
    const distances = points.map((point) =>
      Math.hypot(x(point.x) + left - (clientX - box.left), y(point.y) + top - (clientY - box.top)),
    );
    const found = distances.indexOf(Math.min(...distances));
    return distances[found] < REACH_PX ? found : undefined;
  }

  /**
   * New data and signals, drawn with the next frame; what is newer replaces what waits.
   * @param {Record<string, object[]>} data
   * @param {Record<string, unknown>} signals
   */
  feed(data, signals = {}) {
    Object.assign(this.#data, data);
    Object.assign(this.#signals, signals);
    draw(this);
  }

  async #run() {
    if (this.drawn > 0) return this.view.runAsync();
    // A chart that was hidden, or had no rows yet, did not know its size.
    this.view.resize();
    return runInSlices(this.view, /** @type {Vega} */ (this.#vega));
  }

  async drawNow() {
    if (!this.view) {
      this.#build(); // a task of its own; what it shows comes with the next frame
      draw(this);
      return;
    }
    this.busy = true;
    try {
      for (const [name, values] of Object.entries(this.#data)) this.view.data(name, values);
      for (const [name, value] of Object.entries(this.#signals)) this.view.signal(name, value);
      await this.#run();
      this.drawn += 1;
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures > MOST_FAILURES) throw error;
      // A view that has failed may be half of one state and half of another.
      this.view?.finalize();
      this.view = undefined;
      waiting.add(this);
    } finally {
      this.busy = false;
      if (waiting.has(this)) draw(this);
    }
  }
}
