// What goes wrong, in a sentence; also what nobody has thought of.
import { button, element, say } from "./dom.js";

const THEMES = /\/assets\/javascripts\//; // where the scripts of the site's theme are

/** @param {import("../lab.js").Lab} lab */
export function trouble(lab) {
  const box = element("trouble", HTMLElement);
  const text = element("trouble-said", HTMLElement);
  const retry = button("retry");
  const offer = () => (retry.hidden = !lab.replaying && !lab.lacking);
  const tell = (/** @type {string} */ sentence) => {
    box.hidden = sentence === "";
    say(text, sentence);
    offer();
  };
  lab.on("trouble", tell);
  lab.on("engine", offer);
  retry.onclick = () => void lab.retry();
  const unforeseen = (/** @type {unknown} */ error) => {
    const { message } = error instanceof Error ? error : { message: String(error) };
    tell(`Something in the lab has failed: ${message}. If it does not go on, load the page again.`);
  };
  const ours = (/** @type {any} */ error) => !THEMES.test(error?.stack ?? "");
  addEventListener("error", ({ error, message }) => ours(error) && unforeseen(error ?? message));
  addEventListener("unhandledrejection", ({ reason }) => ours(reason) && unforeseen(reason));
}
