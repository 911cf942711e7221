// The lab: brings the page's parts together.
import { bet } from "./bet.js";
import { controls } from "./controls.js";
import { element, say } from "./dom.js";
import { fromAddress } from "./experiment.js";
import { Lab } from "./lab.js";
import { matrix } from "./matrix.js";
import { plane } from "./plane.js";
import { race } from "./race.js";
import { result } from "./result.js";
import { samplesOf } from "./samples.js";
import { share } from "./share.js";
import { time } from "./time.js";
import { watch } from "./watch.js";

// A function, since the page counts as loaded only when its modules are done.
async function main() {
  const shipped = await (await fetch(new URL("../data/lab/lab.json", import.meta.url))).json();
  const lab = new Lab(shipped, fromAddress(location.search, shipped));
  const trouble = element("trouble", HTMLElement);
  lab.on("trouble", (sentence) => {
    trouble.hidden = sentence === "";
    say(trouble, sentence);
  });
  time(lab);
  controls(lab);
  matrix(lab);
  plane(lab);
  share(lab);
  await race(lab);
  await bet(lab);
  await watch(lab);
  await result(lab);
  // All that it may need, so that from here on it works without a network.
  await Promise.allSettled(shipped.tasks.map(samplesOf));
  await lab.open();
}

void main();
