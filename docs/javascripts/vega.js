// The one place that loads Vega: three scripts that leave globals, in the order they need.
import "../assets/vendor/vega/vega.min.js";
import "../assets/vendor/vega/vega-lite.min.js";
import "../assets/vendor/vega/vega-embed.min.js";

/** @type {typeof import("vega-embed").default} */
export default /** @type {any} */ (globalThis).vegaEmbed;
