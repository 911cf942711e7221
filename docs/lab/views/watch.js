// More to watch: directions in a plane, the effective capacity over time, and one neuron's gate.
import { Chart } from "./chart.js";
import { button, element, fill, input, say, select } from "./dom.js";
import { EVERY_MS, latest, onChange } from "./pace.js";

const GATES_AXIS = 60; // px beside its bars: a chart in rows does not fit itself to the page

const PLANES = [
  { value: "random", label: "two random directions" },
  { value: "targets", label: "towards the two largest groups" },
];
const CAPTIONS = {
  random: "Two random directions at right angles within the span of the samples.",
  targets: "The mean directions of the two largest groups: a neuron that has arrived has cosine 1 with its own.",
};

/** @param {import("../lab.js").Lab} lab */
export async function watch(lab) {
  await directions(lab);
  await capacity(lab);
  await gates(lab);
}

/** @param {import("../lab.js").Lab} lab */
async function directions(lab) {
  const chart = await Chart.in(element("chart-directions", HTMLElement), {
    description: "The direction of each neuron's incoming weights in a plane.",
  });
  const plane = select("directions-plane");
  fill(plane, PLANES);
  plane.onchange = () => void lab.plane(/** @type {any} */ (plane.value), lab.experiment.plane_seed);
  button("directions-redraw").onclick = () => void lab.plane("random", lab.experiment.plane_seed + 1);
  onChange(lab, ({ xy, votes }) => {
    const rows = Array.from(votes, (vote, i) => ({ vote, x: xy[2 * i], y: xy[2 * i + 1] }));
    const far = xy.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    chart.feed({ neurons: rows }, { reach: [0.2, 0.4, 0.7].find((reach) => reach > far) ?? 1.05 });
    plane.value = lab.experiment.plane;
    say(element("directions-caption", HTMLElement), CAPTIONS[lab.experiment.plane]);
  });
}

/** @param {import("../lab.js").Lab} lab */
async function capacity(lab) {
  const chart = await Chart.in(element("chart-capacity", HTMLElement), {
    description: "Clusters, live clusters and live neurons over time.",
  });
  const show = () => {
    const { frame, structures } = lab;
    if (!frame) return;
    const counts = structures.flatMap(({ step, clusters, liveClusters, liveNeurons }) => [
      { step, kind: "clusters", count: clusters },
      { step, kind: "live clusters", count: liveClusters },
      { step, kind: "live neurons", count: liveNeurons },
    ]);
    chart.feed({ counts }, { now: frame.step + 1, until: lab.length + 1, most: frame.votes.length });
  };
  lab.on("structure", (structure) => {
    show();
    say(element("out-clusters", HTMLElement), String(structure.clusters));
  });
  onChange(lab, show, 4 * EVERY_MS);
}

/** @param {import("../lab.js").Lab} lab */
async function gates(lab) {
  const chart = await Chart.in(element("chart-gates", HTMLElement), {
    description: "How strongly each sample passes the gate of one neuron, a row of bars a group.",
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
    const { group_a, group_b } = lab.task;
    const { labels } = lab.samples;
    const rows = [0, 1].flatMap((label) =>
      [...values]
        .filter((_, sample) => labels[sample] === label)
        .sort((a, b) => b - a)
        .map((value, place) => ({ place, value, label })),
    );
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
