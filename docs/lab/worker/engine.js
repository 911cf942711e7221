// The engine: ONNX Runtime Web on one thread, and step.onnx, which is gradient descent itself.
import { address, Download, fault, fetched, imported } from "../fetched.js";

const ORT = "assets/vendor/ort/";
const RUNTIME = `${ORT}ort-wasm-simd-threaded.wasm`;
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
  const scripts = Promise.all([imported(`${ORT}ort.wasm.min.js`), imported(GLUE)]);
  scripts.catch(() => undefined);
  const wasm = await runtime(files, tell);
  const [ort] = await scripts;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { mjs: address(GLUE) };
  ort.env.wasm.wasmBinary = wasm;
  ort.env.logLevel = "fatal"; // the page itself says what fails
  const model = await graph;
  try {
    const step = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    ort.env.wasm.wasmBinary = undefined;
    return { ort, step };
  } catch (error) {
    if (isOutOfMemory(error)) throw new Error("The browser ran out of memory.");
    throw new Error(`The engine that trains could not be started: ${/** @type {Error} */ (error).message}`);
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
    if (kept) return unpacked(kept);
  }
  const path = sources.length > 1 && !(await isSentSmaller()) ? sources[0] : RUNTIME;
  const { bytes } = files[path];
  download ??= new Download(path, files[path], () => tell(download?.loaded ?? 0, bytes));
  tell(download.loaded, bytes);
  const content = await download.bytes();
  download = undefined;
  void keep(path, files[path], content);
  return unpacked(content);
}

const canUnpack = () => typeof DecompressionStream !== "undefined";

/** Whether the server compresses the runtime better than gzip does. */
async function isSentSmaller() {
  const answer = await fetch(address(RUNTIME), { method: "HEAD" }).catch(() => undefined);
  return /br|zstd/.test(answer?.headers.get("Content-Encoding") ?? "");
}

/** What was gzip, unpacked. @param {Uint8Array} content */
async function unpacked(content) {
  if (content[0] === 0) return content; // WebAssembly begins with a 0
  const packed = new Blob([/** @type {BlobPart} */ (content)]).stream();
  return new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
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
