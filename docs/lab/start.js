// The first script of the lab, no module on purpose: it also runs where modules do not. It starts the
// worker, which then comes beside the page's own module, and says it if that does not come at all.
(() => {
  const PATIENCE_MS = 20_000;

  /** @param {string} sentence */
  const tell = (sentence) => {
    const at = document.getElementById("engine");
    if (at && !(/** @type {any} */ (globalThis).labRuns)) at.textContent = sentence;
  };

  if (location.protocol === "file:") {
    addEventListener("DOMContentLoaded", () =>
      tell(
        "The lab does not run from a file: browsers allow its modules only from a web server. Run 'make serve' and open the address that it prints.",
      ),
    );
    return;
  }
  const source = /** @type {HTMLScriptElement} */ (document.currentScript).src;
  const worker = new Worker(new URL("worker.js", source), { type: "module" });
  worker.onerror = (event) => {
    event.preventDefault();
    Object.assign(worker, { failed: true });
  };
  Object.assign(globalThis, { labWorker: worker });
  // What the first press of Play shows: the worker then finds it in the browser's cache.
  if (!location.search) fetch(new URL("../data/lab/recording-0.bin", source)).catch(() => undefined);

  const late = setTimeout(
    () => tell("The lab's program is still on its way: the network is slow, or the server does not answer."),
    PATIENCE_MS,
  );
  // All scripts have come by then, or have failed.
  addEventListener("load", () => {
    clearTimeout(late);
    const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
    const missing = entries.find(({ name, responseStatus }) => /\.js$/.test(name) && responseStatus >= 400);
    const why = missing
      ? `The server answered ${missing.responseStatus} when asked for ${new URL(missing.name).pathname}.`
      : "A script did not come, or this browser is too old for it.";
    tell(`The lab's program could not be loaded. ${why} Load the page again.`);
  });
})();
