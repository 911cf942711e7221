// Trains the network in the background, and computes what the page shows of it.
//
// Messages to the worker are {type, id, ...}. It answers each with {type: "answer", id, result} or
// {type: "failure", id, kind, message}: those of `answers` one after the other, in order, those of
// `errands` whenever they are done. Whenever the network has moved it posts {type: "frame", frame,
// losses}; now and then, while it trains, {type: "structure", ...}, since clusters take longer to find
// than a frame lasts; and while the engine is on its way {type: "progress", loaded, total}, in bytes.
import { allCoordinates, logitsOf, lossAndAccuracy, pruningCurve, smaller, strongestFirst } from "./worker/capacity.js";
import { Descent } from "./worker/descent.js";
import { open } from "./worker/engine.js";
import { Dropped } from "./fetched.js";
import { alignment, largest, normProduct, votes } from "./worker/neurons.js";
import { isOptimised, Optimised } from "./worker/optimised.js";
import { Parts, Replay } from "./worker/replay.js";
import { Run } from "./worker/run.js";
import { decided, rankCorrelations, spearman } from "./worker/prediction.js";
import { modes, preActivations } from "./worker/theory.js";
import { Tickets } from "./worker/tickets.js";

// Long enough that the fixed cost of a call hardly counts; short enough for 30 frames per second and
// a Pause button that answers at once.
const CALL_MS = 25;
const STRUCTURE_MS = 100;
const STRUCTURE_SHARE = 0.08; // of the time, at most: large networks have theirs counted less often
const REPLAY_MS = 150; // a recorded state is shown
const PAUSE_MS = 200; // from the start of a run to its first structure

/** @type {Run} */
let run;
/** Where the run's states come from, from its first step on. @type {Descent | Optimised | Replay | undefined} */
let source;
/** @type {import("./experiment.js").Constants} */
let constants;
/** @type {import("./worker/engine.js").Files} */
let files;
/** @type {import("./worker/engine.js").Engine | undefined} */
let engine;
/** @type {Parts} the recording of the article's run */
let parts;
let until = 0;
let stepsPerCall = 1;
let stepsPerSecond = Infinity;
let structureDue = 0;
/** @type {Tickets} */
let tickets;

/** The run goes wrong because of what the visitor chose, not because the lab is broken. */
class Diverged extends Error {}

/** The recording stops where a part of it cannot be had. */
class Unplayable extends Error {}

/** What takes as long as the network does. @type {Record<string, (request: any) => Promise<void>>} */
const errands = {
  /** Gets what training needs. */
  async engine() {
    engine ??= await open(files, (loaded, total) => postMessage({ type: "progress", loaded, total }));
  },

  /** Gets what the first seconds of the recording show. */
  async recording() {
    await parts.content(0);
    await parts.content(1);
  },
};

