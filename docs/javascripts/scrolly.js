// Scrollytelling: while the reader scrolls through the steps beside a figure, its time moves.

import { set } from "./sharing.js";

const READING_LINE = 0.62; // of the screen's height
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {HTMLElement[]} steps */
function follow(steps) {
  const line = innerHeight * READING_LINE;
  for (const step of steps) {
    const { top, bottom, height } = step.getBoundingClientRect();
    const here = top <= line && line < bottom;
    step.classList.toggle("is-here", here);
    if (!here) continue;
    const [first, last] = (step.dataset.frames ?? "").split(" ").map(Number);
    // The last third of a step shows where it leads.
    const progress = still.matches ? 1 : Math.min(1, (line - top) / height / 0.66);
    set("frame", Math.round(first + (last - first) * progress));
  }
}

for (const scrolly of document.querySelectorAll(".scrolly")) {
  const steps = /** @type {HTMLElement[]} */ ([...scrolly.querySelectorAll(".scrolly-step")]);
  let asked = false;
  addEventListener(
    "scroll",
    () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        follow(steps);
      });
    },
    { passive: true },
  );
}
