// Use the result: prune and merge the network as it stands, and see what is left of it.
import { MERGE_LIMITS } from "../experiment.js";
import { Chart } from "./chart.js";
import { button, element, input, say } from "./dom.js";
import { latest, onChange } from "./pace.js";
import { ticket } from "./ticket.js";

const EVERY_MS = 1500; // while it trains; the curve costs the worker some 30 ms

/** @param {import("../lab.js").Lab} lab */
export function result(lab) {
  const chart = new Chart(element("chart-pruning", HTMLElement), lab.shipped.files, {
    description: "Accuracy against the number of neurons that are kept, the strongest first.",
  });
  const result = new Result(lab, chart);
  const keep = input("keep");
  const threshold = input("threshold");
  threshold.min = String(MERGE_LIMITS.min);
  threshold.max = String(MERGE_LIMITS.max);
  keep.oninput = () => result.use({ keep: Number(keep.value), prune: true });
  threshold.oninput = () => result.use({ threshold: Number(threshold.value), merge: true });
  button("prune").onclick = () => result.use({ prune: !lab.experiment.prune });
  button("merge").onclick = () => result.use({ merge: !lab.experiment.merge });
  lab.on("experiment", () => result.showControls());
  follow(lab, chart.element, latest(() => result.refresh()));
  ticket(lab, async () => {
    if (result.kept.length === 0) await result.refresh();
    return result.kept;
  });
}

/**
 * Refreshes for each state that is shown; while it trains only where the result is in sight.
 * @param {import("../lab.js").Lab} lab
 * @param {HTMLElement} at
 * @param {() => Promise<void>} refresh
 */
function follow(lab, at, refresh) {
  let near = true;
  let shown = "";
  const see = () => {
    if (!lab.frame) return;
    const { run, step, playing } = lab.frame;
    if ((playing && !near) || shown === `${run} ${step}`) return;
    shown = `${run} ${step}`;
    void refresh();
  };
  new IntersectionObserver(([entry]) => {
    near = entry.isIntersecting;
    see();
  }).observe(at);
  onChange(lab, see, EVERY_MS);
}

class Result {
  #lab;
  #chart;
  /** The neurons, the strongest first. @type {number[]} */
  #order = [];
  /** As few as have the accuracy of all. */
  #enough = 1;
  #forward = latest(() => this.#showWhatIsLeft());

  /** @param {import("../lab.js").Lab} lab @param {Chart} chart */
  constructor(lab, chart) {
    this.#lab = lab;
    this.#chart = chart;
  }

  /** The neurons that pruning leaves, the strongest first. */
  get kept() {
    return this.#order.slice(0, this.#lab.experiment.keep || this.#enough);
  }

  /** @param {Partial<import("../experiment.js").Experiment>} changes */
  use(changes) {
    this.#lab.change(changes);
    void this.#forward();
  }

  async refresh() {
    /** @type {{order: number[], curve: {accuracy: number}[]} | undefined} */
    const pruning = await this.#lab.ask("pruning");
    if (!pruning) return;
    this.#order = pruning.order;
    const accuracies = pruning.curve.map(({ accuracy }) => accuracy);
    const full = accuracies[accuracies.length - 1];
    this.#enough = Math.max(1, accuracies.findIndex((accuracy) => accuracy >= full));
    this.#chart.feed({ curve: accuracies.map((accuracy, kept) => ({ kept, accuracy })) });
    this.showControls();
    await this.#forward();
  }

  showControls() {
    const { prune, merge, threshold } = this.#lab.experiment;
    const kept = String(this.kept.length);
    input("keep").max = String(this.#order.length);
    input("keep").value = kept;
    input("threshold").value = String(threshold);
    say(element("keep-value", HTMLElement), kept);
    say(element("threshold-value", HTMLElement), String(threshold));
    // A button says what it does: the sliders prune and merge by themselves.
    say(button("prune"), prune ? "Undo pruning" : "Prune");
    say(button("merge"), merge ? "Undo merging" : "Merge");
    this.#chart.feed({}, { kept: this.kept.length });
  }

  async #showWhatIsLeft() {
    const { prune, merge, threshold } = this.#lab.experiment;
    this.#lab.smaller = { kept: prune ? this.kept.length : null, threshold: merge ? threshold : null };
    const left = await this.#lab.ask("smaller", this.#lab.smaller);
    if (!left) return;
    say(element("out-kept", HTMLElement), String(left.neurons));
    say(element("out-left-accuracy", HTMLElement), `${(100 * left.accuracy).toFixed(1)} %`);
    say(element("out-left-loss", HTMLElement), left.loss.toFixed(4));
  }
}
