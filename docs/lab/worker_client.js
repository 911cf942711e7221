// The page's side of the worker: asks questions, passes on what comes, and notices a dead worker.
import { inTime, whyNot } from "./fetched.js";

const WORKER = "lab/worker.js"; // from the root of the site
const SLOW_MS = 8000; // a run that plays sends 30 frames per second; a slow phone less often
const DEAD_MS = 60_000; // so long no device takes for anything

/** What goes wrong because of what the visitor chose: the lab itself still works. */
export class Diverged extends Error {}

/** The network failed: what was asked for can be asked for again. */
export class Dropped extends Error {}

/** The recorded run cannot go on. */
export class Unplayable extends Error {}

/** The worker cannot do what it is asked. */
export class Broken extends Error {}

/** The worker is gone. */
export class Dead extends Error {}

/** There has never been one. */
export class Unstarted extends Dead {}

/** By the kind that the worker tells. @type {Record<string, new (message: string) => Error>} */
const FAILURES = { diverged: Diverged, dropped: Dropped, unplayable: Unplayable, broken: Broken };

/**
 * @typedef {import("./worker/run.js").Frame} Frame
 * @typedef {{step: number, clusters: number, liveClusters: number, liveNeurons: number}} Structure
 * @typedef {object} Listener
 * @property {(frame: Frame, losses: Float32Array) => void} frame
 * @property {(structure: Structure) => void} structure
 * @property {(loaded: number, total: number) => void} progress of the engine's download, in bytes
 * @property {(slow: boolean) => void} slow an answer takes long, or has come after all
 * @property {(error: Error) => void} failure one that rejects no question's promise
 */

export class WorkerClient {
  #worker;
  #listener;
  #id = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void, patient: boolean}>} */
  #open = new Map();
  #watch = 0;
  #slow = false;
  #playing = false;
  #answered = false;
  #ended = new AbortController();

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#worker = startedEarly() ?? new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      void this.#fell();
    };
    if (/** @type {any} */ (this.#worker).failed) void this.#fell();
  }

  /**
   * Tells the worker what it needs to know, and begins to watch over it.
   * @param {object} known
   */
  async load(known) {
    const lock = `racing-lab ${crypto.randomUUID?.() ?? Math.random()}`;
    const loaded = this.ask("load", { ...known, lock }, true);
    inTime(loaded, WORKER).catch(({ message }) => this.#answered || this.#unstarted(message));
    if (!(await loaded)) return;
    // Free only when the worker has died: not every browser says so otherwise.
    navigator.locks?.request(lock, { signal: this.#ended.signal }, () => this.#died()).catch(() => undefined);
  }

  /**
   * Asks the worker; see worker.js for what it answers.
   * @param {string} type
   * @param {object} request
   * @param {boolean} patient whether the answer depends on the network, and may take minutes
   * @returns {Promise<any>}
   */
  ask(type, request = {}, patient = false) {
    if (this.#ended.signal.aborted) return Promise.reject(new Dead(GONE));
    const id = this.#id++;
    const answer = new Promise((resolve, reject) => this.#open.set(id, { resolve, reject, patient }));
    this.#worker.postMessage({ ...request, type, id });
    this.#expect();
    return answer;
  }

  /** Ends the worker: all that is still asked of it fails. */
  stop(error = new Dead(GONE)) {
    this.#ended.abort();
    clearTimeout(this.#watch);
    this.#worker.terminate();
    const waiting = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of waiting) reject(error);
  }

  /** @param {any} message */
  #hear({ type, id, result, kind, message, frame, losses, loaded, total, ...structure }) {
    this.#answered = true;
    if (this.#slow) this.#listener.slow((this.#slow = false));
    if (type === "frame") {
      this.#playing = frame.playing;
      this.#listener.frame(frame, losses);
    } else if (type === "structure") {
      this.#listener.structure(/** @type {any} */ (structure));
    } else if (type === "progress") {
      this.#listener.progress(loaded, total);
    } else if (type === "answer") {
      this.#open.get(id)?.resolve(result);
      this.#open.delete(id);
    } else {
      const error = new FAILURES[kind](message);
      const asked = this.#open.get(id);
      this.#open.delete(id);
      if (!asked?.patient) this.#playing = false;
      if (asked) asked.reject(error);
      else this.#listener.failure(error);
    }
    this.#expect();
  }

  /** Something must come before long, once the worker is there: first the visitor is told, then it is given up. */
  #expect() {
    clearTimeout(this.#watch);
    const busy = this.#playing || [...this.#open.values()].some(({ patient }) => !patient);
    if (!this.#answered || !busy || document.hidden) return;
    this.#watch = setTimeout(() => {
      this.#listener.slow((this.#slow = true));
      this.#watch = setTimeout(() => this.#died(), DEAD_MS - SLOW_MS);
    }, SLOW_MS);
  }

  #died() {
    this.#fail(new Dead(GONE));
  }

  /** The worker could not be loaded, or an error has escaped it. */
  async #fell() {
    if (this.#answered) return this.#died();
    this.#unstarted((await whyNot(WORKER)) ?? "Load the page again; perhaps a part of it did not come.");
  }

  /** @param {string} why */
  #unstarted(why) {
    this.#fail(new Unstarted(`The part of the lab that trains could not be started. ${why}`));
  }

  /** @param {Error} error */
  #fail(error) {
    if (this.#ended.signal.aborted) return;
    this.stop(error);
    this.#listener.failure(error);
  }
}

const GONE = "The part of the lab that trains no longer answers.";

/** The worker that start.js has started before any module was there; once. @returns {Worker | undefined} */
function startedEarly() {
  const early = /** @type {any} */ (globalThis).labWorker;
  /** @type {any} */ (globalThis).labWorker = undefined;
  return early;
}
