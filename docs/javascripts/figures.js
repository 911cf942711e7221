// Brings the figures to life: as one comes near the screen, its live view takes its picture's place.

import { addPlay } from "./play.js";
import { share } from "./sharing.js";

const ROOT = new URL("../", import.meta.url).href;
const PHONE = matchMedia("(max-width: 44.9375em)"); // where the pictures change, too

/** @param {HTMLElement} figure */
async function bringToLife(figure) {
  const { default: embed } = await import("./vega.js");
  const live = document.createElement("div");
  live.className = "chart-live";
  live.role = "img";
  live.ariaLabel = figure.querySelector("img")?.alt ?? "";
  figure.querySelector(".chart-stage")?.append(live);
  const width = PHONE.matches ? "narrow" : "wide";
  const source = new URL(`${figure.dataset.spec}${width}.json`, document.baseURI).href;
  const { view, spec } = await embed(live, source, {
    actions: false,
    ast: true, // expressions are interpreted: no page has to allow code made from strings
    defaultStyle: false, // nor style made by a script: assets/figure.css has what is needed
    tooltip: { disableDefaultStyle: true },
    bind: /** @type {HTMLElement} */ (figure.querySelector(".chart-controls")),
    loader: { baseURL: ROOT }, // a spec names its data from the root of the site
    renderer: "svg", // follows the page's colours, and prints
  });
  /** @type {{name: string, select?: unknown}[]} */
  const params = /** @type {any} */ (spec).params ?? [];
  share(figure, view, params.filter((param) => !param.select).map((param) => param.name));
  addPlay(figure, /** @type {any} */ (spec).usermeta?.steps);
  // Radio buttons of one name are one group in the whole page; each figure needs its own.
  for (const group of figure.querySelectorAll(".vega-bind-radio")) {
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", group.previousElementSibling?.textContent?.trim() ?? "");
    for (const input of group.querySelectorAll("input")) input.name = `${figure.id}-${input.name}`;
  }
  live.querySelector("svg")?.setAttribute("aria-hidden", "true"); // `live` tells what it shows
  figure.classList.add("is-live");
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      nearby.unobserve(target);
      // The picture stays where the live view cannot be had.
      bringToLife(/** @type {HTMLElement} */ (target)).catch(console.error);
    }
  },
  { rootMargin: "400px" },
);

// Not before the reader does something: until then a picture says the same, and the page is quick.
const signs = ["pointermove", "pointerdown", "keydown", "touchstart", "scroll"];
const begin = new AbortController();
for (const sign of signs)
  addEventListener(
    sign,
    () => {
      begin.abort();
      document.querySelectorAll("figure.chart").forEach((figure) => nearby.observe(figure));
    },
    { passive: true, signal: begin.signal },
  );
