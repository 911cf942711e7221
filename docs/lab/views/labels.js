// The labels beside the rings of the race: those that would write over each other become one.

/** Of a label, in px, as export/charts/lab.py draws it; `turn`: the cosine from which it stands to the left. */
const LABEL = { character: 7.5, line: 16, beside: 14, turn: 0.4 };
const LINES = " · "; // between the lines of one label

/** @typedef {{neuron: number, by: string, shared: number, norm_product: number}} Ring by: who has picked it, "you" or "theory" */
/** @typedef {{cosine: number, decades: number}} Pixel how much of each axis a pixel is */

/**
 * One label per group of rings, at the first of them.
 * @param {Ring[]} rings the largest first
 * @param {Pixel} pixel
 */
export function labels(rings, pixel) {
  const groups = rings.map((ring) => [ring]);
  for (let i = 0; i < groups.length; i++) {
    const other = groups.findIndex((group, j) => j > i && overlap(box(groups[i], pixel), box(group, pixel)));
    if (other < 0) continue;
    groups[i].push(...groups.splice(other, 1)[0]);
    i = -1; // it has become longer
  }
  return groups.map((group) => ({ ...group[0], label: text(group) }));
}

/** @param {Ring[]} group */
function text(group) {
  const named = ["you", "theory"].map((who) => [who, group.filter(({ by }) => by === who).map(({ neuron }) => neuron)]);
  return named.flatMap(([who, neurons]) => (neurons.length > 0 ? [`${who} ${/** @type {number[]} */ (neurons).join(", ")}`] : [])).join(LINES);
}

/** Where its label is, in px from where both axes are 0. @param {Ring[]} group @param {Pixel} pixel */
function box(group, { cosine, decades }) {
  const { shared, norm_product } = group[0];
  const lines = text(group).split(LINES);
  const width = LABEL.character * Math.max(...lines.map(({ length }) => length));
  const [x, y] = [shared / cosine, Math.log10(norm_product) / decades];
  const left = shared > LABEL.turn ? x - LABEL.beside - width : x + LABEL.beside;
  const half = (LABEL.line * lines.length) / 2;
  return { left, right: left + width, low: y - half, high: y + half };
}

/** @param {ReturnType<typeof box>} one @param {ReturnType<typeof box>} other */
function overlap(one, other) {
  return one.left < other.right && other.left < one.right && one.low < other.high && other.low < one.high;
}
