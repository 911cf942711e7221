// What predicts the winners: how well each quantity at step 0 orders the neurons by their size now.
import { grouped } from "../../javascripts/grouped.js";
import { Chart } from "./chart.js";
import { element, say } from "./dom.js";

/** Names of what the worker compares. @type {Record<string, string>} */
const QUANTITIES = {
  sum: "both parts together",
  outgoing: "the outgoing part",
  incoming: "the incoming part",
  direction: "direction of all weights",
  direction_in: "direction of w₁",
  norm_out: "|w₂|",
  norm_in: "|w₁|",
};

/** @param {import("../lab.js").Lab} lab */
export function predictors(lab) {
  const chart = new Chart(element("chart-predictors", HTMLElement), lab.shipped.files, {
    description: "Bar chart: how well each quantity at step 0 orders the neurons by their size now.",
  });
  const state = element("bet-why-state", HTMLElement);
  const show = (/** @type {Record<string, number>} */ correlations) => {
    const rows = Object.entries(QUANTITIES).map(([name, label]) => ({
      name: label,
      correlation: correlations[name] ?? 0,
    }));
    chart.feed({ predictors: rows.sort((a, b) => b.correlation - a.correlation) });
  };
  lab.on("start", () => {
    show({});
    say(state, "What at step 0 predicts who will win? The bars show it when the race stops.");
  });
  lab.on("still", async () => {
    if (!lab.frame || lab.frame.step === 0) return;
    const prediction = await lab.ask("prediction");
    if (!prediction) return;
    show(prediction.correlations);
    say(state, `What at step 0 predicted who would be large at step ${grouped(lab.frame.step)}:`);
  });
}
