// The effective capacity over time: clusters, live clusters and live neurons.
import { Chart } from "./chart.js";
import { element, say } from "./dom.js";
import { EVERY_MS, onChange } from "./pace.js";

/** @param {import("../lab.js").Lab} lab */
export function capacity(lab) {
  const chart = new Chart(element("chart-capacity", HTMLElement), lab.shipped.files, {
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
