// While the reader scrolls through the steps beside the race, its time follows them.

import { race } from "./race.js";

const READING_LINE = 0.62; // of the screen's height
const SETTLES = 0.66; // the last third of a step shows where it leads
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * What the race shows where the reading line is: before the first step its beginning, after the
 * last one its end, so that a jump to any place of the page leaves it right.
 * @param {HTMLElement[]} steps @param {number} line
 * @returns {{here: HTMLElement | undefined, step: number}}
 */
function reading(steps, line) {
  let shown = Number(steps[0].dataset.from);
  for (const step of steps) {
    const { top, bottom, height } = step.getBoundingClientRect();
    if (line < top) break;
    const [from, to] = [Number(step.dataset.from), Number(step.dataset.to)];
    if (line >= bottom) {
      shown = to;
      continue;
    }
    const progress = calm.matches ? 1 : Math.min(1, (line - top) / height / SETTLES);
    return { here: step, step: from + (to - from) * progress };
  }
  return { here: undefined, step: shown };
}

const steps = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".scrolly-step")]);
if (steps.length > 0)
  race.then((figure) => {
    if (!figure) return;
    let asked = 0;
    let last = NaN;
    const follow = () => {
      asked = 0;
      const { here, step } = reading(steps, innerHeight * READING_LINE);
      for (const one of steps) one.classList.toggle("is-here", one === here);
      if (step === last) return; // nothing has moved: the race is the reader's
      last = step;
      if (figure.asked) figure.stop();
      figure.show(figure.drawing.clockOf(step));
    };
    follow();
    for (const moved of ["scroll", "resize"])
      addEventListener(moved, () => (asked ||= requestAnimationFrame(follow)), { passive: true });
  }, console.error);
