// A long page is laid out from its top: the browser shows that, and then lays out the rest step by
// step, between its answers to the reader. assets/site.css tells which blocks wait for this.

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
  // The theme's script waits (export/site/theme_script.py): the reference's table of contents asks for a
  // place in every block, and all would be laid out at once.
  const reference = waiting.some((block) => block.matches(".doc-object"));
  document.documentElement.toggleAttribute("data-in-layout", reference);
  if (waiting.length > 0) requestAnimationFrame(() => setTimeout(() => (layOut(STEP), afterEachFrame())));
}

const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
// Who comes for a place further down, or comes back to it, finds it where it will stay.
if (location.hash || visit?.type !== "navigate") layOut(Infinity);
else afterEachFrame();
addEventListener("click", () => layOut(Infinity), { capture: true, once: true });
