// The lab: brings the page's parts together.
import { fromAddress } from "./experiment.js";
import { Lab } from "./lab.js";
import { samplesOf } from "./samples.js";
import { bet } from "./views/bet.js";
import { capacity } from "./views/capacity.js";
import { controls } from "./views/controls.js";
import { directions } from "./views/directions.js";
import { element, say } from "./views/dom.js";
import { gates } from "./views/gates.js";
import { loss } from "./views/loss.js";
import { matrix } from "./views/matrix.js";
import { numbers } from "./views/numbers.js";
import { plane } from "./views/plane.js";
import { predictors } from "./views/predictors.js";
import { race } from "./views/race.js";
import { result } from "./views/result.js";
import { share } from "./views/share.js";
import { time } from "./views/time.js";

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
  numbers(lab);
  controls(lab);
  matrix(lab);
  plane(lab);
  share(lab);
  await race(lab);
  await loss(lab);
  bet(lab);
  await predictors(lab);
  await directions(lab);
  await capacity(lab);
  await gates(lab);
  await result(lab);
  // All that it may need, so that from here on it works without a network.
  await Promise.allSettled(shipped.tasks.map(samplesOf));
  await lab.open();
}

void main();
