// The race and the loss: the article's charts, fed with each frame of the run.
import { Chart } from "./charts.js";
import { element, say } from "./dom.js";

const GROUPS = { hindsight: "Cosine with the direction that the neuron's final cluster shared at that time.",
  live: "Cosine with the mean direction, at this time, of all neurons that vote for the same group: the live stand-in for the clusters that will have formed by the end." };

/** @param {import("./lab.js").Lab} lab */
export async function race(lab) {
  const chart = await Chart.in(element("chart-race", HTMLElement), {
    first: true,
    description: "Scatter plot: norm product of each neuron against its cosine with its group's direction.",
  });
  const curve = await Chart.in(element("chart-loss", HTMLElement), {
    description: "Line chart of the loss against the step.",
  });
  /** @type {number[]} */
  let neurons = [];
  lab.on("start", () => chart.feed({}, limits(lab)));
  lab.on("frame", (frame) => {
    const size = Array.from(frame.norm_product, (value) => Math.max(value, 1e-30));
    if (neurons.length !== size.length) neurons = size.map((_, i) => i);
    const aligned = Array.from(frame.aligned);
    const row = {
      step: frame.step,
      loss: frame.loss,
      accuracy: frame.accuracy,
      neuron: neurons,
      cluster: Array.from(frame.votes),
      norm_product: size,
      norm_product_end: size,
      shared: aligned,
      final: aligned,
    };
    chart.feed({ frames: [row], marks: marks(lab) }, { frame: 0 });
    const shown = lab.points.filter((point) => point.step <= frame.step).length - 1;
    curve.feed({ frames: [...lab.points] }, { frame: shown });
    say(element("race-caption", HTMLElement), frame.hindsight ? GROUPS.hindsight : GROUPS.live);
  });
  lab.on("marks", () => chart.feed({ marks: marks(lab) }));
  chart.onClick((datum) => {
    if (Number.isInteger(datum?.neuron)) lab.choose(datum.neuron);
  });
}

/** @param {import("./lab.js").Lab} lab */
function marks({ frame, marks }) {
  if (!frame) return [];
  return marks
    .filter(({ neuron }) => neuron < frame.votes.length)
    .map(({ neuron, label }) => ({
      neuron,
      label,
      shared: frame.aligned[neuron],
      norm_product: Math.max(frame.norm_product[neuron], 1e-30),
    }));
}

/**
 * Axes that hold the whole race: from where the smallest start to well above the largest of a
 * network that has learnt, whose few large neurons have norm products of about 1 to 10.
 * @param {import("./lab.js").Lab} lab
 */
function limits({ frame }) {
  const sizes = Array.from(frame?.norm_product ?? [1e-6]).filter((size) => size > 0);
  const smallest = Math.min(...sizes);
  const largest = Math.max(...sizes);
  return {
    lowest: 10 ** Math.floor(Math.log10(smallest)),
    highest: 10 ** Math.max(1, Math.ceil(Math.log10(largest)) + 1),
    leftmost: Math.min(...(frame?.aligned ?? [0])) < -0.4 ? -1 : -0.4,
  };
}
