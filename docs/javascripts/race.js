// The figure of the race: it plays, follows its slider, and may start once by itself.

import { RaceDrawing } from "./race_drawing.js";

const DURATION = 9000; // ms, from the first row to the last
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class RaceFigure {
  /** @param {HTMLElement} figure @param {RaceDrawing} drawing */
  constructor(figure, drawing) {
    this.figure = figure;
    this.drawing = drawing;
    this.button = /** @type {HTMLButtonElement} */ (figure.querySelector(".race-play"));
    this.slider = /** @type {HTMLInputElement} */ (figure.querySelector("input[type=range]"));
    this.asked = 0; // the animation frame to come, 0 while nothing plays
    this.button.addEventListener("click", () => (this.asked ? this.stop() : this.play()));
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show(Number(this.slider.value) / 1000);
    });
    for (const radio of figure.querySelectorAll("input[type=radio]"))
      radio.addEventListener("change", () => drawing.pick(/** @type {any} */ (radio).value));
  }

  /** @param {number} clock */
  show(clock) {
    this.drawing.show(clock);
    this.slider.value = String(Math.round(1000 * clock));
    if (!this.asked) this.tell();
  }

  /** What the slider says to a screen reader: once the race stands. */
  tell() {
    const { step, loss } = this.drawing;
    this.slider.setAttribute("aria-valuetext", `step ${step}, loss ${loss?.toFixed(2)}`);
  }

  stop() {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    this.button.textContent = this.drawing.clock >= 1 ? "Again" : "Play";
    this.tell();
  }

  /** Plays to the end, from where it is, or from the start if it is at its end. */
  play() {
    const first = this.drawing.clock < 1 ? this.drawing.clock : 0;
    let begin = NaN; // the time of the first animation frame
    this.button.textContent = "Pause";
    const next = (/** @type {number} */ time) => {
      if (Number.isNaN(begin)) begin = time;
      const clock = Math.min(1, first + (time - begin) / DURATION);
      this.show(clock);
      if (clock < 1) this.asked = requestAnimationFrame(next);
      else this.stop();
    };
    this.asked = requestAnimationFrame(next);
  }

  /** Plays once, from step 0, as soon as most of the drawing is in view. */
  playOnceSeen() {
    this.show(0);
    const seen = new IntersectionObserver(
      ([{ isIntersecting }]) => {
        if (!isIntersecting) return;
        seen.disconnect();
        if (!this.asked && this.drawing.clock === 0) this.play();
      },
      { threshold: 0.6 },
    );
    seen.observe(this.figure);
  }
}

/** @param {HTMLElement} figure @returns {Promise<RaceFigure>} */
async function begin(figure) {
  try {
    const answer = await fetch(new URL(figure.dataset.rows ?? "", document.baseURI));
    if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
    const { rows, opening } = await answer.json();
    const svg = /** @type {SVGSVGElement} */ (figure.querySelector(".race-drawing"));
    const made = new RaceFigure(figure, new RaceDrawing(svg, rows));
    if ("autoplay" in figure.dataset && !calm.matches) made.playOnceSeen();
    else made.show(rows[opening].clock);
    figure.classList.add("is-ready");
    return made;
  } catch (error) {
    delete figure.dataset.autoplay; // the drawing stays where its rows cannot be had
    throw error;
  }
}

/** The page's race, once its rows are there. @type {Promise<RaceFigure | undefined>} */
export const race = (async () => {
  const figure = /** @type {HTMLElement | null} */ (document.querySelector("figure.race"));
  return figure ? begin(figure) : undefined;
})();
race.catch(console.error);
