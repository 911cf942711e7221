// How the run before differed from this one, in words.
import { INITS, OPTIMIZERS } from "./experiment.js";

/** @typedef {import("./experiment.js").Experiment} Experiment */

/** What the parts are called that a visitor changes from run to run. @type {[keyof Experiment, (run: Experiment) => string][]} */
const SAID = [
  ["width", ({ width }) => `width ${width}`],
  ["init", ({ init }) => INITS[init]],
  ["init_scale", ({ init_scale }) => `initial scale ${init_scale}`],
  ["lr", ({ lr }) => `learning rate ${lr}`],
  ["optimizer", ({ optimizer }) => OPTIMIZERS[optimizer].label],
  ["seed", ({ seed }) => `seed ${seed}`],
  ["bias", ({ bias }) => (bias ? "with biases" : "without biases")],
  ["ticket", ({ ticket }) => (ticket.length > 0 ? `${ticket.length} neurons alone` : "all neurons")],
];

/** What the last run had in the place of what this one has. @param {Experiment} last @param {Experiment} now */
export function lastRun(last, now) {
  const other = SAID.filter(([name]) => String(last[name]) !== String(now[name])).map(([, said]) => said(last));
  return `last run (${other.join(", ") || "the same"})`;
}
