// The loss along the run: the article's chart, on an axis as long as the race, with the last run's curve
// behind it.
import { grouped } from "../../javascripts/grouped.js";
import { lastRun } from "../last_run.js";
import { Chart } from "./chart.js";
import { element, say } from "./dom.js";
import { onChange } from "./pace.js";

/** @param {import("../lab.js").Lab} lab */
export function loss(lab) {
  const chart = new Chart(element("chart-loss", HTMLElement), lab.shipped.files, {
    description: "Line chart of the loss against the step, with the last run's as a dashed line.",
  });
  const legend = element("legend-last", HTMLElement);
  lab.on("start", () => {
    const { last, experiment } = lab;
    legend.hidden = !last;
    if (last) say(legend, lastRun(last.experiment, experiment));
    chart.feed({ last: last?.points ?? [] });
  });
  onChange(lab, ({ step }) => {
    const shown = lab.points.filter((point) => point.step <= step).length - 1;
    chart.feed({ frames: [...lab.points] }, { frame: shown, until: lab.length + 1 });
    say(element("last-said", HTMLElement), compared(lab, step));
  });
}

/** Where the last run stood at a step. @param {import("../lab.js").Lab} lab @param {number} step */
function compared({ last }, step) {
  const there = last?.points.filter((point) => point.step <= step).at(-1);
  if (!last || !there || step === 0 || step > last.points[last.points.length - 1].step) return "";
  const at = grouped(there.step);
  return `At step ${at} the last run had a loss of ${there.loss.toFixed(4)}, and an accuracy of ${(100 * there.accuracy).toFixed(1)} %.`;
}
