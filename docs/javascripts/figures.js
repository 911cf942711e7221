// Brings the figures to life: as one comes near the screen, its live view takes its picture's place.

import { addPlay } from "./play.js";
import { share } from "./sharing.js";
import { pause, runInSlices } from "./slices.js";

const ROOT = new URL("../", import.meta.url).href;
const PATIENCE_MS = 20_000; // for a figure's files: the figures after it wait
const PHONE = matchMedia("(max-width: 44.9375em)"); // where the pictures change, too

/** @param {HTMLElement} figure */
async function bringToLife(figure) {
  const vega = await import("./vega.js");
  const { expressionInterpreter, Handler, loader, parse, WatchedView } = vega;
  const http = { signal: AbortSignal.timeout(PATIENCE_MS) };
  const width = PHONE.matches ? "narrow" : "wide";
  const answer = await fetch(new URL(`${figure.dataset.spec}${width}.json`, document.baseURI), http);
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  const spec = await answer.json();
  // Expressions are interpreted: no page has to allow code made from strings.
  const runtime = parse(spec, undefined, { ast: true });
  await pause();
  const live = document.createElement("div");
  live.className = "chart-live";
  figure.querySelector(".chart-stage")?.append(live);
  const controls = document.createElement("div"); // seen once they do something
  const options = {
    expr: expressionInterpreter,
    container: live,
    bind: controls,
    loader: loader({ baseURL: ROOT, http }), // a spec names its data from the root of the site
    renderer: "svg", // follows the page's colours, and prints
    // The style of tooltips is in assets/figure.css: none is made by a script.
    tooltip: new Handler({ disableDefaultStyle: true }).call,
  };
  const view = new WatchedView(runtime, /** @type {any} */ (options));
  live.role = "img"; // its name is the spec's description
  live.removeAttribute("aria-roledescription");
  await pause();
  await runInSlices(view, vega);
  if (view.lost) {
    view.finalize();
    live.remove();
    throw new Error(`${view.lost} did not come, or is damaged.`);
  }
  figure.querySelector(".chart-controls")?.append(...controls.childNodes);
  share(figure, view, spec.usermeta.shared);
  addPlay(figure, spec.usermeta.steps);
  // Radio buttons of one name are one group in the whole page; each figure needs its own.
  for (const group of figure.querySelectorAll(".vega-bind-radio")) {
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", group.previousElementSibling?.textContent?.trim() ?? "");
    for (const input of group.querySelectorAll("input")) input.name = `${figure.id}-${input.name}`;
  }
  live.querySelector("svg")?.setAttribute("aria-hidden", "true"); // `live` tells what it shows
  figure.classList.add("is-live");
}

/** The figure that is brought to life, or was. */
let last = Promise.resolve();

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      nearby.unobserve(target);
      const figure = /** @type {HTMLElement} */ (target);
      // One after the other. The picture stays where the live view cannot be had.
      last = last.then(() => bringToLife(figure)).catch(console.error);
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
