// onnxruntime-web's WebAssembly build on one thread, and the two graphs that it runs: step.onnx,
// which is gradient descent itself, and forward.onnx, the network.

const ROOT = new URL("../../", import.meta.url);

// In nats; an untrained network has 0.7. NaN is not below this either.
const DIVERGED = 1000;

/** @type {typeof import("onnxruntime-web")} */
let ort;
/** @type {import("onnxruntime-web").InferenceSession} */
let stepGraph;
/** @type {import("onnxruntime-web").InferenceSession} */
let forwardGraph;

/** Gets the runtime and the graphs. Fails with one sentence for the reader of the page. */
export async function load() {
  if (typeof WebAssembly === "undefined") throw new Error("This browser has no WebAssembly.");
  const runtime = "assets/vendor/ort/ort-wasm-simd-threaded.wasm";
  const wasm = await bytes(runtime);
  if (String.fromCharCode(...wasm.subarray(1, 4)) !== "asm") {
    throw new Error(`The server sent something else in place of ${runtime}.`);
  }
  ort = await import(new URL("assets/vendor/ort/ort.wasm.min.js", ROOT).href);
  ort.env.wasm.wasmPaths = { mjs: new URL("assets/vendor/ort/ort-wasm-simd-threaded.js", ROOT).href };
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = wasm;
  ort.env.logLevel = "fatal"; // the page itself says what fails
  stepGraph = await session("data/lab/step.onnx");
  forwardGraph = await session("data/lab/forward.onnx");
  ort.env.wasm.wasmBinary = undefined;
}

/** @param {string} path */
async function bytes(path) {
  const answer = await fetch(new URL(path, ROOT)).catch(() => undefined);
  if (!answer) throw new Error(`The server did not answer when asked for ${path}.`);
  if (!answer.ok) throw new Error(`The server answered ${answer.status} when asked for ${path}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** @param {string} path */
async function session(path) {
  const graph = await bytes(path);
  try {
    return await ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });
  } catch (error) {
    if (isOutOfMemory(error)) throw error;
    throw new Error(`The model ${path} is damaged.`);
  }
}

/** @param {unknown} error */
export function isOutOfMemory(error) {
  return error instanceof RangeError || /memory|allocat/i.test(String(error));
}

/** Gradient descent on one network. */
export class Descent {
  /** @type {Record<string, import("onnxruntime-web").Tensor>} The inputs of the next call. */
  #feeds;

  /**
   * @param {Float32Array} x (n, r)
   * @param {ArrayLike<number>} labels (n)
   * @param {{lr: number, bias: boolean}} config
   * @param {import("./neurons.js").Parameters} parameters
   */
  constructor(x, labels, config, parameters) {
    const samples = labels.length;
    const y = Float32Array.from({ length: 2 * samples }, (_, i) => +(labels[i >> 1] === i % 2));
    this.#feeds = {
      x: tensor(x, [samples, x.length / samples]),
      y: tensor(y, [samples, 2]),
      lr: tensor([config.lr], []),
      bias_on: tensor([Number(config.bias)], []),
    };
    this.restart(parameters);
  }

  /** Goes on from these parameters. @param {import("./neurons.js").Parameters} parameters */
  restart({ w_in, b, w_out }) {
    const width = b.length;
    this.#feeds.w_in = tensor(w_in, [width, w_in.length / width]);
    this.#feeds.b = tensor(b, [width]);
    this.#feeds.w_out = tensor(w_out, [2, width]);
  }

  /**
   * Takes `count` steps. Parameters that come out of a diverging call are not kept.
   * @param {number} count
   */
  async advance(count) {
    const steps = new ort.Tensor("int64", [BigInt(count)], []);
    const out = await stepGraph.run({ ...this.#feeds, steps });
    const losses = floats(out.losses);
    const wrong = losses.findIndex((loss) => !(loss < DIVERGED));
    if (wrong < 0) {
      this.#feeds.w_in = out.w_in_next;
      this.#feeds.b = out.b_next;
      this.#feeds.w_out = out.w_out_next;
    }
    const loss = floats(out.loss)[0];
    const parameters = {
      w_in: floats(out.w_in_next),
      b: floats(out.b_next),
      w_out: floats(out.w_out_next),
    };
    return { losses, wrong, loss, accuracy: floats(out.accuracy)[0], parameters };
  }
}

/**
 * Logits (n, 2) of a network.
 * @param {import("./neurons.js").Parameters} parameters
 * @param {Float32Array} x (n, r)
 * @param {number} samples n
 */
export async function forward({ w_in, b, w_out }, x, samples) {
  const rank = x.length / samples;
  const feeds = {
    x: tensor(x, [samples, rank]),
    w_in: tensor(w_in, [b.length, rank]),
    b: tensor(b, [b.length]),
    w_out: tensor(w_out, [2, b.length]),
  };
  const { logits } = await forwardGraph.run(feeds, ["logits"]); // and not the hidden activations
  return floats(logits);
}

/**
 * @param {ArrayLike<number>} values
 * @param {readonly number[]} dims
 */
function tensor(values, dims) {
  return new ort.Tensor("float32", Float32Array.from(values), dims);
}

/** @param {import("onnxruntime-web").Tensor} output */
function floats(output) {
  return /** @type {Float32Array} */ (output.data);
}
