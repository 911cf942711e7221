// A long page is laid out from its top: the browser shows that, and then lays out the rest step by
// step, between its answers to the reader. assets/site.css tells which blocks wait for this. The theme's
// script waits, too (export/site/theme_script.py): what it measures would be laid out all at once.

const STEP = 700; // elements
const waiting = [...document.querySelectorAll(".md-content__inner > *, .doc-object")];

/** @param {number} most elements */
function layOut(most) {
  for (let count = 0; waiting.length > 0 && count < most; ) {
    const [block] = waiting.splice(0, 1);
    block.classList.add("is-laid-out");
    count += block.getElementsByTagName("*").length;
  }
}

function afterEachFrame() {
  document.documentElement.toggleAttribute("data-in-layout", waiting.length > 0);
  if (waiting.length > 0) requestAnimationFrame(() => setTimeout(() => (layOut(STEP), afterEachFrame())));
}

const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
// Who comes for a place further down, or comes back to it, finds it where it will stay.
if (location.hash || visit?.type !== "navigate") layOut(Infinity);
else afterEachFrame();
addEventListener("click", () => layOut(Infinity), { capture: true, once: true });
