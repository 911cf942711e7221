// Use the result: prune and merge the network as it stands, and the lottery ticket.
import { MERGE_LIMITS } from "../experiment.js";
import { Chart } from "./chart.js";
import { button, element, input, say } from "./dom.js";
import { latest, onChange } from "./pace.js";

const EVERY_MS = 1500; // while it trains; the curve costs the worker some 30 ms

/** @param {import("../lab.js").Lab} lab */
export async function result(lab) {
  const chart = await Chart.in(element("chart-pruning", HTMLElement), {
    description: "Accuracy against the number of neurons that are kept, the strongest first.",
  });
  const keep = input("keep");
  const threshold = input("threshold");
  threshold.min = String(MERGE_LIMITS.min);
  threshold.max = String(MERGE_LIMITS.max);
  /** The neurons, the strongest first. @type {number[]} */
  let order = [];
  /** As few as do all the work. */
  let enough = 1;
  const kept = () => Math.min(lab.experiment.keep || enough, order.length);

  const controls = () => {
    const { experiment } = lab;
    keep.max = String(order.length);
    keep.value = String(kept());
    threshold.value = String(experiment.threshold);
    say(element("keep-value", HTMLElement), keep.value);
    say(element("threshold-value", HTMLElement), threshold.value);
    button("prune").setAttribute("aria-pressed", String(experiment.prune));
    button("merge").setAttribute("aria-pressed", String(experiment.merge));
    chart.feed({}, { kept: kept() });
  };
  const forward = latest(async () => {
    const { prune, merge } = lab.experiment;
    lab.smaller = { kept: prune ? kept() : null, threshold: merge ? lab.experiment.threshold : null };
    const left = await lab.ask("smaller", lab.smaller);
    if (!left) return;
    say(element("out-kept", HTMLElement), String(left.neurons));
    say(element("out-left-accuracy", HTMLElement), `${(100 * left.accuracy).toFixed(1)} %`);
    say(element("out-left-loss", HTMLElement), left.loss.toFixed(4));
  });
  const refresh = latest(async () => {
    const pruning = await lab.ask("pruning");
    if (!pruning) return;
    order = pruning.order;
    /** @type {{accuracy: number}[]} */
    const curve = pruning.curve;
    const full = curve[curve.length - 1].accuracy;
    enough = Math.max(1, curve.findIndex(({ accuracy }) => accuracy >= full));
    chart.feed({ curve: curve.map(({ accuracy }, kept) => ({ kept, accuracy })) });
    controls();
    await forward();
  });
  /** @param {Partial<import("../experiment.js").Experiment>} changes */
  const use = (changes) => {
    lab.change(changes);
    void forward();
  };
  keep.oninput = () => use({ keep: Number(keep.value), prune: true });
  threshold.oninput = () => use({ threshold: Number(threshold.value), merge: true });
  button("prune").onclick = () => use({ prune: !lab.experiment.prune });
  button("merge").onclick = () => use({ merge: !lab.experiment.merge });
  lab.on("experiment", controls);
  lab.on("start", () => {
    for (const id of ["ticket", "redraw"]) button(id).disabled = lab.replaying;
  });

  let near = true;
  let shown = "";
  const follow = () => {
    if (!lab.frame) return;
    const { run, step, playing } = lab.frame;
    if ((playing && !near) || shown === `${run} ${step}`) return;
    shown = `${run} ${step}`;
    void refresh();
  };
  new IntersectionObserver(([entry]) => {
    near = entry.isIntersecting;
    follow();
  }).observe(chart.element);
  onChange(lab, follow, EVERY_MS);

  const state = element("ticket-state", HTMLElement);
  button("ticket").onclick = async () => {
    const { ticket } = lab.experiment;
    const winners = order.slice(0, kept()).map((i) => ticket[i] ?? i).sort((a, b) => a - b);
    await lab.reset({ ticket: winners, bets: [] });
    say(state, `The ${winners.length} winners stand at their own start again, without the others. Training.`);
    await lab.play();
  };
  button("redraw").onclick = async () => {
    const { ticket, seed } = lab.experiment;
    const width = ticket.length || kept();
    const neurons = Array.from({ length: width }, (_, i) => i);
    await lab.reset({ ticket: neurons, seed: (seed + 1) % 2 ** 32, bets: [] });
    say(state, `As a control: ${width} neurons with a newly drawn start. Training.`);
    await lab.play();
  };
}
