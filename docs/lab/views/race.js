// The race: the article's chart, fed with each frame of the run.
import { Chart } from "./chart.js";
import { element, say } from "./dom.js";

const GROUPS = {
  apart: "Those at −1 vote like the others of their group, but have turned to the opposite side: a group whose samples lie on two sides has a direction for each.",
  hindsight: "Cosine with the direction that the neuron's final cluster shared at that time.",
  live: "Cosine with the mean direction, at this time, of all neurons that vote for the same group: the live stand-in for the clusters that will have formed by the end.",
};
const SMALLEST = 1e-30; // a logarithmic axis has no 0
const OPPOSITE = { cosine: -0.9, share: 0.05 }; // so many there are no chance
const CLOSE = { decades: 0.4, cosine: 0.2 }; // marks nearer than this would write over each other

/** @param {import("../lab.js").Lab} lab */
export function race(lab) {
  const chart = new Chart(element("chart-race", HTMLElement), lab.shipped.files, {
    first: true,
    description: "Scatter plot: norm product of each neuron against its cosine with its group's direction.",
  });
  let lowest = 0;
  let highest = 0;
  lab.on("start", () => {
    const axes = limits(lab);
    ({ lowest, highest } = axes);
    chart.feed({}, { ...axes, powers: powers(lowest, highest) });
  });
  lab.on("frame", (frame) => {
    const shown = row(lab, frame);
    while (shown.norm_product.some((value) => value > highest)) highest *= 10;
    chart.feed({ frames: [shown], ...marks(lab) }, { frame: 0, highest, powers: powers(lowest, highest) });
    say(element("race-caption", HTMLElement), caption(frame));
  });
  lab.on("marks", () => {
    if (lab.frame) chart.feed({ frames: [row(lab, lab.frame)], ...marks(lab) });
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

/**
 * Rings around the neurons that stand out, and their labels, one for those that are close together.
 * @param {import("../lab.js").Lab} lab
 */
function marks({ frame, marks }) {
  if (!frame) return { marks: [], labels: [] };
  const rings = marks
    .filter(({ neuron }) => neuron < frame.votes.length)
    .map(({ neuron, by }) => ({
      neuron,
      by,
      shared: frame.aligned[neuron],
      norm_product: Math.max(frame.norm_product[neuron], SMALLEST),
    }))
    .sort((a, b) => b.norm_product - a.norm_product);
  /** @type {(typeof rings)[]} */
  const groups = [];
  for (const ring of rings) {
    const near = groups.find(
      ([first]) =>
        Math.log10(first.norm_product / ring.norm_product) < CLOSE.decades &&
        Math.abs(first.shared - ring.shared) < CLOSE.cosine,
    );
    if (near) near.push(ring);
    else groups.push([ring]);
  }
  const labels = groups.map((group) => {
    const named = (/** @type {string} */ by) => group.filter((ring) => ring.by === by).map(({ neuron }) => neuron).join(", ");
    const [you, theory] = [named("you"), named("theory")];
    return { ...group[0], label: [you && `you ${you}`, theory && `theory ${theory}`].filter(Boolean).join(" · ") };
  });
  return { marks: rings, labels };
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
