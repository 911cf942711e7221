// The loss along the run: the article's chart, on an axis as long as the race.
import { Chart } from "./chart.js";
import { element } from "./dom.js";
import { onChange } from "./pace.js";

/** @param {import("../lab.js").Lab} lab */
export async function loss(lab) {
  const chart = await Chart.in(element("chart-loss", HTMLElement), {
    description: "Line chart of the loss against the step.",
  });
  onChange(lab, ({ step }) => {
    const shown = lab.points.filter((point) => point.step <= step).length - 1;
    chart.feed({ frames: [...lab.points] }, { frame: shown, until: lab.length + 1 });
  });
}
