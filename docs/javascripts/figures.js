// Brings the figures to life: as one comes near the screen, its live view takes its picture's place.

const ROOT = new URL("../", import.meta.url).href;

/** @param {HTMLElement} figure */
async function bringToLife(figure) {
  const { default: embed } = await import("./vega.js");
  const live = document.createElement("div");
  live.className = "chart-live";
  figure.querySelector(".chart-stage")?.append(live);
  await embed(live, new URL(figure.dataset.spec ?? "", document.baseURI).href, {
    actions: false,
    bind: /** @type {HTMLElement} */ (figure.querySelector(".chart-controls")),
    loader: { baseURL: ROOT }, // a spec names its data from the root of the site
    renderer: "svg", // follows the page's colours, and prints
  });
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
