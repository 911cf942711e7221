// Play and pause: a button beside a figure's slider lets the time run, in all figures that share it.

import { get, onChange, set } from "./sharing.js";

const DURATION = 8000; // ms, from the first frame to the last

/**
 * Adds the button to a live figure, if there is a slider for the time.
 * @param {HTMLElement} figure @param {number[]} [steps] which step each frame shows
 */
export function addPlay(figure, steps = []) {
  const slider = /** @type {HTMLInputElement | null} */ (
    figure.querySelector('input[type="range"][name="frame"]')
  );
  if (!slider) return;
  const tell = () => slider.setAttribute("aria-valuetext", `step ${steps[Number(get("frame"))]}`);
  onChange("frame", tell);
  tell();
  const last = Number(slider.max);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "play";
  button.textContent = "Play";
  const binding = slider.closest(".vega-bind");
  binding?.classList.add("is-time");
  binding?.append(button);

  let asked = 0; // the animation frame to come, 0 while nothing plays
  let shown = 0; // the last frame that was set here

  function stop() {
    cancelAnimationFrame(asked);
    asked = 0;
    button.textContent = "Play";
    gone.disconnect();
  }

  const gone = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) stop();
  });

  function play() {
    const now = Number(get("frame"));
    const first = now < last ? now : 0;
    const start = performance.now();
    shown = first;
    set("frame", first);
    button.textContent = "Pause";
    gone.observe(figure);

    /** @param {number} time */
    function next(time) {
      // Another slider, the text or another button has moved the time: it is theirs now.
      if (get("frame") !== shown) return stop();
      const passed = Math.max(0, time - start);
      shown = Math.min(last, first + Math.floor((passed / DURATION) * last));
      set("frame", shown);
      if (shown === last) stop();
      else asked = requestAnimationFrame(next);
    }
    asked = requestAnimationFrame(next);
  }

  button.addEventListener("click", () => (asked ? stop() : play()));
  for (const touch of ["pointerdown", "input"]) slider.addEventListener(touch, stop);
}
