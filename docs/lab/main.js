// The lab: brings the page's parts together.
import { pause } from "../javascripts/slices.js";
import { fromAddress, leftOut } from "./experiment.js";
import { Lab } from "./lab.js";
import { keepForOffline } from "./offline.js";
import { samplesOf } from "./samples.js";
import { shipped } from "./shipped.js";
import { bet } from "./views/bet.js";
import { capacity } from "./views/capacity.js";
import { allCharts } from "./views/chart.js";
import { controls } from "./views/controls.js";
import { directions } from "./views/directions.js";
import { element, say } from "./views/dom.js";
import { engine } from "./views/engine.js";
import { gates } from "./views/gates.js";
import { loss } from "./views/loss.js";
import { matrix } from "./views/matrix.js";
import { numbers } from "./views/numbers.js";
import { order } from "./views/order.js";
import { outcome } from "./views/outcome.js";
import { ownData } from "./views/own_data.js";
import { plane } from "./views/plane.js";
import { predictors } from "./views/predictors.js";
import { race } from "./views/race.js";
import { result } from "./views/result.js";
import { share } from "./views/share.js";
import { time } from "./views/time.js";
import { trouble } from "./views/trouble.js";

async function main() {
  const known = await shipped();
  const lab = new Lab(known, fromAddress(location.search, known));
  trouble(lab);
  for (const view of [engine, time, numbers, order, controls, matrix, plane, share, race, outcome, loss, bet, predictors]) view(lab);
  await pause();
  for (const view of [directions, capacity, gates, result, ownData]) view(lab);
  element("controls", HTMLFieldSetElement).disabled = false;
  lab.note(leftOut(location.search, known));
  await lab.open();
  // All that it may need, so that from here on it works without a network.
  await Promise.allSettled([allCharts(), ...known.tasks.map((task) => samplesOf(task, known.files))]);
  await keepForOffline();
}

/** @type {any} */ (globalThis).labRuns = true; // for start.js, which otherwise says that nothing came
main().catch(({ message }) => say(element("engine", HTMLElement), `The lab cannot start. ${message} Load the page again.`));
