// Places in the race, and what they say about a bet.
import { grouped } from "../../javascripts/grouped.js";

/** Place of each neuron by size, from 1. @param {ArrayLike<number>} sizes */
export function placesOf(sizes) {
  const order = Array.from(sizes, (_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const places = new Array(sizes.length);
  order.forEach((neuron, place) => (places[neuron] = place + 1));
  return places;
}

/** The place of the best of some neurons. @param {number[]} places @param {number[]} bets */
export function best(places, bets) {
  return Math.min(...bets.map((neuron) => places[neuron] ?? Infinity));
}

/**
 * Who has won, in words, where the loss drops.
 * @param {number[]} places
 * @param {number[]} yours
 * @param {number[]} theirs
 * @param {number} step
 * @param {number} winners how many places win
 */
export function verdict(places, yours, theirs, step, winners) {
  const [you, theory] = [best(places, yours), best(places, theirs)];
  const at = `Decided at step ${grouped(step)}, where the loss drops:`;
  const won = you <= winners ? "you win!" : "you lose.";
  const rule = you <= winners ? "" : ` One of the ${winners} largest would win; the largest is neuron ${places.indexOf(1)}.`;
  return `${at} ${won} Your best is ${ordinal(you)} of ${places.length}, the theory's ${ordinal(theory)}.${rule}`;
}

/**
 * Whether that still holds when the run stops.
 * @param {number[]} then places at the drop
 * @param {number[]} now places
 * @param {number[]} yours
 * @param {number} step
 * @param {number} winners how many places win
 */
export function confirmed(then, now, yours, step, winners) {
  const stays = best(then, yours) <= winners === best(now, yours) <= winners;
  const place = `At step ${grouped(step)} your best is ${ordinal(best(now, yours))}`;
  return stays ? `${place}: confirmed.` : `${place}: a rare change of order.`;
}

/** @param {number} place */
export function ordinal(place) {
  const rules = new Intl.PluralRules("en", { type: "ordinal" });
  const ending = { one: "st", two: "nd", few: "rd" }[/** @type {"one"} */ (rules.select(place))] ?? "th";
  return `${grouped(place)}${ending}`;
}
