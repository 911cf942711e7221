// The race: the article's chart, fed with each frame of the run.
import { Chart } from "./chart.js";
import { element, say } from "./dom.js";
import { labels } from "./labels.js";

const GROUPS = {
  apart: "Those at −1 vote like the others of their group, but have turned to the opposite side: a group whose samples lie on two sides has a direction for each.",
  hindsight: "Cosine with the direction that the neuron's final cluster shared at that time.",
  live: "Cosine with the mean direction, at this time, of all neurons that vote for the same group: the live stand-in for the clusters that will have formed by the end.",
};
const SMALLEST = 1e-30; // a logarithmic axis has no 0
const OPPOSITE = { cosine: -0.9, share: 0.05 }; // so many there are no chance
const RIGHTMOST = 1.03;
const AXES = { width: 70, height: 60 }; // px that they take of the chart

/** @param {import("../lab.js").Lab} lab */
export function race(lab) {
  const chart = new Chart(element("chart-race", HTMLElement), lab.shipped.files, {
    first: true,
    description: "Scatter plot: norm product of each neuron against its cosine with its group's direction.",
  });
  let lowest = 0;
  let highest = 0;
  let leftmost = 0;
  const marked = () => {
    const { clientWidth, clientHeight } = chart.element;
    const cosine = (RIGHTMOST - leftmost) / Math.max(1, clientWidth - AXES.width);
    const rings = marks(lab);
    return { marks: rings, labels: labels(rings, { cosine, decades: Math.log10(highest / lowest) / Math.max(1, clientHeight - AXES.height) }) };
  };
  lab.on("start", () => {
    const axes = limits(lab);
    ({ lowest, highest, leftmost } = axes);
    chart.feed({}, { ...axes, powers: powers(lowest, highest) });
  });
  lab.on("frame", (frame) => {
    const shown = row(lab, frame);
    while (shown.norm_product.some((value) => value > highest)) highest *= 10;
    chart.feed({ frames: [shown], ...marked() }, { frame: 0, highest, powers: powers(lowest, highest) });
    say(element("race-caption", HTMLElement), caption(frame));
  });
  lab.on("marks", () => {
    if (lab.frame) chart.feed({ frames: [row(lab, lab.frame)], ...marked() });
  });
  chart.element.onclick = (event) => {
    const { frame } = lab;
    if (!frame) return;
    const points = Array.from(frame.aligned, (x, i) => ({ x, y: frame.norm_product[i] }));
    const neuron = chart.nearest(event, points);
    if (neuron !== undefined) lab.choose(neuron);
  };
}

/** What the axis across means. @param {import("../lab.js").Frame} frame */
function caption({ step, hindsight, aligned }) {
  if (hindsight) return GROUPS.hindsight;
  const opposite = aligned.filter((cosine) => cosine < OPPOSITE.cosine).length;
  return step > 0 && opposite > OPPOSITE.share * aligned.length ? `${GROUPS.live} ${GROUPS.apart}` : GROUPS.live;
}

/** The powers of ten from one number to another. @param {number} from @param {number} to */
function powers(from, to) {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
}

/** A new object each time: Vega marks those that it has. @param {import("../lab.js").Lab} lab @param {import("../lab.js").Frame} frame */
function row(lab, frame) {
  const size = Array.from(frame.norm_product, (value) => Math.max(value, SMALLEST));
  const aligned = Array.from(frame.aligned);
  return {
    step: frame.step,
    loss: frame.loss,
    accuracy: frame.accuracy,
    neuron: size.map((_, i) => i),
    cluster: colors(lab),
    norm_product: size,
    norm_product_end: size,
    shared: aligned,
    final: aligned,
  };
}

/** 1 towards group A, −1 towards group B. @param {import("../lab.js").Lab} lab */
function colors({ frame, colors }) {
  const votes = Array.from(frame?.votes ?? [], (vote) => 1 - 2 * vote);
  return colors?.length === votes.length ? colors : votes;
}

/** Rings around the neurons that stand out, the largest first. @param {import("../lab.js").Lab} lab */
function marks({ frame, marks }) {
  if (!frame) return [];
  return marks
    .filter(({ neuron }) => neuron < frame.votes.length)
    .map(({ neuron, by }) => ({
      neuron,
      by,
      shared: frame.aligned[neuron],
      norm_product: Math.max(frame.norm_product[neuron], SMALLEST),
    }))
    .sort((a, b) => b.norm_product - a.norm_product);
}

/**
 * Axes that hold the whole race: from where the smallest start to well above the largest of a
 * network that has learnt, whose few large neurons have norm products of about 1 to 10.
 * @param {import("../lab.js").Lab} lab
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
