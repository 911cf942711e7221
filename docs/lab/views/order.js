// Whether the order at the drop of the loss is still the order.
import { element, say } from "./dom.js";
import { latest } from "./pace.js";

/** @param {import("../lab.js").Lab} lab */
export function order(lab) {
  const shown = element("out-order", HTMLElement);
  const said = element("order-said", HTMLElement);
  /** @param {number | null} [kept] */
  const show = (kept = null) => {
    say(shown, kept === null ? "–" : kept.toFixed(2).replace("-", "−"));
    const turned = kept !== null && kept < 0;
    say(said, turned ? "The order has turned round since the loss dropped: who led then trails now." : "");
  };
  const ask = latest(async () => {
    const { frame, shipped, points } = lab;
    const dropped = frame && points.length > 0 && frame.loss < shipped.constants.drop * points[0].loss;
    const run = frame?.run;
    const kept = dropped ? await lab.ask("order") : null;
    if (run === lab.frame?.run) show(kept);
  });
  lab.on("start", () => show());
  lab.on("structure", ask);
  lab.on("still", ask);
}
