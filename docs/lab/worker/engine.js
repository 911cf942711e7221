// The engine: ONNX Runtime Web on one thread, and step.onnx, which is gradient descent itself.
import { address, Download, fault, fetched, imported } from "../fetched.js";

const ORT = "assets/vendor/ort/";
const RUNTIME = `${ORT}ort-wasm-simd-threaded.wasm`;
const SCRIPT = `${ORT}ort.wasm.min.js`;
const GLUE = `${ORT}ort-wasm-simd-threaded.js`; // which the script itself imports
const SMALLEST_MODULE = [0, 97, 115, 109, 1, 0, 0, 0];
const KEPT = "racing-engine"; // the browser keeps the runtime under this name

/** @typedef {Record<string, import("../fetched.js").Expected>} Files by path from the site's root */
/** @typedef {{ort: typeof import("onnxruntime-web"), step: import("onnxruntime-web").InferenceSession}} Engine */

/** The download, which a second call of `open` takes up again. @type {Download | undefined} */
let download;

/**
 * Gets the runtime and the graph. Fails with one sentence for the reader of the page.
 * @param {Files} files
 * @param {(loaded: number, total: number) => void} tell how far the download is, in bytes
 * @returns {Promise<Engine>}
 */
export async function open(files, tell) {
  refuseWithoutWebAssembly();
  const graph = fetched("data/lab/step.onnx", files["data/lab/step.onnx"]);
  graph.catch(() => undefined); // told where it is awaited
  const scripts = Promise.all([imported(SCRIPT, files[SCRIPT]), imported(GLUE, files[GLUE])]);
  scripts.catch(() => undefined);
  const module = await runtime(files, tell);
  const [ort] = await scripts;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { mjs: address(GLUE) };
  ort.env.logLevel = "fatal"; // the page itself says what fails
  const model = await graph;
  try {
    return { ort, step: await sessionOf(model, module, ort) };
  } catch (error) {
    if (isOutOfMemory(error)) throw new Error("The browser ran out of memory.");
    throw new Error(`The engine that trains could not be started: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * The library takes the runtime as bytes only, and would compile it once more: here it is given what
 * was compiled while the bytes came.
 * @param {Uint8Array} model @param {WebAssembly.Module} module @param {typeof import("onnxruntime-web")} ort
 */
async function sessionOf(model, module, ort) {
  const { instantiate } = WebAssembly;
  ort.env.wasm.wasmBinary = Uint8Array.from(SMALLEST_MODULE);
  WebAssembly.instantiate = /** @type {any} */ (
    async (/** @type {unknown} */ _, /** @type {WebAssembly.Imports} */ imports) => ({
      module,
      instance: await instantiate(module, imports),
    })
  );
  try {
    return await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

function refuseWithoutWebAssembly() {
  if (typeof WebAssembly === "undefined") throw new Error("This browser has no WebAssembly.");
  try {
    new WebAssembly.Module(Uint8Array.from(SMALLEST_MODULE));
  } catch {
    throw new Error(
      "The Content-Security-Policy of this server forbids WebAssembly: its script-src must allow 'wasm-unsafe-eval'.",
    );
  }
}

/** @param {unknown} error */
export function isOutOfMemory(error) {
  return error instanceof RangeError || /memory|allocat/i.test(String(error));
}

/**
 * The runtime, from where the browser keeps it or else from the server.
 * @param {Files} files @param {(loaded: number, total: number) => void} tell
 */
async function runtime(files, tell) {
  const sources = [`${RUNTIME}.gz`, RUNTIME].filter((path) => files[path] && (path === RUNTIME || canUnpack()));
  for (const path of sources) {
    const kept = await recall(path, files[path]);
    if (kept) return compiled(kept);
  }
  const path = sources.length > 1 && !(await isSentSmaller()) ? sources[0] : RUNTIME;
  const { bytes } = files[path];
  const early = new EarlyModule(path !== RUNTIME);
  download ??= new Download(path, files[path]);
  download.onProgress = (chunk, loaded) => {
    early.take(chunk, loaded);
    tell(loaded, bytes);
  };
  tell(download.loaded, bytes);
  const content = await download.bytes();
  download = undefined;
  void keep(path, files[path], content);
  return (await early.of(content)) ?? compiled(content);
}

/** Compiles the runtime while it comes. It is used only if all of it came in one piece, and was checked. */
class EarlyModule {
  #taken = 0;
  #writer;
  /** @type {Promise<WebAssembly.Module | undefined>} */
  #module = Promise.resolve(undefined);

  /** @param {boolean} packed by gzip */
  constructor(packed) {
    if (!WebAssembly.compileStreaming) return;
    /** @type {TransformStream<Uint8Array, Uint8Array>} */
    const { readable, writable } = new TransformStream();
    this.#writer = writable.getWriter();
    const plain = packed ? readable.pipeThrough(/** @type {any} */ (new DecompressionStream("gzip"))) : readable;
    const answer = new Response(/** @type {any} */ (plain), { headers: { "Content-Type": "application/wasm" } });
    this.#module = WebAssembly.compileStreaming(answer).catch(() => undefined);
  }

  /** @param {Uint8Array} chunk the latest @param {number} loaded bytes of the download with it */
  take(chunk, loaded) {
    this.#taken += chunk.length;
    // A download that began again, or before this, has other bytes here.
    if (this.#taken !== loaded) this.#taken = NaN;
    this.#writer?.write(chunk).catch(() => undefined);
  }

  /** @param {Uint8Array} content what came, checked; undefined where this is another one */
  async of(content) {
    if (this.#taken !== content.length) return void this.#writer?.abort().catch(() => undefined);
    this.#writer?.close().catch(() => undefined);
    return this.#module;
  }
}

const canUnpack = () => typeof DecompressionStream !== "undefined";

/** Whether the server compresses the runtime better than gzip does. */
async function isSentSmaller() {
  const answer = await fetch(address(RUNTIME), { method: "HEAD" }).catch(() => undefined);
  return /br|zstd/.test(answer?.headers.get("Content-Encoding") ?? "");
}

/** @param {Uint8Array} content perhaps packed by gzip */
async function compiled(content) {
  const bytes = /** @type {BufferSource} */ (content);
  if (content[0] === SMALLEST_MODULE[0]) return WebAssembly.compile(bytes);
  const packed = new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(packed).arrayBuffer());
}

/** @param {string} path @param {import("../fetched.js").Expected} expected */
const key = (path, expected) => `${address(path)}?sha256=${expected.sha256}`;

/**
 * What the browser has kept of this version; undefined where there is nothing, or no such place.
 * @param {string} path @param {import("../fetched.js").Expected} expected
 */
async function recall(path, expected) {
  try {
    const kept = await (await caches.open(KEPT)).match(key(path, expected));
    const content = kept && new Uint8Array(await kept.arrayBuffer());
    return content && !(await fault(content, path, expected)) ? content : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps this version and no other, where the browser lets it.
 * @param {string} path @param {import("../fetched.js").Expected} expected @param {Uint8Array} content
 */
async function keep(path, expected, content) {
  try {
    await caches.delete(KEPT);
    await (await caches.open(KEPT)).put(key(path, expected), new Response(/** @type {BodyInit} */ (content)));
  } catch {
    // Full, or forbidden: the next visit downloads it again.
  }
}
