// Use the result: prune and merge the network as it stands, and the lottery ticket.
import { Chart } from "./charts.js";
import { button, element, input, say } from "./dom.js";

/** @param {import("./lab.js").Lab} lab */
export async function result(lab) {
  const chart = await Chart.in(element("chart-pruning", HTMLElement), {
    description: "Accuracy against the number of neurons that are kept, the strongest first.",
  });
  const keep = input("keep");
  const threshold = input("threshold");
  const on = (/** @type {HTMLElement} */ at) => at.getAttribute("aria-pressed") === "true";
  /** @param {HTMLElement} at @param {boolean} value */
  const press = (at, value) => at.setAttribute("aria-pressed", String(value));
  /** @type {number[]} */
  let order = [];
  /** Whether the visitor has chosen how many to keep; else it is as few as do all the work. */
  let chosen = false;
  let asking = false;
  let again = false;

  const options = () => ({
    kept: on(button("prune")) ? Number(keep.value) : null,
    threshold: on(button("merge")) ? Number(threshold.value) : null,
  });
  const show = async () => {
    say(element("keep-value", HTMLElement), keep.value);
    say(element("threshold-value", HTMLElement), threshold.value);
    chart.feed({}, { kept: Number(keep.value) });
    lab.smaller = options();
    if (asking) return void (again = true);
    asking = true;
    const left = await lab.ask("smaller", options());
    asking = false;
    if (again) {
      again = false;
      return show();
    }
    if (!left) return;
    say(element("out-kept", HTMLElement), String(left.neurons));
    say(element("out-left-accuracy", HTMLElement), `${(100 * left.accuracy).toFixed(1)} %`);
    say(element("out-left-loss", HTMLElement), left.loss.toFixed(4));
  };
  const refresh = async () => {
    const pruning = await lab.ask("pruning");
    if (!pruning) return;
    order = pruning.order;
    const { curve } = pruning;
    keep.max = String(order.length);
    if (!chosen) {
      const full = curve.at(-1).accuracy;
      const enough = curve.findIndex((/** @type {{accuracy: number}} */ at) => at.accuracy >= full);
      keep.value = String(Math.max(1, enough));
    }
    chart.feed({ curve: curve.map((/** @type {{accuracy: number}} */ at, /** @type {number} */ kept) => ({ kept, accuracy: at.accuracy })) });
    await show();
  };

  keep.oninput = () => {
    chosen = true;
    press(button("prune"), true);
    void show();
  };
  threshold.oninput = () => {
    press(button("merge"), true);
    void show();
  };
  for (const id of ["prune", "merge"]) {
    button(id).onclick = ({ currentTarget }) => {
      const at = /** @type {HTMLElement} */ (currentTarget);
      press(at, !on(at));
      void show();
    };
  }
  lab.on("start", () => {
    chosen = false;
    press(button("prune"), false);
    press(button("merge"), false);
    void refresh();
  });
  lab.on("still", refresh);
  let last = -1; // a scrubbed state, too, is a network to prune
  lab.on("frame", (frame) => {
    if (frame.playing || frame.step === last || frame.step === 0) return;
    last = frame.step;
    void refresh();
  });

  const state = element("ticket-state", HTMLElement);
  button("ticket").onclick = async () => {
    const { ticket } = lab.experiment;
    const winners = order.slice(0, Number(keep.value)).map((i) => ticket[i] ?? i).sort((a, b) => a - b);
    await lab.reset({ ticket: winners, bets: [] });
    say(state, `The ${winners.length} winners stand at their own start again, without the others. Training.`);
    await lab.play();
  };
  button("redraw").onclick = async () => {
    const { ticket, seed } = lab.experiment;
    const width = ticket.length || Number(keep.value);
    const neurons = Array.from({ length: width }, (_, i) => i);
    await lab.reset({ ticket: neurons, seed: (seed + 1) % 2 ** 32, bets: [] });
    say(state, `As a control: ${width} neurons with a newly drawn start. Training.`);
    await lab.play();
  };
}
