// The lab: brings the page's parts together.
import { element, say } from "./dom.js";
import { fromAddress } from "./experiment.js";
import { Lab } from "./lab.js";
import { race } from "./race.js";
import { time } from "./time.js";

const shipped = await (await fetch(new URL("../data/lab.json", import.meta.url))).json();
const lab = new Lab(shipped, fromAddress(location.search, shipped));

const trouble = element("trouble", HTMLElement);
lab.on("trouble", (sentence) => {
  trouble.hidden = sentence === "";
  say(trouble, sentence);
});
time(lab);
await race(lab);
await lab.open();
