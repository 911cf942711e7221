// Brings the figures to life: as one comes near the screen, its live view takes its picture's place.

const ROOT = new URL("../", import.meta.url).href;
const PHONE = matchMedia("(max-width: 44.9375em)"); // where the pictures change, too

/** The live views that have a parameter, by its name. @type {Map<string, import("vega").View[]>} */
const sharing = new Map();

/**
 * Keeps a parameter of a view equal to those of the same name in the page's other figures.
 * @param {import("vega").View} view @param {string} name
 */
function share(view, name) {
  const others = sharing.get(name) ?? [];
  if (others.length > 0) view.signal(name, others[0].signal(name)).runAsync();
  sharing.set(name, [...others, view]);
  view.addSignalListener(name, (_, value) => {
    for (const other of sharing.get(name) ?? [])
      if (other !== view) other.signal(name, value).runAsync();
  });
}

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
    bind: /** @type {HTMLElement} */ (figure.querySelector(".chart-controls")),
    loader: { baseURL: ROOT }, // a spec names its data from the root of the site
    renderer: "svg", // follows the page's colours, and prints
  });
  for (const param of /** @type {any} */ (spec).params ?? [])
    if (!("select" in param)) share(view, param.name);
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
document.querySelectorAll("figure.chart").forEach((figure) => nearby.observe(figure));
