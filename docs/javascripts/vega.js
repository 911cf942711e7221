// What the figures take of Vega, in a file of its own, which comes with the first live figure.
import { View } from "vega";

// @ts-expect-error: the types leave it out.
export { Dataflow } from "vega";
export { loader, parse, Transform } from "vega";
export { expressionInterpreter } from "vega-interpreter";
export { Handler } from "vega-tooltip";

/** A view that knows what did not come: Vega itself only warns, and draws without it. */
export class WatchedView extends View {
  /** The address of a file that could not be had or read. @type {string | undefined} */
  lost;

  /** @param {string} url @param {object} format */
  async request(url, format) {
    const found = await /** @type {any} */ (View.prototype).request.call(this, url, format);
    if (found.status < 0) this.lost = url;
    return found;
  }
}
