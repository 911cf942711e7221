// The visitor's bets, kept in this browser and nowhere else; where it keeps nothing, for this page.

const KEY = "racing.bets";
const MOST = 30;

/**
 * @typedef {object} Bet
 * @property {string} network what was bet on, so that a bet counts once
 * @property {string} kind task and initialization: what was learned of one holds for its other seeds
 * @property {number} seed
 * @property {string} guess
 * @property {number[]} places of the visitor's neurons where the loss dropped
 * @property {boolean} won
 * @property {boolean} theory whether the theory's bet won
 * @property {Record<"incoming" | "outgoing" | "sum", number>} standing see views/parts.js
 */

/** @type {Bet[]} */
let bets = read();

/** @returns {Bet[]} */
function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isBet) : [];
  } catch {
    return [];
  }
}

/** Another version of the page, or a visitor, may have written something else. @param {any} it */
function isBet(it) {
  return (
    ["network", "kind", "guess"].every((name) => typeof it?.[name] === "string") &&
    [it.seed, it.standing?.incoming, it.standing?.outgoing, it.standing?.sum].every(Number.isFinite) &&
    Array.isArray(it.places) && it.places.every(Number.isFinite)
  );
}

export function all() {
  return bets;
}

/** Keeps a bet, the first one on a network: of a race that was seen anyone knows the winner. @param {Bet} bet */
export function keep(bet) {
  if (bets.some(({ network }) => network === bet.network)) return;
  bets = [...bets, bet].slice(-MOST);
  write();
}

export function forget() {
  bets = [];
  write();
}

function write() {
  try {
    localStorage.setItem(KEY, JSON.stringify(bets));
  } catch {
    // A private window may refuse; the bets of this visit are still there.
  }
}
