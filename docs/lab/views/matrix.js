// The cosine matrix: 300 by 300 squares are too many for a chart, so a canvas takes them as pixels.
import { grouped } from "../../javascripts/grouped.js";
import { element, ink, say } from "./dom.js";
import { latest, onChange } from "./pace.js";

const EVERY_MS = 1500; // it costs the worker some 30 ms of training

/** From the color of -1 through clear for 0 to the color of 1. */
function colors() {
  const [opposite, alike] = [ink("--opposite"), ink("--alike")];
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const cosine = level / 127.5 - 1;
    const [r, g, b] = cosine < 0 ? opposite : alike;
    return (Math.round(255 * Math.abs(cosine)) << 24) | (b << 16) | (g << 8) | r;
  });
}

/** @param {import("../lab.js").Lab} lab */
export function matrix(lab) {
  const canvas = element("matrix", HTMLCanvasElement);
  let seen = false;
  const show = latest(async () => {
    if (!seen) return;
    const answer = await lab.ask("matrix");
    if (!answer) return;
    const side = answer.order.length;
    if (canvas.height !== side) canvas.width = canvas.height = side;
    const pixels = new ImageData(side, side);
    const words = new Uint32Array(pixels.data.buffer);
    const ofLevel = colors();
    answer.bytes.forEach((/** @type {number} */ level, /** @type {number} */ i) => (words[i] = ofLevel[level]));
    canvas.getContext("2d")?.putImageData(pixels, 0, 0);
    say(element("matrix-state", HTMLElement), `Step ${grouped(answer.step)}: ${answer.clusters} clusters, ${answer.liveClusters} live.`);
  });
  // Off the screen it is not worked out.
  new IntersectionObserver((entries) => {
    seen = entries.some((entry) => entry.isIntersecting);
    if (lab.frame) void show();
  }).observe(canvas);
  lab.on("start", () => {
    canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
    say(element("matrix-state", HTMLElement), "");
  });
  onChange(lab, show, EVERY_MS);
}
