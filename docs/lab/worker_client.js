// The page's side of the worker: asks questions, passes on what comes, and notices a dead worker.

const SILENCE_MS = 8000; // a run that plays sends 30 frames per second; a slow phone less often

/** What goes wrong because of what the visitor chose: the lab itself still works. */
export class Diverged extends Error {}

/** The worker cannot train (any more). */
export class Broken extends Error {}

/**
 * @typedef {import("./worker/run.js").Frame} Frame
 * @typedef {{step: number, clusters: number, liveClusters: number, liveNeurons: number}} Structure
 * @typedef {object} Listener
 * @property {(frame: Frame, losses: Float32Array) => void} frame
 * @property {(structure: Structure) => void} structure
 * @property {(error: Error) => void} failure one that rejects no question's promise
 */

export class WorkerClient {
  #worker;
  #listener;
  #id = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  #open = new Map();
  #watch = 0;
  #playing = false;
  #loaded = false;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#worker = new Worker(new URL("worker/worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Broken("The part of the lab that trains could not be started or has died."));
    };
  }

  /**
   * Asks the worker; see worker/worker.js for what it answers.
   * @param {string} type
   * @param {object} request
   * @returns {Promise<any>}
   */
  ask(type, request = {}) {
    const id = this.#id++;
    const answer = new Promise((resolve, reject) => this.#open.set(id, { resolve, reject }));
    this.#worker.postMessage({ ...request, type, id });
    this.#expect();
    return answer;
  }

  stop() {
    clearTimeout(this.#watch);
    this.#worker.terminate();
  }

  /** @param {any} message */
  #hear({ type, id, result, kind, message, frame, losses, ...structure }) {
    clearTimeout(this.#watch);
    this.#loaded = true;
    if (type === "frame") {
      this.#playing = frame.playing;
      this.#listener.frame(frame, losses);
    } else if (type === "structure") {
      this.#listener.structure(/** @type {any} */ (structure));
    } else if (type === "answer") {
      this.#open.get(id)?.resolve(result);
      this.#open.delete(id);
    } else {
      this.#playing = false;
      const error = kind === "diverged" ? new Diverged(message) : new Broken(message);
      const asked = this.#open.get(id);
      this.#open.delete(id);
      if (asked) asked.reject(error);
      else this.#listener.failure(error);
    }
    if (this.#playing || this.#open.size > 0) this.#expect();
  }

  /**
   * Something must come before long, or the worker is gone: not every browser says so. Until the
   * worker has answered for the first time it waits for the network, which may take minutes.
   */
  #expect() {
    clearTimeout(this.#watch);
    if (!this.#loaded || document.hidden) return;
    this.#watch = setTimeout(
      () => this.#fail(new Broken("The part of the lab that trains no longer answers.")),
      SILENCE_MS,
    );
  }

  /** @param {Error} error */
  #fail(error) {
    this.stop();
    for (const { reject } of this.#open.values()) reject(error);
    if (this.#open.size === 0) this.#listener.failure(error);
    this.#open.clear();
  }
}
