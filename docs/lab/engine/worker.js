// Trains the network in the background: gradient descent is the graph step.onnx, which
// onnxruntime-web runs in WebAssembly on one thread.
//
// Messages are objects with a `type`; the worker handles one after the other, in order.
//
//   to the worker                           from the worker
//   load                                    loaded
//   reset {x, labels, config}               state (at step 0)
//   play {until}                            state, again and again; the last has playing: false
//   pause                                   state with playing: false
//   step {count}                            state
//   getParameters                           parameters {step, w_in, b, w_out}
//   setParameters {step, w_in, b, w_out}    state
//   getOrthogonalGram                       orthogonalGram {gram}
//
// Whatever goes wrong is answered with error {message}: one sentence for the reader of the page.
// A diverging run stops, and keeps the parameters from before the steps that went wrong.
import { gram, start } from "./start.js";

// Long enough that what a call costs beside its steps hardly counts, short enough for a picture
// that moves and a pause button that answers.
const CALL_MS = 50;

/** @typedef {Omit<import("./start.js").StartConfig, "rank"> & {lr: number}} Config */

/**
 * Matrices are row-major; n samples, r dimensions of their span, d neurons.
 * @typedef {object} Parameters
 * @property {Float32Array} w_in (d, r), the part in the span of the samples
 * @property {Float32Array} b (d)
 * @property {Float32Array} w_out (2, d)
 */

/**
 * How training stands. Norms are those of the whole input space.
 * @typedef {object} State
 * @property {"state"} type
 * @property {number} step gradient-descent steps since the start
 * @property {boolean} playing
 * @property {number} loss mean cross-entropy in nats after `step` steps
 * @property {number} accuracy fraction of the samples that are right
 * @property {Float32Array} losses after each step since the last state; the last one is `loss`
 * @property {Float32Array} norm_in (d)
 * @property {Float32Array} norm_out (d)
 */

/** @typedef {{step: number} & Parameters} ParametersAtStep */

/**
 * What comes with each type of message: x is (n, r), coordinates in the span of the samples, and
 * labels (n) are 0 or 1.
 * @typedef {object} Requests
 * @property {{}} load
 * @property {{x: Float32Array, labels: ArrayLike<number>, config: Config}} reset
 * @property {{until: number}} play
 * @property {{}} pause
 * @property {{count: number}} step
 * @property {{}} getParameters
 * @property {ParametersAtStep} setParameters
 * @property {{}} getOrthogonalGram
 */

/** @type {typeof import("onnxruntime-web")} */
let ort;
/** @type {import("onnxruntime-web").InferenceSession} */
let session;

/** @type {Config} */
let config;
/** @type {import("./start.js").Start} */
let origin;
/** @type {Record<string, import("onnxruntime-web").Tensor>} The inputs of the next call. */
let feeds;
/** @type {Pick<State, "loss" | "accuracy" | "norm_in" | "norm_out">} */
let standing;
let stepsDone = 0;

let playing = false;
let until = 0;
let stepsPerCall = 1;

/** @type {{[Type in keyof Requests]: (request: Requests[Type]) => Promise<void> | void}} */
const answers = {
  async load() {
    ort = await import(new URL("../../assets/vendor/ort/ort.wasm.min.mjs", import.meta.url).href);
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    const graph = new URL("../../data/step.onnx", import.meta.url).href;
    session = await ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });
    postMessage({ type: "loaded" });
  },

  async reset({ x, labels, config: wanted }) {
    playing = false;
    checkConfig(wanted);
    config = wanted;
    const samples = labels.length;
    const rank = x.length / samples;
    const y = Array.from({ length: 2 * samples }, (_, i) => Number(labels[i >> 1] === i % 2));
    origin = start({ ...config, rank });
    feeds = {
      w_in: tensor(origin.w_in, [config.width, rank]),
      b: tensor(origin.b, [config.width]),
      w_out: tensor(origin.w_out, [2, config.width]),
      x: tensor(x, [samples, rank]),
      y: tensor(y, [samples, 2]),
      lr: tensor([config.lr], []),
    };
    stepsDone = 0;
    await train(0);
  },

  play(request) {
    until = request.until;
    playing = true;
    continueSoon();
  },

  pause() {
    playing = false;
    postState(new Float32Array());
  },

  step: ({ count }) => train(count),

  getParameters() {
    const { w_in, b, w_out } = feeds;
    const data = { w_in: w_in.data, b: b.data, w_out: w_out.data };
    postMessage({ type: "parameters", step: stepsDone, ...data });
  },

  async setParameters({ step, w_in, b, w_out }) {
    const replaced = Object.entries({ w_in, b, w_out }).map(([name, values]) => {
      const { dims, size } = feeds[name];
      if (values.length === size) return [name, tensor(values, dims)];
      throw new Error(`${name} has ${values.length} numbers, but needs ${size}.`);
    });
    feeds = { ...feeds, ...Object.fromEntries(replaced) };
    stepsDone = step;
    await train(0);
  },

  getOrthogonalGram() {
    postMessage({ type: "orthogonalGram", gram: gram(origin.orthogonal, config.width) });
  },
};

