// The one door for the files of the site. A download that stalls is taken up again where it stopped;
// what has come is checked before anything uses it; what goes wrong is told in one sentence.
import { grouped } from "../javascripts/grouped.js";

const ROOT = new URL("../", import.meta.url);
const SILENCE_MS = 8000; // a download without a byte for so long has stalled
const TRIES = 3;
const PAUSE_MS = 1000; // between two tries

/** @typedef {{bytes: number, sha256: string}} Expected what a file must be */

/** The network failed: the same download may still succeed, and goes on where it stopped. */
export class Dropped extends Error {}

/** @param {string} path from the root of the site */
export const address = (path) => new URL(path, ROOT).href;

/**
 * A file of the site, whole and checked.
 * @param {string} path from the root of the site
 * @param {Expected} [expected] what is known of it
 */
export function fetched(path, expected) {
  return new Download(path, expected).bytes();
}

/**
 * A JSON file of the site.
 * @param {string} path from the root of the site
 * @param {Expected} [expected]
 */
export async function fetchedJson(path, expected) {
  return parsed(await fetched(path, expected), path);
}

/** What a JSON file says. @param {Uint8Array} content @param {string} path */
export function parsed(content, path) {
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch {
    throw new Error(noFile(content, path) ?? `${path} is damaged: it is no JSON.`);
  }
}

/**
 * A script of the site, as a module.
 * @param {string} path from the root of the site
 * @param {Expected} [expected]
 */
export async function imported(path, expected) {
  const coming = import(address(path)).catch(() => undefined); // what the browser says of it tells little
  const module = await inTime(coming, path);
  if (module && Object.keys(module).length > 0) return module;
  const unusable = `The browser does not take ${path} as a script: it is damaged, or the server gives it another type.`;
  throw new Error((await whyNot(path, expected)) ?? unusable);
}

/**
 * What keeps a script from being loaded; undefined where nothing is to be seen.
 * @param {string} path @param {Expected} [expected]
 */
export async function whyNot(path, expected) {
  try {
    return noFile(await fetched(path, expected), path);
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/**
 * What is to come of a script that has been asked for just now; fails as soon as it is clear that the
 * script does not come: an import, and a worker, would wait for ever.
 * @template Result
 * @param {Promise<Result>} coming
 * @param {string} path of the script
 */
export function inTime(coming, path) {
  let done = false;
  const end = () => {
    done = true;
  };
  coming.then(end, end);
  const overdue = async () => {
    await pause(SILENCE_MS);
    if (done) return coming;
    const why = await whyNot(path);
    if (!why) await pause(SILENCE_MS); // it can be had, perhaps slowly
    throw new Error(why ?? `${path} did not come.`);
  };
  return Promise.race([coming, overdue()]);
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One file on its way. */
export class Download {
  /** Bytes that have come. */
  loaded = 0;
  /** Hears of each chunk, and of the bytes that have come with it. @type {((chunk: Uint8Array, loaded: number) => void) | undefined} */
  onProgress;
  #path;
  #expected;
  /** @type {Uint8Array[]} */
  #chunks = [];
  /** The server compresses what it sends: a part of that is of no use. */
  #compressed = false;
  /** Past the browser's own cache, which may hold another version. */
  #anew = false;

  /**
   * @param {string} path from the root of the site
   * @param {Expected} [expected]
   */
  constructor(path, expected) {
    this.#path = path;
    this.#expected = expected;
  }

  /**
   * All of it, checked. After a failure it may be asked for again, and goes on where it stopped.
   * @returns {Promise<Uint8Array>}
   */
  async bytes() {
    for (let tries = 1; !this.#whole; tries++) {
      try {
        await this.#receive();
        break;
      } catch (error) {
        if (!(error instanceof Dropped) || tries === TRIES) throw error;
        await pause(PAUSE_MS);
      }
    }
    const content = new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (this.#chunks)).arrayBuffer());
    const wrong = this.#expected && (await fault(content, this.#path, this.#expected));
    if (!wrong) return content;
    this.#forget();
    if (this.#anew) throw new Error(wrong);
    this.#anew = true;
    return this.bytes();
  }

  get #whole() {
    return this.#expected !== undefined && this.loaded === this.#expected.bytes;
  }

  #forget() {
    this.#chunks = [];
    this.loaded = 0;
  }

  async #receive() {
    const silence = new AbortController();
    let watch = 0;
    const hear = () => {
      clearTimeout(watch);
      watch = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    if (this.#compressed) this.#forget();
    /** @type {RequestInit} */
    const request = { signal: silence.signal, cache: this.#anew ? "reload" : "default" };
    if (this.loaded > 0) request.headers = { Range: `bytes=${this.loaded}-` };
    hear();
    try {
      const answer = await fetch(address(this.#path), request);
      if (answer.status !== 206) this.#forget();
      if (!answer.ok) return this.#refused(answer.status);
      this.#compressed = answer.headers.has("Content-Encoding");
      await this.#read(answer, hear);
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Dropped(this.#stopped());
    } finally {
      clearTimeout(watch);
    }
  }

  /** @param {Response} answer @param {() => void} hear */
  async #read(answer, hear) {
    const reader = answer.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done || !value) return;
      hear();
      this.#chunks.push(value);
      this.loaded += value.length;
      this.onProgress?.(value, this.loaded);
    }
  }

  /** @param {number} status */
  #refused(status) {
    throw new Refused(`The server answered ${status} when asked for ${this.#path}.`);
  }

  #stopped() {
    if (this.loaded === 0) return `The server did not answer when asked for ${this.#path}.`;
    const whole = this.#expected ? ` of ${grouped(this.#expected.bytes)}` : "";
    return `The download of ${this.#path} stopped after ${grouped(this.loaded)}${whole} bytes.`;
  }
}

class Refused extends Error {}

/**
 * What is wrong with a file; undefined for nothing.
 * @param {Uint8Array} content @param {string} path @param {Expected} expected
 */
export async function fault(content, path, expected) {
  if (content.length !== expected.bytes) {
    const [came, whole] = [content.length, expected.bytes].map(grouped);
    return noFile(content, path) ?? `${path} came with ${came} bytes in place of ${whole}.`;
  }
  // Browsers have no digests on pages without https; there the length has to do.
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (content));
  const told = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (told === expected.sha256) return undefined;
  return noFile(content, path) ?? `${path} is damaged: it is not the file that this page was made with.`;
}

/** What came in place of a file of which nothing is known but that it is no web page. @param {Uint8Array} content @param {string} path */
function noFile(content, path) {
  const start = new TextDecoder().decode(content.subarray(0, 200)).trimStart();
  if (start.startsWith("<")) return `The server sent a web page in place of ${path}.`;
  return content.length === 0 ? `The server sent nothing in place of ${path}.` : undefined;
}
