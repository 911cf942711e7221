// The figure of pruning: which neurons stay, what the network can do with them, and the merge.

import { axis } from "./race_drawing.js";

/** @typedef {Record<string, number>} Row */
/** @typedef {{rows: Row[], random_order: number[], merged: Row}} Pruned */

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)}%`;
const short = (/** @type {number} */ loss) => String(Number(loss.toPrecision(3)));

class Pruning {
  /** @param {HTMLElement} figure @param {Pruned} pruned */
  constructor(figure, pruned) {
    this.pruned = pruned;
    this.width = pruned.rows.length - 1;
    this.dots = /** @type {SVGCircleElement[]} */ ([...figure.querySelectorAll("circle")]);
    this.slider = /** @type {HTMLInputElement} */ (figure.querySelector("input[type=range]"));
    this.merge = /** @type {HTMLButtonElement} */ (figure.querySelector(".pruning-merge"));
    this.told = /** @type {HTMLElement} */ (figure.querySelector(".pruning-told"));
    this.rule = /** @type {Element} */ (figure.querySelector(".race-now"));
    this.chart = /** @type {Element} */ (figure.querySelector(".pruning-chart"));
    this.x = axis(this.chart, "x");
    this.counts = [...figure.querySelectorAll(".pruning-count")];
    this.figure = figure;
    const chosen = /** @type {HTMLInputElement | null} */ (figure.querySelector(":checked"));
    this.which = chosen?.value ?? "largest";
    /** When each neuron goes, by how neurons are chosen: its rank among those kept. */
    this.ranks = {
      largest: new Map(this.dots.map((dot) => [dot.dataset.neuron, Number(dot.dataset.rank)])),
      random: new Map(pruned.random_order.map((neuron, rank) => [String(neuron), rank])),
    };
    this.slider.addEventListener("input", () => this.show(false));
    this.merge.addEventListener("click", () =>
      this.show(this.merge.getAttribute("aria-pressed") !== "true"),
    );
    for (const radio of figure.querySelectorAll("input[type=radio]"))
      radio.addEventListener("change", () => {
        this.which = /** @type {HTMLInputElement} */ (radio).value;
        this.show(false);
      });
  }

  /** @param {boolean} merged whether one neuron stands for each cluster */
  show(merged) {
    const { rows } = this.pruned;
    const row = merged ? this.pruned.merged : rows[Number(this.slider.value)];
    this.merge.setAttribute("aria-pressed", String(merged));
    this.figure.classList.toggle("is-merged", merged);
    this.figure.dataset.which = this.which;
    if (merged) this.gather();
    else this.remove(row.kept);
    this.slider.setAttribute("aria-valuetext", `${this.slider.value} of ${this.width}`);
    this.rule.setAttribute("transform", `translate(${this.x(Math.log10(row.kept)).toFixed(1)} 0)`);
    const [accuracy, heldOut, loss] = merged
      ? [row.accuracy, row.held_out, row.loss]
      : [row[this.which], row[`${this.which}_held_out`], row[`${this.which}_loss`]];
    this.told.innerHTML =
      `<b>${row.kept}</b> ${merged ? "merged neurons" : `of ${this.width} neurons`}: ` +
      `training accuracy <b>${percent(accuracy)}</b>, held-out accuracy ` +
      `<b>${percent(heldOut)}</b>, loss <b>${short(loss)}</b>`;
  }

  /** The dots that stay, and those that go. @param {number} kept */
  remove(kept) {
    const ranks = this.which === "random" ? this.ranks.random : this.ranks.largest;
    /** @type {Record<string, number>} */
    const left = {};
    for (const dot of this.dots) {
      const stays = (ranks.get(dot.dataset.neuron) ?? 0) < kept;
      dot.classList.toggle("is-gone", !stays);
      dot.style.transform = "";
      const column = dot.dataset.column ?? "";
      left[column] = (left[column] ?? 0) + Number(stays);
    }
    for (const count of this.counts)
      count.textContent = String(left[count.getAttribute("data-column") ?? ""] ?? 0);
  }

  /** All dots of a cluster move onto its largest one; those of no cluster go. */
  gather() {
    /** @type {Map<string | undefined, SVGCircleElement>} */
    const leaders = new Map();
    for (const dot of this.dots) leaders.set(dot.dataset.column, dot); // the largest comes last
    for (const dot of this.dots) {
      const leader = leaders.get(dot.dataset.column) ?? dot;
      const alone = Number(dot.dataset.column) > this.pruned.merged.kept;
      dot.classList.toggle("is-gone", alone);
      if (alone) continue;
      const [dx, dy] = ["cx", "cy"].map(
        (name) => Number(leader.getAttribute(name)) - Number(dot.getAttribute(name)),
      );
      dot.style.transform = `translate(${dx}px, ${dy}px)`;
    }
    for (const count of this.counts)
      count.textContent =
        Number(count.getAttribute("data-column")) > this.pruned.merged.kept ? "0" : "1";
  }
}

/** @param {HTMLElement} figure */
async function begin(figure) {
  const answer = await fetch(new URL(figure.dataset.rows ?? "", document.baseURI));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  new Pruning(figure, await answer.json()).show(false);
  figure.classList.add("is-ready");
}

const figure = /** @type {HTMLElement | null} */ (document.querySelector("figure.pruning"));
if (figure) {
  const coming = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      coming.disconnect();
      begin(figure).catch(console.error); // the drawing stays
    },
    { rootMargin: "600px" },
  );
  coming.observe(figure);
}
