// A visitor's own data: the page's side of own_data_worker.js, which starts when it is first asked.

/** How much it may be, so that a browser trains on it at a pace that can be watched. */
export const LIMITS = { megabytes: 32, samples: 2000, inputs: 4096, numbers: 1_000_000 };

export class OwnData {
  /** @type {Worker | undefined} */
  #worker;
  #id = 0;
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void}>} */
  #open = new Map();

  /**
   * See own_data_worker.js for what it answers; fails with one sentence for the visitor.
   * @param {string} type
   * @param {object} request
   * @returns {Promise<any>}
   */
  ask(type, request = {}) {
    this.#worker ??= this.#start();
    const id = this.#id++;
    const answer = new Promise((resolve, reject) => this.#open.set(id, { resolve, reject }));
    this.#worker.postMessage({ ...request, id, type });
    return answer;
  }

  #start() {
    const worker = new Worker(new URL("own_data_worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data: { id, result, problem } }) => {
      const asked = this.#open.get(id);
      this.#open.delete(id);
      if (problem === undefined) asked?.resolve(result);
      else asked?.reject(new Error(problem));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      for (const { reject } of this.#open.values()) {
        reject(new Error("The part of the lab that reads files could not be started; load the page again."));
      }
      this.#open.clear();
    };
    return worker;
  }
}
