// Where the run stands, in numbers for the eye and in sentences for a screen reader.
import { grouped } from "../../javascripts/grouped.js";
import { element, say } from "./dom.js";
import { onChange } from "./pace.js";

const RATE_MS = 1000; // over which the steps per second are counted
const SPOKEN_MS = 5000; // a screen reader hears how the run stands at most this often

/** @param {import("../lab.js").Lab} lab */
export function numbers(lab) {
  const rate = rateMeter();
  onChange(lab, (frame) => {
    say(element("out-step", HTMLElement), grouped(frame.step));
    say(element("out-loss", HTMLElement), frame.loss.toFixed(4));
    say(element("out-accuracy", HTMLElement), `${(100 * frame.accuracy).toFixed(1)} %`);
    say(element("out-rate", HTMLElement), String(Math.round(rate(frame))));
  });
  speak(lab);
}

/** Steps per second over the last moments of playing; a run that stands keeps its last rate. */
function rateMeter() {
  /** @type {{at: number, step: number}[]} */
  let seen = [];
  let rate = 0;
  return (/** @type {import("../lab.js").Frame} */ { playing, step }) => {
    const at = performance.now();
    if (step === 0) rate = 0;
    if (!playing || step < (seen.at(-1)?.step ?? 0)) seen = [];
    if (playing) seen = [...seen.filter((one) => at - one.at < RATE_MS), { at, step }];
    if (seen.length > 1) rate = (1000 * (step - seen[0].step)) / (at - seen[0].at);
    return rate;
  };
}

/** Lets a screen reader say now and then where the run stands. @param {import("../lab.js").Lab} lab */
function speak(lab) {
  const announcements = element("announcements", HTMLElement);
  let spoken = 0;
  const speakNow = () => {
    const { frame } = lab;
    if (!frame) return;
    spoken = performance.now();
    const state = frame.playing ? "" : "Stopped. ";
    say(announcements, `${state}Step ${frame.step}, loss ${frame.loss.toFixed(3)}, accuracy ${Math.round(100 * frame.accuracy)} %.`);
  };
  lab.on("frame", (frame) => {
    if (frame.playing && performance.now() - spoken > SPOKEN_MS) speakNow();
  });
  lab.on("still", speakNow);
}