/** @type {Record<string, (request: any) => any>} */
const answers = {
  /**
   * What the page knows of its files, and what Python and the browser must agree on. Answers whether
   * from now on the worker holds a lock, which is free again when it has died.
   */
  async load({ constants: shipped, files: known, recording, lock }) {
    constants = shipped;
    files = known;
    parts = new Parts(recording, files);
    return hold(lock);
  },

  /** A new experiment, at step 0; without `x` its samples come later. */
  reset({ run: number, x, labels, config, kept, plane, stepsPerSecond: speed = Infinity }) {
    const next = new Run(x ?? new Float32Array(), labels, config, kept, constants);
    next.number = number;
    next.plane = plane;
    run = next;
    source = undefined;
    stepsPerCall = 1;
    stepsPerSecond = speed;
    run.arrive(0, { ...(x ? judged(next.origin) : parts.start), parameters: next.origin });
    postFrame();
    // The first takes long, since the inner products of the whole input space come with it: a visitor who
    // has pressed Play meanwhile does not wait for it.
    setTimeout(() => enqueue(() => run === next && !run.playing && postStructure(), undefined), PAUSE_MS);
    return { width: run.width };
  },

  /** The samples of a run that stands without them. */
  samples({ x }) {
    run.x = x;
  },

  /** Trains; with `replay` a run that has not begun is the recorded one. */
  play(request) {
    until = request.until;
    begin(request.replay);
    run.playing = true;
    continueSoon();
  },

  pause: stop,

  /** So many steps; of the recorded run, to its next state. */
  async step({ count, replay }) {
    begin(replay);
    if (source instanceof Replay) return answers.play({ until: run.current.step + count, replay });
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

  /** The rank correlation of the sizes now with those at the drop; null while it has not dropped. */
  order() {
    const then = decided(run);
    return then && spearman([...then.sizes], [...normProduct(run.current.parameters, run.restNorms2)]);
  },

  /** The network with its `kept` strongest neurons (null: all), merged where cosines exceed `threshold` (null: not). */
  smaller({ kept, threshold }) {
    const network = smaller(run, kept, threshold);
    return { neurons: network.b.length, ...judged(network) };
  },

  /** Loss and accuracy with 0, 1, ... d neurons kept, and the neurons, the strongest first. */
  pruning() {
    const { parameters } = run.current;
    const order = strongestFirst(normProduct(parameters, run.restNorms2));
    const before = preActivations(parameters, run.x, run.labels.length);
    return { order, curve: pruningCurve(before, parameters.w_out, run.labels, order) };
  },

  /** The parameters of the smaller network, for a file; `whole`: with all coordinates of w_in, and not only the span's. */
  parameters({ kept, threshold, whole }) {
    const network = { rank: run.rank, ...smaller(run, kept, threshold) };
    return whole ? { ...network, w_in: allCoordinates(run, network, kept, threshold) } : network;
  },

  /** Draws tickets of the run's neurons `kept`, to be trained as far as it has come: see tickets.js. Needs the engine. */
  tickets({ kept, heldOut }) {
    tickets = new Tickets(run, kept, heldOut, trainer);
    return tickets.start();
  },

  /** Trains them for a moment: the points that their curves have got; none when all have arrived. */
  async ticketsGoOn() {
    const points = [];
    const end = performance.now() + CALL_MS;
    do {
      const point = await tickets.next();
      if (!point) break;
      points.push(point);
    } while (performance.now() < end);
    return points;
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

/**
 * Whether the lock is held now, for as long as the worker lives: a browser that keeps nothing of a site
 * may refuse it.
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function hold(name) {
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(false);
    const held = navigator.locks.request(name, () => {
      resolve(true);
      return new Promise(() => undefined);
    });
    held.catch(() => resolve(false));
  });
}

/** @param {Int32Array} labels @param {Int32Array} live */
function count(labels, live) {
  return {
    clusters: 1 + largest(labels),
    liveClusters: 1 + largest(live),
    liveNeurons: live.filter((label) => label >= 0).length,
  };
}

/** Loss and accuracy of a network on the run's samples. @param {import("./worker/neurons.js").Parameters} network */
function judged(network) {
  return lossAndAccuracy(logitsOf(network, run.x, run.labels.length), run.labels);
}

/**
 * Before the run moves: from a recorded state that is not the latest it goes on as if nothing had
 * come after.
 * @param {boolean} replay
 */
function begin(replay) {
  if (run.isBack) {
    run.goOn();
    source?.restart(run.current.parameters, run.current.step, run.current.memory);
  }
  if (source) return;
  run.replayed = replay;
  if (replay) source = new Replay(parts, run.origin);
  else source = trainer(run);
}

/** What trains a run. @param {Run} any */
function trainer(any) {
  if (!engine) throw new Error("The engine that trains is not here yet.");
  return isOptimised(any.config) ? new Optimised(engine, any) : new Descent(engine, any);
}

/** Takes `count` steps and posts where they lead. @param {number} count */
async function train(count) {
  const from = run.current.step;
  const { losses, wrong, ...state } = await /** @type {Descent | Optimised | Replay} */ (source).advance(count);
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
  if (!run.playing || !source) return;
  const coming = source.comes();
  if (coming) {
    // Waits beside the queue: the visitor may pause, or do something else, meanwhile.
    coming.then(continueSoon, ({ message }) => {
      enqueue(() => {
        stop();
        throw new Unplayable(`The recorded run stops here. ${message}`);
      }, undefined);
    });
    return;
  }
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
  const pace = run.replayed ? REPLAY_MS : (1000 * steps) / stepsPerSecond;
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
  queue = queue.then(() =>
    answer(async () => {
      try {
        return await task();
      } catch (error) {
        if (run) run.playing = false;
        throw error;
      }
    }, id),
  );
}

/** @param {() => any} task @param {number | undefined} id */
async function answer(task, id) {
  try {
    const result = await task();
    if (id !== undefined) postMessage({ type: "answer", id, result });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    postMessage({ type: "failure", id, kind: kindOf(error), message });
  }
}

/** What follows for the page: see worker_client.js. @param {unknown} error */
function kindOf(error) {
  if (error instanceof Dropped) return "dropped";
  if (error instanceof Diverged) return "diverged";
  if (error instanceof Unplayable) return "unplayable";
  return "broken";
}

onmessage = ({ data: { type, id, ...request } }) => {
  if (type in errands) void answer(() => errands[type](request), id);
  else enqueue(() => answers[type](request), id);
};