/** @param {Config} config */
function checkConfig({ seed, width, lr, init_scale }) {
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new Error(`seed is ${seed}, but must be a whole number from 0 to 2^32 - 1.`);
  }
  if (!(Number.isInteger(width) && width > 0)) {
    throw new Error(`width is ${width}, but must be a whole number of at least 1.`);
  }
  for (const [name, value] of Object.entries({ lr, init_scale })) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new Error(`${name} is ${value}, but must be a positive, finite number.`);
    }
  }
}

/**
 * @param {ArrayLike<number>} values
 * @param {readonly number[]} dims
 */
function tensor(values, dims) {
  return new ort.Tensor("float32", Float32Array.from(values), dims);
}

/**
 * Trains for `count` steps and posts where that leads.
 * @param {number} count
 */
async function train(count) {
  const steps = new ort.Tensor("int64", [BigInt(count)], []);
  const { w_in_next, b_next, w_out_next, ...seen } = await session.run({ ...feeds, steps });
  const losses = floats(seen.losses);
  const wrong = losses.findIndex((loss) => !Number.isFinite(loss));
  if (wrong >= 0) {
    throw new Error(
      `Training diverged: the loss is NaN or infinite at step ${stepsDone + wrong + 1} with the ` +
        `learning rate lr = ${config.lr}; choose a smaller lr.`,
    );
  }
  feeds = { ...feeds, w_in: w_in_next, b: b_next, w_out: w_out_next };
  stepsDone += count;
  standing = {
    loss: floats(seen.loss)[0],
    accuracy: floats(seen.accuracy)[0],
    norm_in: floats(seen.norm_in).map((norm, i) => Math.sqrt(norm ** 2 + origin.orthogonalNorms2[i])),
    norm_out: floats(seen.norm_out),
  };
  postState(losses);
}

/** @param {Float32Array} losses */
function postState(losses) {
  postMessage({ type: "state", step: stepsDone, playing, losses, ...standing });
}

/** @param {import("onnxruntime-web").Tensor} output */
function floats(output) {
  return /** @type {Float32Array} */ (output.data);
}

/** One call's worth of steps of a run that plays. */
async function advance() {
  if (!playing) return;
  const count = Math.max(0, Math.min(stepsPerCall, until - stepsDone));
  playing = stepsDone + count < until;
  const began = performance.now();
  await train(count);
  const fitting = Math.round((count * CALL_MS) / (performance.now() - began));
  stepsPerCall = Math.max(1, Math.min(fitting, 2 * stepsPerCall));
  if (playing) continueSoon();
}

// A message to oneself lets those of the page in between, and unlike a timer it is not delayed.
const toItself = new MessageChannel();
let willContinue = false;
toItself.port2.onmessage = () => {
  willContinue = false;
  enqueue(advance);
};

function continueSoon() {
  if (!willContinue) toItself.port1.postMessage(undefined);
  willContinue = true;
}

let queue = Promise.resolve();

/** @param {() => Promise<void> | void} task */
function enqueue(task) {
  queue = queue.then(task).catch((error) => {
    playing = false;
    postMessage({ type: "error", message: error.message });
  });
}

onmessage = ({ data: { type, ...request } }) => {
  const answer = answers[/** @type {keyof Requests} */ (type)];
  enqueue(() => answer(/** @type {any} */ (request)));
};
