// Trains the network in the background, and computes what the page shows of it.
//
// Messages to the worker are {type, id, ...}; it handles one after the other, in order, and answers
// each with {type: "answer", id, result} or {type: "failure", id, kind, message}. Whenever the
// network has moved it posts {type: "frame", frame, losses}, and now and then, while it trains,
// {type: "structure", ...}: clusters take longer to find than a frame lasts.
import { logitsOf, lossAndAccuracy, pruningCurve, smaller, strongestFirst } from "./capacity.js";
import { Descent, forward, isOutOfMemory, load } from "./onnx_graphs.js";
import { alignment, largest, normProduct, votes } from "./neurons.js";
import { Recorded } from "./replay.js";
import { Run } from "./run.js";
import { decided, rankCorrelations } from "./prediction.js";
import { modes, preActivations } from "./theory.js";

// Long enough that the fixed cost of a call hardly counts; short enough for 30 frames per second and
// a Pause button that answers at once.
const CALL_MS = 25;
const STRUCTURE_MS = 100;
const STRUCTURE_SHARE = 0.08; // of the time, at most: large networks have theirs counted less often
const REPLAY_MS = 150; // a recorded state is shown

/** @type {Run} */
let run;
/** @type {Descent | Recorded} where the run's states come from */
let source;
/** @type {import("../experiment.js").Constants} */
let constants;
let replaying = false;
let until = 0;
let stepsPerCall = 1;
let stepsPerSecond = Infinity;
let structureDue = 0;

/** The run goes wrong because of what the visitor chose, not because the lab is broken. */
class Diverged extends Error {}

/** @type {Record<string, (request: any) => any>} */
const answers = {
  /** Gets what training needs, or with {replay: true} the recorded run instead. */
  async load({ replay, constants: shipped }) {
    replaying = replay;
    constants = shipped;
    if (!replay) await load();
  },

  /** A new experiment, at step 0. */
  async reset({ run: number, x, labels, config, kept, plane, stepsPerSecond: speed = Infinity }) {
    const next = new Run(x, labels, config, kept, constants);
    next.number = number;
    next.plane = plane;
    const origin = replaying ? await Recorded.open(next) : new Descent(x, labels, config, next.origin);
    run = next;
    source = origin;
    stepsPerCall = 1;
    stepsPerSecond = speed;
    await train(0);
    postStructure();
    return { width: run.width };
  },

  play(request) {
    until = request.until;
    goOn();
    run.playing = true;
    continueSoon();
  },

  pause: stop,

  async step({ count }) {
    goOn();
    await train(count);
    postStructure();
  },

  speed(request) {
    stepsPerSecond = request.stepsPerSecond;
  },

  show({ index }) {
    run.show(index);
    stop();
  },

  plane({ plane }) {
    run.plane = plane;
    postFrame();
  },

  /** Cosines ordered by cluster as bytes, -1 as 0 and 1 as 255; see also `Structure`. */
  matrix() {
    const { cosine, labels, live } = run.structure();
    const norms = normProduct(run.current.parameters, run.restNorms2);
    const order = strongestFirst(norms).sort((a, b) => labels[a] - labels[b]);
    const bytes = new Uint8Array(run.width ** 2);
    order.forEach((i, row) => {
      order.forEach((j, column) => {
        bytes[row * run.width + column] = Math.round(127.5 * (1 + cosine[i * run.width + j]));
      });
    });
    return { step: run.current.step, bytes, order, labels, ...count(labels, live) };
  },

  /** How strongly each sample passes a neuron's gate (n), at the shown time. */
  gates({ neuron }) {
    const { w_in, b } = run.current.parameters;
    const one = { w_in: w_in.subarray(neuron * run.rank, (neuron + 1) * run.rank), b: b.subarray(neuron, neuron + 1) };
    return preActivations(/** @type {any} */ (one), run.x, run.labels.length);
  },

  /** What the theory predicts of each neuron at step 0, its bet, and how well that fits the sizes now. */
  prediction() {
    const { parameters } = run.recording.states[0];
    const found = modes(parameters, run.x, run.labels, run.config.bias);
    const theory = strongestFirst(found.growing.map(Math.abs)).slice(0, constants.picks);
    return { ...found, theory, correlations: rankCorrelations(run, found) };
  },

  /** When the loss dropped, and how large each neuron was then; null while it has not. */
  decided: () => decided(run),

  /** The network with its `kept` strongest neurons (null: all), merged where cosines exceed `threshold` (null: not). */
  async smaller({ kept, threshold }) {
    const network = smaller(run, kept, threshold);
    const logits = await (replaying ? logitsOf : forward)(network, run.x, run.labels.length);
    return { neurons: network.b.length, ...lossAndAccuracy(logits, run.labels) };
  },

  /** Loss and accuracy with 0, 1, ... d neurons kept, and the neurons, the strongest first. */
  pruning() {
    const { parameters } = run.current;
    const order = strongestFirst(normProduct(parameters, run.restNorms2));
    const before = preActivations(parameters, run.x, run.labels.length);
    return { order, curve: pruningCurve(before, parameters.w_out, run.labels, order) };
  },

  /** The parameters of the smaller network, for a file. */
  parameters({ kept, threshold }) {
    return { rank: run.rank, ...smaller(run, kept, threshold) };
  },

  /** Every neuron at every recorded time, for a file. */
  trajectory() {
    const groups = run.groups();
    return run.recording.states.map(({ step, loss, accuracy, parameters }) => ({
      step,
      loss,
      accuracy,
      norm_product: normProduct(parameters, run.restNorms2),
      aligned: alignment(parameters.w_in, groups),
      votes: votes(parameters.w_out),
    }));
  },

  /** The parameters as they are, for the drawing of two inputs. */
  weights() {
    return { step: run.current.step, ...run.current.parameters };
  },
};

