// The neurons of a bet, as buttons with their places in the race.
import { element, say } from "./dom.js";
import { ordinal } from "./places.js";

/**
 * Fills a list of the page; a button stays where it is, since it may have the focus.
 * @param {string} id
 * @param {number[]} neurons
 * @param {number[] | undefined} places of all neurons
 * @param {{verb: string, press: (neuron: number) => void}} action of the buttons
 */
export function showPicks(id, neurons, places, { verb, press }) {
  [...element(id, HTMLElement).children].forEach((item, i) => {
    const neuron = neurons[i];
    if (neuron === undefined) return item.replaceChildren();
    if (!item.firstChild) item.append(newButton());
    const chip = /** @type {HTMLButtonElement} */ (item.firstChild);
    const place = places?.[neuron];
    chip.onclick = () => press(neuron);
    say(chip, `neuron ${neuron}${place ? ` is ${ordinal(place)}` : ""}`);
    chip.setAttribute("aria-label", `${verb} ${chip.textContent}`);
    chip.style.setProperty("--share", places && place ? String(1 - (place - 1) / places.length) : "0");
  });
}

function newButton() {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "lab-button lab-chip";
  return chip;
}
