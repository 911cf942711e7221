// Places in the race, and what they say about a bet.

/** Place of each neuron by size, from 1. @param {ArrayLike<number>} sizes */
export function placesOf(sizes) {
  const order = Array.from(sizes, (_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const places = new Array(sizes.length);
  order.forEach((neuron, place) => (places[neuron] = place + 1));
  return places;
}

/**
 * Who is ahead, in a sentence.
 * @param {number[]} places
 * @param {number[]} yours
 * @param {number[]} theirs
 * @param {number} step
 */
export function verdict(places, yours, theirs, step) {
  const best = (/** @type {number[]} */ bets) => Math.min(...bets.map((i) => places[i]).filter(Boolean));
  const [you, theory] = [best(yours), best(theirs)];
  if (!Number.isFinite(you + theory)) return "";
  const at = `Step ${step.toLocaleString("en")}:`;
  if (you === 1 && theory === 1) return `${at} you and the theory both have the largest neuron of all.`;
  if (you === 1) return `${at} you have the largest neuron of all! The theory's best is ${ordinal(theory)}.`;
  const lead = you < theory ? "you are ahead" : "the theory is ahead";
  return `${at} ${you === theory ? "you are level with the theory" : lead}. Your best is ${ordinal(you)} of ${places.length}, the theory's ${ordinal(theory)}; the largest is neuron ${places.indexOf(1)}.`;
}

/** @param {number} place */
export function ordinal(place) {
  const rules = new Intl.PluralRules("en", { type: "ordinal" });
  const ending = { one: "st", two: "nd", few: "rd" }[/** @type {"one"} */ (rules.select(place))] ?? "th";
  return `${place}${ending}`;
}
