// Before the bet: what a dot is when it is asked, and the race colored by what may decide it.
import { button, element, fill, input, say, select } from "./dom.js";
import { describe, PARTS, partsOf, strongest } from "./parts.js";

const NAMED = 5; // of the strongest dots, for those who do not see colors

export class Guess {
  /** @type {import("./parts.js").Parts | undefined} */
  parts;
  #lab;
  #asked = -1;
  #select = select("bet-guess");

  /** @param {import("../lab.js").Lab} lab */
  constructor(lab) {
    this.#lab = lab;
    const guesses = Object.entries(PARTS).map(([value, label]) => ({ value, label }));
    fill(this.#select, [{ value: "", label: "I do not know yet" }, ...guesses]);
    this.#select.onchange = () => this.show();
    button("bet-ask").onclick = () => this.ask(input("bet-neuron").valueAsNumber);
  }

  /** The part by which the visitor bets, "" for none. */
  get part() {
    return /** @type {import("./parts.js").Part | ""} */ (this.#select.value);
  }

  /** A new run: nothing is known of it yet. */
  forget() {
    this.parts = undefined;
    this.#asked = -1;
    this.show();
  }

  /** @param {Parameters<typeof partsOf>[0]} prediction */
  know(prediction) {
    this.parts = partsOf(prediction);
    this.show();
  }

  /** @param {number} neuron */
  ask(neuron) {
    const known = this.parts && neuron >= 0 && neuron < this.parts.sum.length && Number.isInteger(neuron);
    if (known) this.#asked = neuron;
    this.show();
    if (!known && this.parts) say(element("dot-said", HTMLElement), `Neurons are numbered 0 to ${this.parts.sum.length - 1}.`);
  }

  show() {
    const { parts, part } = this;
    const { group_a, group_b } = this.#lab.task;
    const groups = [group_a.join(" + "), group_b.join(" + ")];
    const said = parts && this.#asked >= 0 ? describe(this.#asked, parts, groups) : "";
    say(element("dot-said", HTMLElement), said || "Press a dot, or ask it by its number: it says what it is.");
    const values = part && parts ? Array.from(parts[part]) : undefined;
    this.#lab.color(values && shares(values));
    say(
      element("bet-strongest", HTMLElement),
      values ? `The stronger the color, the larger the part. Strongest: neurons ${strongest(values, NAMED).join(", ")}.` : "",
    );
  }
}

/** From −1 to 1. @param {number[]} values */
function shares(values) {
  const largest = Math.max(...values.map(Math.abs));
  return values.map((value) => (largest > 0 ? value / largest : 0));
}
