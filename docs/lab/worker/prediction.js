// What at step 0 predicts who wins: rank correlations of its quantities with the size now.
import { cosines, dot, meanDirections, normProduct } from "./neurons.js";
import { largestFirst } from "./run.js";

/**
 * The first recorded state after the drop of the loss; null where there is none.
 * @param {import("./run.js").Run} run
 */
export function decided({ recording, restNorms2, constants }) {
  const { loss } = recording.states[0];
  const state = recording.states.find((recorded) => recorded.loss < constants.drop * loss);
  return state ? { step: state.step, sizes: normProduct(state.parameters, restNorms2) } : null;
}

/**
 * Spearman's rank correlation with the norm product now, among the neurons of the largest group.
 * @param {import("./run.js").Run} run
 * @param {import("./theory.js").Modes} modes at the start
 * @returns {Record<string, number>}
 */
export function rankCorrelations(run, modes) {
  const now = run.current.parameters;
  const { parameters: then } = run.recording.states[0];
  const groups = run.groups();
  const size = normProduct(now, run.restNorms2);
  const towards = (/** @type {Float32Array} */ vectors, /** @type {Float32Array} */ targets) =>
    cosines(vectors, meanDirections(targets, groups), (i) => groups[i], run.width);
  const { w_in, w_out } = then;
  /** @type {Record<string, ArrayLike<number>>} */
  const quantities = {
    sum: modes.growing.map(Math.abs),
    incoming: modes.incoming.map(Math.abs),
    outgoing: modes.outgoing.map(Math.abs),
    direction: towards(totals(then), totals(now)),
    direction_in: towards(w_in, now.w_in),
    norm_out: size.map((_, i) => Math.hypot(w_out[i], w_out[run.width + i])),
    norm_in: size.map((_, i) =>
      Math.sqrt(dot(w_in, i * run.rank, w_in, i * run.rank, run.rank) + run.restNorms2[i]),
    ),
  };
  const [largest] = largestFirst(groups);
  const members = [...groups.keys()].filter((i) => groups[i] === largest);
  const among = (/** @type {ArrayLike<number>} */ values) => members.map((i) => values[i]);
  return Object.fromEntries(
    Object.entries(quantities).map(([name, values]) => [name, spearman(among(values), among(size))]),
  );
}

/**
 * Total vectors (d, r + 3), within the span: [w_in, b, w_out].
 * @param {import("./neurons.js").Parameters} parameters
 */
function totals({ w_in, b, w_out }) {
  const width = b.length;
  const rank = w_in.length / width;
  const rows = new Float32Array(width * (rank + 3));
  for (let i = 0; i < width; i++) {
    rows.set(w_in.subarray(i * rank, (i + 1) * rank), i * (rank + 3));
    rows.set([b[i], w_out[i], w_out[width + i]], i * (rank + 3) + rank);
  }
  return rows;
}

/** @param {number[]} a @param {number[]} b of the same length; 0 where there is nothing to rank */
export function spearman(a, b) {
  const [first, second] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let both = 0;
  let one = 0;
  let other = 0;
  for (let i = 0; i < a.length; i++) {
    both += (first[i] - middle) * (second[i] - middle);
    one += (first[i] - middle) ** 2;
    other += (second[i] - middle) ** 2;
  }
  return one * other > 0 ? both / Math.sqrt(one * other) : 0;
}

/** Ranks from 0; equal values share the mean of theirs. @param {number[]} values */
function ranks(values) {
  const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
  const ranked = new Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let k = from; k < to; k++) ranked[order[k]] = (from + to - 1) / 2;
  }
  return ranked;
}
