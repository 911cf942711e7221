// What goes wrong, in a sentence; also what nobody has thought of.
import { button, element, say } from "./dom.js";

/** @param {import("../lab.js").Lab} lab */
export function trouble(lab) {
  const box = element("trouble", HTMLElement);
  const text = element("trouble-said", HTMLElement);
  const retry = button("retry");
  const tell = (/** @type {string} */ sentence) => {
    box.hidden = sentence === "";
    say(text, sentence);
  };
  lab.on("trouble", tell);
  lab.on("engine", () => (retry.hidden = lab.engine.state !== "failed"));
  retry.onclick = () => void lab.retry();
  const unforeseen = (/** @type {unknown} */ error) => {
    const { message } = error instanceof Error ? error : { message: String(error) };
    tell(`Something in the lab has failed: ${message}. If it does not go on, load the page again.`);
  };
  addEventListener("error", ({ error, message }) => unforeseen(error ?? message));
  addEventListener("unhandledrejection", ({ reason }) => unforeseen(reason));
}