/** @param {Int32Array} labels @param {Int32Array} live */
function count(labels, live) {
  return {
    clusters: 1 + largest(labels),
    liveClusters: 1 + largest(live),
    liveNeurons: live.filter((label) => label >= 0).length,
  };
}

/** From a recorded state that is not the latest, training goes on as if nothing had come after. */
function goOn() {
  if (!run.isBack) return;
  run.goOn();
  source.restart(run.current.parameters, run.current.step);
}

/** Takes `count` steps and posts where they lead. @param {number} count */
async function train(count) {
  const from = run.current.step;
  const { losses, wrong, ...state } = await source.advance(count);
  if (wrong >= 0) {
    throw new Diverged(
      `Training diverged at step ${from + wrong + 1}: the learning rate ${run.config.lr} is too ` +
        "large for this start; choose a smaller one.",
    );
  }
  run.arrive(from + losses.length, state);
  postFrame(losses);
}

/** @param {ArrayLike<number>} losses after each step since the last frame */
function postFrame(losses = []) {
  const frame = run.frame();
  const { norm_product, aligned, xy, votes: voted } = frame;
  const transfer = [norm_product, aligned, xy, voted].map(({ buffer }) => buffer);
  postMessage({ type: "frame", frame, losses }, { transfer: /** @type {ArrayBuffer[]} */ (transfer) });
}

function postStructure() {
  const began = performance.now();
  const { labels, live } = run.structure();
  postMessage({ type: "structure", step: run.current.step, ...count(labels, live) });
  const now = performance.now();
  structureDue = now + Math.max(STRUCTURE_MS, (now - began) / STRUCTURE_SHARE);
}

/** One call's worth of steps of a run that plays. */
async function advance() {
  if (!run.playing) return;
  const began = performance.now();
  const { step } = run.current;
  const wanted = Math.max(1, Math.round((stepsPerSecond * CALL_MS) / 1000));
  const end = run.nextEnd();
  const steps = Math.min(stepsPerCall, wanted, Math.min(until, end, run.recording.next()) - step);
  if (steps <= 0) return stop();
  await train(steps);
  if (run.current.step >= end) run.finish();
  const fitting = Math.round((steps * CALL_MS) / (performance.now() - began));
  stepsPerCall = Math.max(1, Math.min(fitting, 2 * stepsPerCall, 500));
  // The recorded run does not go beyond its end.
  if (run.current.step >= until || run.current.step === step) return stop();
  if (began > structureDue) postStructure();
  const pace = replaying ? REPLAY_MS : (1000 * steps) / stepsPerSecond;
  const ahead = pace - (performance.now() - began);
  if (ahead > 1) setTimeout(continueSoon, ahead);
  else continueSoon();
}

function stop() {
  run.playing = false;
  postFrame();
  postStructure();
}

// A message to oneself lets those of the page in between, and unlike a timer it is not delayed.
const toItself = new MessageChannel();
let willContinue = false;
toItself.port2.onmessage = () => {
  willContinue = false;
  enqueue(advance, undefined);
};

function continueSoon() {
  if (!willContinue) toItself.port1.postMessage(undefined);
  willContinue = true;
}

let queue = Promise.resolve();

/** @param {() => any} task @param {number | undefined} id */
function enqueue(task, id) {
  queue = queue.then(async () => {
    try {
      const result = await task();
      if (id !== undefined) postMessage({ type: "answer", id, result });
    } catch (error) {
      if (run) run.playing = false;
      postMessage({ type: "failure", id, ...explained(/** @type {Error} */ (error)) });
    }
  });
}

/** @param {Error} error */
function explained(error) {
  if (isOutOfMemory(error)) return { kind: "broken", message: "The browser ran out of memory." };
  if (error instanceof Diverged) return { kind: "diverged", message: error.message };
  return { kind: "broken", message: error.message };
}

onmessage = ({ data: { type, id, ...request } }) => enqueue(() => answers[type](request), id);
