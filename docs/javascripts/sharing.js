// Parameters that the figures of a page share: the time, and what the reader has picked.

/** @typedef {import("vega").View} View */

/** The last value of each shared parameter. @type {Map<string, unknown>} */
const values = new Map();

/** The live views, what they share, and whether they are near the screen. */
/** @type {Map<Element, {view: View, names: string[], near: boolean}>} */
const figures = new Map();

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const figure = figures.get(target);
      if (!figure) continue;
      figure.near = isIntersecting;
      if (isIntersecting) update(figure);
    }
  },
  { rootMargin: "200px" },
);

/**
 * Keeps parameters of a figure equal to those of the same name in the page's other figures.
 * @param {Element} element @param {View} view @param {string[]} names
 */
export function share(element, view, names) {
  const figure = { view, names, near: true };
  figures.set(element, figure);
  for (const name of names) {
    if (!values.has(name)) values.set(name, view.signal(name));
    view.addSignalListener(name, (_, value) => set(name, value));
  }
  update(figure);
  nearby.observe(element);
  view.addEventListener("click", (_, item) => pick(item?.datum, names));
}

/** Whom to tell of a new value. @type {Map<string, (() => void)[]>} */
const listeners = new Map();

/**
 * Calls back when a shared parameter has changed, once every figure near the screen shows it.
 * @param {string} name @param {() => void} listener
 */
export function onChange(name, listener) {
  listeners.set(name, [...(listeners.get(name) ?? []), listener]);
}

/**
 * The last value of a shared parameter.
 * @param {string} name @returns {unknown}
 */
export function get(name) {
  return values.get(name);
}

/**
 * Sets a parameter in every figure that has it; those far from the screen follow as they come near.
 * @param {string} name @param {unknown} value
 */
export function set(name, value) {
  if (values.get(name) === value) return;
  values.set(name, value);
  for (const figure of figures.values()) if (figure.near) update(figure);
  requestAnimationFrame(() => listeners.get(name)?.forEach((listener) => listener()));
}

/** @param {{view: View, names: string[]}} figure */
function update({ view, names }) {
  const stale = names.filter((name) => view.signal(name) !== values.get(name));
  for (const name of stale) view.signal(name, values.get(name));
  if (stale.length > 0) view.runAsync();
}

/**
 * A click on a neuron picks it, a click on a cluster's block picks the cluster; once more lets go.
 * @param {Record<string, unknown> | undefined} datum @param {string[]} names
 */
function pick(datum, names) {
  const name = ["neuron", "cluster"].find((key) => datum && key in datum && names.includes(key));
  if (name && datum) set(name, values.get(name) === datum[name] ? -1 : datum[name]);
}
