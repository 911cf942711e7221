// Shortcuts to the page's elements.

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}.`);
  return found;
}

/** @param {string} id */
export const button = (id) => element(id, HTMLButtonElement);
/** @param {string} id */
export const input = (id) => element(id, HTMLInputElement);
/** @param {string} id */
export const select = (id) => element(id, HTMLSelectElement);

/** Sets a text only where it differs: otherwise the screen would be painted again. @param {HTMLElement} at @param {string} text */
export function say(at, text) {
  if (at.textContent !== text) at.textContent = text;
}

/** @param {HTMLSelectElement} at @param {{value: string, label: string}[]} options */
export function fill(at, options) {
  at.replaceChildren(...options.map(({ value, label }) => new Option(label, value)));
}

/** The size of a neuron, or a loss, in few digits. @param {number} value */
export function short(value) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** A color of the page, as red, green and blue. @param {string} name of its variable */
export function ink(name) {
  const found = getComputedStyle(document.documentElement).getPropertyValue(name);
  return (found.match(/[0-9a-f]{2}/gi) ?? []).map((part) => parseInt(part, 16));
}
