// The directions of the incoming weights, in a plane.
import { Chart } from "./chart.js";
import { button, element, fill, say, select } from "./dom.js";
import { onChange } from "./pace.js";

const PLANES = [
  { value: "random", label: "two random directions" },
  { value: "targets", label: "towards the two largest groups" },
];
const CAPTIONS = {
  random: "Two random directions at right angles within the span of the samples.",
  targets: "The mean directions of the two largest groups: a neuron that has arrived has cosine 1 with its own.",
};

/** @param {import("../lab.js").Lab} lab */
export function directions(lab) {
  const chart = new Chart(element("chart-directions", HTMLElement), lab.shipped.files, {
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
