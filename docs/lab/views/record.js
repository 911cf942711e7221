// The record of the visitor's bets.
import { all, forget } from "../bet_record.js";
import { button, element, say } from "./dom.js";
import { PARTS } from "./parts.js";
import { ordinal } from "./places.js";

export function record() {
  button("bet-forget").onclick = () => {
    forget();
    showRecord();
  };
  showRecord();
}

export function showRecord() {
  const bets = all();
  const count = (/** @type {"won" | "theory"} */ who) => bets.filter((bet) => bet[who]).length;
  element("bet-record", HTMLElement).hidden = bets.length === 0;
  say(
    element("bet-record-sum", HTMLElement),
    `Your bets so far: ${count("won")} of ${bets.length} won; the theory ${count("theory")}`,
  );
  const lines = [...bets].reverse().map(({ seed, won, places, guess, kind }) => {
    const by = guess in PARTS ? PARTS[/** @type {import("./parts.js").Part} */ (guess)] : "no guess";
    const line = document.createElement("li");
    line.textContent = `Seed ${seed}, ${won ? "won" : "lost"}: ${places.map(ordinal).join(", ")}; by ${by} (${kind})`;
    return line;
  });
  element("bet-record-list", HTMLElement).replaceChildren(...lines);
}
