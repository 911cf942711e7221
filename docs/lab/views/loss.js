// The loss along the run: the article's chart, on an axis as long as the race.
import { Chart } from "./chart.js";
import { element } from "./dom.js";
import { onChange } from "./pace.js";

/** @param {import("../lab.js").Lab} lab */
export function loss(lab) {
  const chart = new Chart(element("chart-loss", HTMLElement), lab.shipped.files, {
    description: "Line chart of the loss against the step.",
  });
  onChange(lab, ({ step }) => {
    const shown = lab.points.filter((point) => point.step <= step).length - 1;
    chart.feed({ frames: [...lab.points] }, { frame: shown, until: lab.length + 1 });
  });
}
