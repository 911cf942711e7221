// Share and keep: the state in the address, files to download, the same run in Python.
import { button, element, say } from "./dom.js";
import { command, OPTIMIZERS } from "../experiment.js";
import { fetched } from "../fetched.js";
import { withParameters } from "../onnx_file.js";

const GRAPH = "data/lab/forward.onnx";
const ADDRESS_MS = 500; // browsers limit how often an address may change

/** @param {import("../lab.js").Lab} lab */
export function share(lab) {
  keepIcon().catch(() => undefined);
  followAddress(lab);
  const state = element("share-state", HTMLElement);
  /** @param {string} text @param {string} what */
  const copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
      say(state, `${what} copied.`);
    } catch {
      say(state, `This browser does not let the page copy. ${what}: ${text}`);
    }
  };
  button("copy-link").onclick = () => copy(lab.address(), lab.task.own ? "The link, which cannot hold your file, is" : "The link is");
  button("copy-command").onclick = () =>
    copy(element("command", HTMLElement).textContent ?? "", "The command is");
  offerTrajectory(lab, state);
  offerNetwork(lab, state);
}

/** Keeps the address and the command at what is shown. @param {import("../lab.js").Lab} lab */
function followAddress(lab) {
  let waiting = 0;
  const show = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (lab.playing) return;
      history.replaceState(null, "", lab.address());
      const { experiment, task } = lab;
      showCommand(command(experiment, task) ??
        "The command line trains whole starts on the tasks' own samples: of this run, download the trajectory.");
    }, ADDRESS_MS);
  };
  lab.on("experiment", show);
  lab.on("still", show);
  lab.on("frame", (frame) => {
    if (!frame.playing) show();
  });
}

/** An option stays in one line with its value. @param {string} text */
function showCommand(text) {
  const code = element("command", HTMLElement);
  if (code.textContent === text) return;
  const parts = text.split(/ (?=--)/).map((part) => {
    const option = document.createElement("span");
    option.textContent = part;
    return option;
  });
  code.replaceChildren(...parts.flatMap((part, i) => (i > 0 ? [" ", part] : [part])));
}

/** @param {import("../lab.js").Lab} lab @param {HTMLElement} state */
function offerTrajectory(lab, state) {
  button("get-csv").onclick = async () => {
    const states = await lab.ask("trajectory");
    if (!states) return;
    const lines = ["step,loss,accuracy,neuron,norm_product,cosine,vote"];
    for (const at of states) {
      at.norm_product.forEach((/** @type {number} */ size, /** @type {number} */ neuron) =>
        lines.push([at.step, at.loss, at.accuracy, neuron, size, at.aligned[neuron], at.votes[neuron]].map(plain).join(",")),
      );
    }
    download(new Blob([lines.join("\n"), "\n"], { type: "text/csv" }), "race.csv", state);
  };
  button("get-json").onclick = async () => {
    const states = await lab.ask("trajectory");
    if (!states) return;
    const lists = (/** @type {string} */ _, /** @type {any} */ value) =>
      ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value), plain) : value;
    const text = JSON.stringify({ experiment: lab.experiment, states: states.map(rounded) }, lists);
    download(new Blob([text], { type: "application/json" }), "race.json", state);
  };
}

/** What single precision knows of a number: 0.47, and not 0.4699999988. @param {number} value */
const plain = (value) => Number(value.toPrecision(7));

/** @param {{loss: number, accuracy: number}} state */
const rounded = (state) => ({ ...state, loss: plain(state.loss), accuracy: plain(state.accuracy) });

/** @param {import("../lab.js").Lab} lab @param {HTMLElement} state */
function offerNetwork(lab, state) {
  button("get-onnx").onclick = async () => {
    const { own } = lab.task;
    const network = await lab.ask("parameters", { ...lab.smaller, whole: own !== undefined });
    if (!network) return;
    const graph = await fetched(GRAPH, lab.shipped.files[GRAPH]).catch(({ message }) => say(state, message));
    if (!graph) return;
    const { w_in, b } = own ? await own.fold(network.w_in, network.b) : network;
    const width = b.length;
    const parameters = {
      w_in: { dims: [width, w_in.length / width], data: w_in },
      b: { dims: [width], data: b },
      w_out: { dims: [2, width], data: network.w_out },
    };
    const file = withParameters(graph, parameters, described(lab));
    download(file, "race.onnx", state);
  };
}

/** What the names in the file mean. @param {import("../lab.js").Lab} lab */
function described({ task, experiment, frame }) {
  const { own, inputs, rank } = task;
  const groups = [task.group_a, task.group_b].map((labels) => labels.join(" + "));
  return {
    x: own
      ? `(n, ${inputs}): samples as in ${task.task}, in its units; "inputs" names them`
      : `(n, ${rank}): samples as coordinates in the span of the training samples, which the lab ships`,
    ...(own && { inputs: JSON.stringify(own.names) }),
    logits: `(n, 2), in nats: the first for ${groups[0]}, the second for ${groups[1]}; softmax makes them probabilities`,
    hidden: "(n, d): activations of the neurons, the strongest first",
    groups: JSON.stringify([task.group_a, task.group_b]),
    training: `${frame?.step ?? 0} steps of ${OPTIMIZERS[experiment.optimizer].label}, learning rate ${experiment.lr}, initialization ${experiment.init} x ${experiment.init_scale}, seed ${experiment.seed}`,
  };
}

/** Chromium asks for the icon again whenever the address changes; offline that would be an error. */
async function keepIcon() {
  const link = document.querySelector('link[rel="icon"]');
  if (!(link instanceof HTMLLinkElement)) return;
  const reader = new FileReader();
  reader.onload = () => (link.href = String(reader.result));
  reader.readAsDataURL(await (await fetch(link.href)).blob());
}

/** @param {Blob} blob @param {string} name @param {HTMLElement} state */
function download(blob, name, state) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  say(state, `${name} is downloaded.`);
}
