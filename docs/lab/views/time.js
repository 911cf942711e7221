// Time: play, pause, one step, reset, speed, back through the recorded states; and the numbers.
import { SPEEDS } from "../experiment.js";
import { button, element, fill, input, say, select } from "./dom.js";
import { latest, onChange } from "./pace.js";

const RATE_MS = 1000; // over which the steps per second are counted
const SPOKEN_MS = 5000; // a screen reader hears how the run stands at most this often

/** @param {import("../lab.js").Lab} lab */
export function time(lab) {
  const play = button("play");
  const pause = button("pause");
  const slider = input("time");
  const label = (/** @type {number} */ speed) => (speed === 0 ? "as fast as it can" : `${speed} steps per second`);
  fill(select("speed"), SPEEDS.map((speed) => ({ value: String(speed), label: label(speed) })));

  play.onclick = () => void lab.play();
  pause.onclick = () => void lab.pause();
  for (const ready of [play, pause]) ready.disabled = false;
  button("step").onclick = () => void lab.ask("step", { count: 1 });
  button("reset").onclick = () => void lab.reset({});
  select("speed").onchange = () => void lab.speed(Number(select("speed").value));
  const seek = latest(() => lab.ask("show", { index: Number(slider.value) }));
  slider.oninput = () => void seek();
  // A run that nobody sees would take the battery for nothing.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden || !lab.playing) return;
    void lab.pause();
    lab.note("Paused while this tab was in the background: press Play to go on.");
  });

  const showSpeed = () => (select("speed").value = String(lab.experiment.speed));
  lab.on("experiment", showSpeed);
  lab.on("start", () => {
    select("speed").disabled = lab.replaying;
    for (const id of ["step", "reset"]) button(id).disabled = false;
  });
  showSpeed();

  const rate = rateMeter();
  onChange(lab, (frame) => {
    say(element("out-step", HTMLElement), frame.step.toLocaleString("en"));
    say(element("out-loss", HTMLElement), frame.loss.toFixed(4));
    say(element("out-accuracy", HTMLElement), `${(100 * frame.accuracy).toFixed(1)} %`);
    say(element("out-rate", HTMLElement), String(Math.round(rate(frame))));
    const { recorded, index } = frame;
    slider.max = String(Math.max(0, recorded.length - 1));
    slider.value = String(index >= 0 ? index : recorded.length - 1);
    slider.setAttribute("aria-valuetext", `step ${frame.step}`);
    play.classList.toggle("is-idle", frame.playing);
    pause.classList.toggle("is-idle", !frame.playing);
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

/** Tells a screen reader now and then how the run stands. @param {import("../lab.js").Lab} lab */
function speak(lab) {
  const announcements = element("announcements", HTMLElement);
  let spoken = 0;
  const tell = () => {
    const { frame } = lab;
    if (!frame) return;
    spoken = performance.now();
    const state = frame.playing ? "" : "Stopped. ";
    say(announcements, `${state}Step ${frame.step}, loss ${frame.loss.toFixed(3)}, accuracy ${Math.round(100 * frame.accuracy)} %.`);
  };
  lab.on("frame", (frame) => {
    if (frame.playing && performance.now() - spoken > SPOKEN_MS) tell();
  });
  lab.on("still", tell);
}
