// What a race without a race came to: a start so large that nothing turns, a run that learns nothing.
import { element, say } from "./dom.js";

const CHANCE = 0.05; // above the larger class's share, an accuracy is still chance
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

/** @param {import("../lab.js").Lab} lab @param {number} clusters */
function told({ frame, experiment, samples }, clusters) {
  if (!frame) return "";
  const share = samples.labels.filter((label) => label === 1).length / samples.labels.length;
  if (frame.accuracy < Math.max(share, 1 - share) + CHANCE)
    return `Nothing is learned: the accuracy is that of chance. With the learning rate ${experiment.lr} and the initial scale ${experiment.init_scale} the steps are too ${frame.loss > Math.LN2 + 0.01 ? "large" : "small or too few"}.`;
  if (clusters > APART * frame.votes.length)
    return "This start is too large for a race: nothing turns. The network learns with its neurons as they are, each looking its own way. Choose a smaller initial scale.";
  return "";
}
