// What one neuron lets through: its pre-activation for each sample.
import { Chart } from "./chart.js";
import { element, input, say } from "./dom.js";
import { EVERY_MS, latest, onChange } from "./pace.js";

const GATES_AXIS = 72; // px beside its bars: a chart in rows does not fit itself to the page

/** @param {import("../lab.js").Lab} lab */
export function gates(lab) {
  const chart = new Chart(element("chart-gates", HTMLElement), lab.shipped.files, {
    description: "How strongly each sample passes the gate of one neuron, one row of bars per group.",
  });
  const chosen = input("gates-neuron");
  const show = latest(async () => {
    if (!lab.frame) return;
    const neuron = Math.min(lab.experiment.neuron, lab.frame.votes.length - 1);
    chosen.max = String(lab.frame.votes.length - 1);
    chosen.value = String(neuron);
    /** @type {Float32Array | undefined} */
    const values = await lab.ask("gates", { neuron });
    if (!values) return;
    const rows = bars(values, lab.samples.labels);
    const { group_a, group_b } = lab.task;
    const names = { group_a: group_a.join(" + "), group_b: group_b.join(" + ") };
    chart.feed({ samples: rows }, { ...names, child_width: chart.element.clientWidth - GATES_AXIS });
    const open = rows.filter(({ value }) => value > 0).length;
    say(element("gates-state", HTMLElement), `lets ${open} of ${rows.length} samples through`);
  });
  chosen.onchange = () => {
    lab.change({ neuron: Math.max(0, Math.round(chosen.valueAsNumber) || 0) });
    void show();
  };
  lab.on("choose", show);
  onChange(lab, show, 4 * EVERY_MS);
}

/** The samples of each label, the highest value first. @param {Float32Array} values @param {number[]} labels */
function bars(values, labels) {
  return [0, 1].flatMap((label) =>
    [...values]
      .filter((_, sample) => labels[sample] === label)
      .sort((a, b) => b - a)
      .map((value, place) => ({ place, value, label })),
  );
}
