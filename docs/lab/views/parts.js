// What a neuron is before the race, in words and numbers: its incoming part along the pull, its
// outgoing part, and both together, which is what the theory says will grow.
import { short } from "./dom.js";
import { ordinal, placesOf } from "./places.js";

/**
 * Of each neuron, signed: above 0 towards group A, below 0 towards group B.
 * @typedef {"incoming" | "outgoing" | "sum"} Part
 * @typedef {Record<Part, ArrayLike<number>>} Parts
 * @typedef {Record<Part, number[]>} Places by strength, from 1
 */

/** @type {Record<Part, string>} */
export const PARTS = {
  incoming: "the incoming part",
  outgoing: "the outgoing part",
  sum: "both parts together",
};
const NAMES = /** @type {Part[]} */ (Object.keys(PARTS));
const GOOD = 0.1; // the share of the neurons whose part counts as strong

/** @param {{incoming: Float64Array, outgoing: Float64Array}} prediction of the worker @returns {Parts} */
export function partsOf({ incoming, outgoing }) {
  return { incoming, outgoing, sum: incoming.map((value, i) => value + outgoing[i]) };
}

/** @param {Parts} parts @returns {Places} */
export function placesByPart(parts) {
  const places = NAMES.map((name) => [name, placesOf(Array.from(parts[name], Math.abs))]);
  return Object.fromEntries(places);
}

/** What one neuron is. @param {number} neuron @param {Parts} parts @param {string[]} groups the names of A and B */
export function describe(neuron, parts, groups) {
  const places = placesByPart(parts);
  const told = (/** @type {Part} */ name) =>
    `${signed(parts[name][neuron])} (${ordinal(places[name][neuron])} of ${parts[name].length})`;
  const against = parts.incoming[neuron] * parts.outgoing[neuron] < 0;
  const towards = groups[parts.sum[neuron] > 0 ? 0 : 1];
  return (
    `Neuron ${neuron}: incoming part ${told("incoming")}; outgoing part ${told("outgoing")}, ` +
    `${against ? "against it" : "the same way"}; together ${told("sum")}, towards ${towards}.`
  );
}

/** @param {number} value */
function signed(value) {
  return `${value < 0 ? "−" : "+"}${short(Math.abs(value)).replace("e-", "e−")}`;
}

/** The neurons with the largest part, whatever its sign. @param {ArrayLike<number>} part @param {number} count */
export function strongest(part, count) {
  const places = placesOf(Array.from(part, Math.abs));
  return Array.from({ length: Math.min(count, places.length) }, (_, i) => places.indexOf(i + 1));
}

/**
 * Why a neuron came where it did.
 * @param {number} neuron
 * @param {number} place in the race
 * @param {Parts} parts
 * @param {number} winners how many places win
 */
export function why(neuron, place, parts, winners) {
  const [incoming, outgoing] = [parts.incoming[neuron], parts.outgoing[neuron]];
  const places = placesByPart(parts);
  const together = places.sum[neuron];
  const strong = Math.max(winners, GOOD * parts.sum.length);
  const agree = incoming * outgoing >= 0;
  return `Neuron ${neuron}, ${ordinal(place)} at the drop: ${reason()}.`;

  function reason() {
    if (place <= winners) {
      return agree
        ? `its incoming and its outgoing weights pulled the same way, ${ordinal(together)} of all together`
        : `one part was against the other, but what was left of both was still ${ordinal(together)} of all`;
    }
    if (!agree) {
      return Math.abs(incoming) > Math.abs(outgoing)
        ? "it looked the right way, but its outgoing weight was against it"
        : "its outgoing weight pulled, but it looked the other way";
    }
    if (together <= strong) return `a good start, ${ordinal(together)} of all together, but others grew faster`;
    const weak = places.incoming[neuron] > places.outgoing[neuron] ? "incoming" : "outgoing";
    return `both parts pulled the same way, but the ${weak} one was small, ${ordinal(places[weak][neuron])} of all`;
  }
}

/** By each part, the mean place before the race of those that won. @param {Parts} parts @param {number[]} winners */
export function standing(parts, winners) {
  const places = placesByPart(parts);
  const mean = (/** @type {Part} */ name) =>
    winners.reduce((sum, neuron) => sum + places[name][neuron], 0) / winners.length;
  return /** @type {Record<Part, number>} */ (Object.fromEntries(NAMES.map((name) => [name, mean(name)])));
}

/**
 * What to look at next time.
 * @param {Record<Part, number>[]} standings of the races so far
 */
export function hint(standings) {
  const mean = (/** @type {Part} */ name) => standings.reduce((sum, one) => sum + one[name], 0) / standings.length;
  const order = [...NAMES].reverse().sort((a, b) => mean(a) - mean(b));
  const told = order.map((name) => `${mean(name).toFixed(1)} by ${PARTS[name]}`);
  const races = standings.length === 1 ? "" : ` in your ${standings.length} races`;
  return (
    `Before the race, the three largest stood at place ${told.slice(0, -1).join(", ")} and ${told.at(-1)}, ` +
    `on average${races}. So color the dots by ${PARTS[order[0]]}, and pick the strongest.`
  );
}
