// What a race without a race came to: a start so large that nothing turns, a run that learns nothing.
import { element, say } from "./dom.js";

const CHANCE = 0.05; // above the larger class's share, an accuracy is still chance
const WORSE = 0.01; // nats above its start: steps that overshoot, even if all gates are closed by the end
const APART = 0.9; // with so many clusters per neuron, each neuron looks its own way

/** @param {import("../lab.js").Lab} lab */
export function outcome(lab) {
  const at = element("race-outcome", HTMLElement);
  lab.on("start", () => say(at, ""));
  // Clusters are counted right after the run has stopped.
  lab.on("structure", ({ step, clusters }) => {
    const { frame, experiment } = lab;
    if (frame && !frame.playing && step >= experiment.steps && step === frame.step) say(at, told(lab, clusters));
  });
}

/**
 * What is to be said of a run at its end; "" for a race.
 * @param {Pick<import("../lab.js").Lab, "frame" | "experiment" | "samples" | "points">} lab
 * @param {number} clusters
 */
export function told({ frame, experiment, samples, points }, clusters) {
  if (!frame) return "";
  const share = samples.labels.filter((label) => label === 1).length / samples.labels.length;
  if (frame.accuracy < Math.max(share, 1 - share) + CHANCE) {
    const overshot = points.some(({ loss }) => loss > points[0].loss + WORSE);
    const steps = overshot ? "large: choose a smaller learning rate or initial scale" : "small or too few: choose a larger learning rate, or press Play again";
    return `Nothing is learned: the accuracy is that of chance. With the learning rate ${experiment.lr} and the initial scale ${experiment.init_scale} the steps are too ${steps}.`;
  }
  if (clusters > APART * frame.votes.length)
    return "This start is too large for a race: nothing turns. The network learns with its neurons as they are, each looking its own way. Choose a smaller initial scale.";
  return "";
}
