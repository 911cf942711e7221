// How far the engine is, what waits for it, and that the run which is shown was recorded.
import { button, element, say } from "./dom.js";

const MB = 1e6;

/** @param {import("../lab.js").Lab} lab */
export function engine(lab) {
  const line = element("engine", HTMLElement);
  const goOn = button("engine-on");
  const live = button("train-live");
  const show = () => {
    say(line, sentence(lab));
    goOn.hidden = lab.engine.state !== "dropped";
    const recorded = lab.frame?.replayed ?? false;
    live.hidden = !recorded || lab.engine.state !== "here";
    element("recorded", HTMLElement).hidden = !recorded;
    element("lab", HTMLElement).dataset.engine = lab.engine.state;
    element("controls", HTMLFieldSetElement).disabled = lab.gone;
  };
  goOn.onclick = () => void lab.getEngine();
  live.onclick = () => void lab.trainLive();
  lab.on("engine", show);
  lab.on("frame", show);
  show();
}

/** @param {import("../lab.js").Lab} lab */
function sentence({ engine, wanted, slow, frame }) {
  const { state, loaded, total, sentence } = engine;
  const size = total > 0 ? `${(loaded / MB).toFixed(1)} of ${(total / MB).toFixed(1)} MB` : "";
  if (state === "failed") return "";
  if (state === "dropped") return `${wanted ? `${wanted.what} waits: the` : "The"} engine that trains is not here. ${sentence}`;
  if (slow) return "Still computing: on this device it takes long.";
  if (state === "here") return frame?.replayed ? "This is the recorded run; the engine that trains is here now." : "";
  const share = total > 0 ? `${Math.floor((100 * loaded) / total)} %` : "";
  if (wanted) return `${wanted.what}: starts when the engine is here${share && `, ${share}`}.`;
  const progress = size ? `: ${size}, ${share}` : "";
  const meanwhile = frame?.replayed ? " Until then: the recorded run." : "";
  if (total > 0 && loaded >= total) return `The engine that trains is loaded and starting.${meanwhile}`;
  return `The engine that trains is on its way${progress}.${meanwhile}`;
}
