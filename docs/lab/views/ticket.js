// The lottery ticket: only the neurons that are kept train again, from their own start or a new one; and
// one picture of these, and of as many neurons at random, beside the run itself.
import { grouped } from "../../javascripts/grouped.js";
import { THIS_RUN } from "../experiment.js";
import { heldOutOf } from "../samples.js";
import { Chart } from "./chart.js";
import { button, element, say } from "./dom.js";

const AXIS = 60; // px beside its panels: a chart in rows does not fit itself to the page
const ACCURACY = { training: "accuracy, training", heldOut: "accuracy, held out" };

/** @typedef {import("../worker/tickets.js").Point} Point */

/**
 * @param {import("../lab.js").Lab} lab
 * @param {() => Promise<number[]>} kept the neurons that pruning leaves, the strongest first
 */
export function ticket(lab, kept) {
  const state = element("ticket-state", HTMLElement);
  /** What trains, while it does. */
  let training = "";
  lab.on("still", () => {
    const { frame } = lab;
    if (training && frame && frame.step > 0) say(state, `${training} At step ${grouped(frame.step)}: ${told(frame)}.`);
  });
  lab.on("start", () => {
    training = "";
    say(state, "");
    for (const id of ["ticket", "redraw"]) button(id).disabled = lab.replaying;
  });
  button("ticket").onclick = async () => {
    const { ticket } = lab.experiment;
    const winners = (await kept()).map((i) => ticket[i] ?? i).sort((a, b) => a - b);
    if (winners.length === 0) return; // why there are none has been told
    await lab.reset({ ticket: winners, bets: [] });
    training = `The ${winners.length} winners stand at their own start again, without the others.`;
    say(state, training);
    await lab.play();
  };
  button("redraw").onclick = async () => {
    const { ticket, seed } = lab.experiment;
    const width = ticket.length || (await kept()).length;
    if (width === 0) return;
    const neurons = Array.from({ length: width }, (_, i) => i);
    await lab.reset({ ticket: neurons, seed: (seed + 1) % 2 ** 32, bets: [] });
    training = `As a control: ${width} neurons with a newly drawn start.`;
    say(state, training);
    await lab.play();
  };
  picture(lab, kept, state);
}

/** @param {{loss: number, accuracy: number}} end */
function told({ loss, accuracy }) {
  if (!Number.isFinite(loss)) return "diverged";
  return `loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %`;
}

/**
 * @param {import("../lab.js").Lab} lab
 * @param {() => Promise<number[]>} kept
 * @param {HTMLElement} state
 */
function picture(lab, kept, state) {
  const box = element("ticket-picture", HTMLElement);
  const progress = element("ticket-progress", HTMLProgressElement);
  const compare = button("tickets");
  const chart = new Chart(element("chart-ticket", HTMLElement), lab.shipped.files, {
    description: "Loss and accuracy against the step: this run, its winners alone, as many neurons at random, as many drawn anew.",
  });
  /** Counts the pictures: a new run ends the one that is drawn. */
  let number = 0;
  const enable = () => (compare.disabled = lab.engine.state !== "here");
  lab.on("engine", enable);
  lab.on("start", () => {
    number += 1;
    box.hidden = progress.hidden = true;
  });
  compare.onclick = async () => {
    const mine = ++number;
    const winners = await kept();
    const { frame } = lab;
    if (mine !== number || !frame || winners.length === 0) return;
    if (frame.step === 0) return say(state, "Press Play first: who wins is known once the network has been trained.");
    const { step } = frame;
    say(state, "");
    const heldOut = lab.experiment.points ? undefined : await heldOutOf(lab.task, lab.shipped.files);
    say(element("ticket-samples", HTMLElement), accuracyIs(heldOut));
    const accuracy = heldOut ? ACCURACY.heldOut : ACCURACY.training;
    /** @type {Point[] | undefined} */
    let points = mine === number ? await lab.ask("tickets", { kept: winners, heldOut }) : undefined;
    progress.max = 3 * step;
    /** @type {Point[]} */
    const all = [];
    /** @type {Map<string, Point>} */
    const ends = new Map();
    while (points && points.length > 0 && mine === number) {
      all.push(...points);
      for (const point of points) ends.set(point.kind, point);
      box.hidden = progress.hidden = false;
      progress.value = [...ends].reduce((sum, [kind, point]) => sum + (kind === THIS_RUN ? 0 : point.step), 0);
      chart.feed({ points: rows(all) }, { until: step + 1, accuracy, child_width: chart.element.clientWidth - AXIS });
      points = await lab.ask("ticketsGoOn");
    }
    if (!points || mine !== number) return;
    progress.hidden = true;
    const named = [...ends].map(([kind, end]) => `${kind}: ${told(end)}`);
    say(state, `At step ${grouped(step)}, with ${winners.length} of ${frame.votes.length} neurons. ${named.join("; ")}.`);
  };
}

/** @param {import("../samples.js").Samples | undefined} heldOut */
function accuracyIs(heldOut) {
  if (!heldOut) return "Accuracy on the training samples: the lab has no others of these.";
  return `Accuracy on ${grouped(heldOut.labels.length)} held-out samples, which no network has trained on.`;
}

/** A row per point and panel. @param {Point[]} points */
function rows(points) {
  return points.flatMap(({ kind, step, loss, accuracy }) => [
    { kind, step, measure: 0, value: loss },
    { kind, step, measure: 1, value: accuracy },
  ]);
}
