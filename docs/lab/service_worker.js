// Keeps the lab for visits without a network. While there is a network all comes from there, and the
// newest copy is kept; the engine is kept by worker/engine.js.

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const KEPT = "racing-lab";
const ROOT = new URL("../", scope.location.href);
const LISTS = ["assets/lab/files.json", "data/lab/lab.json"];
const ENGINE = /\.wasm(\.gz)?$/; // and not ort.wasm.min.js, the script beside it
const PATIENCE_MS = 3000; // then the copy of the page that is kept has to do

/** Whether the latest page is a copy: all that it asks for is one, too, so that versions do not mix. */
let pageIsKept = false;

scope.addEventListener("install", (event) => event.waitUntil(fill()));
scope.addEventListener("fetch", (event) => {
  const { method, url, headers } = event.request;
  const engine = ENGINE.test(new URL(url).pathname);
  const ours = method === "GET" && url.startsWith(ROOT.href) && !engine && !headers.has("Range");
  if (ours) event.respondWith(answer(event.request));
});

/** @param {string} path from the root of the site */
const address = (path) => new URL(path, ROOT).href;

/** Everything that the lab may ask for. */
async function fill() {
  const cache = await caches.open(KEPT);
  await cache.addAll(LISTS.map(address));
  const [built, { files }] = await Promise.all(
    LISTS.map(async (path) => (await cache.match(address(path)))?.json()),
  );
  const paths = [...Object.keys(built), ...Object.keys(files).map((name) => `data/lab/${name}`)];
  const wanted = paths.filter((path) => !ENGINE.test(path)).map((path) => path.replace(/index\.html$/, ""));
  await cache.addAll(wanted.map(address));
}

/** @param {Request} request */
async function answer(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  const isPage = request.mode === "navigate";
  if (kept && pageIsKept && !isPage) return kept;
  const fresh = fetch(request).then(async (found) => {
    // What an address asks for is the same page.
    if (found.ok) await cache.put(request.url.replace(/[?#].*/, ""), found.clone());
    return found;
  });
  const late = new Promise((resolve) => isPage && setTimeout(resolve, PATIENCE_MS, kept));
  const found = (await Promise.race([fresh, late]).catch(() => kept)) ?? (await fresh);
  if (isPage) pageIsKept = found === kept;
  return found;
}
