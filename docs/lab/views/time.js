// Time: play, pause, one step, reset, speed, and back through the recorded states.
import { SPEEDS } from "../experiment.js";
import { button, fill, input, select } from "./dom.js";
import { latest, onChange } from "./pace.js";

/** @param {import("../lab.js").Lab} lab */
export function time(lab) {
  const play = button("play");
  const pause = button("pause");
  const slider = input("time");
  const label = (/** @type {number} */ speed) => (speed === 0 ? "fastest" : `${speed} steps/s`);
  fill(select("speed"), SPEEDS.map((speed) => ({ value: String(speed), label: label(speed) })));

  play.onclick = () => void lab.play();
  pause.onclick = () => void lab.pause();
  button("step").onclick = () => void lab.step();
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
  });
  showSpeed();

  onChange(lab, ({ playing, recorded, index, step }) => {
    slider.max = String(Math.max(0, recorded.length - 1));
    slider.value = String(index >= 0 ? index : recorded.length - 1);
    slider.setAttribute("aria-valuetext", `step ${step}`);
    play.classList.toggle("is-idle", playing);
    pause.classList.toggle("is-idle", !playing);
  });
}
