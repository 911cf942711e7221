// Measures every page of the built site with Lighthouse: node audit.mjs SITE
//
// Desktop: performance, accessibility, best practices and SEO; mobile: performance.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const DESKTOP = { performance: 97, accessibility: 97, "best-practices": 97, seo: 97 };
const MOBILE = { performance: 95 };
const SHIFT = 0.02;
const ATTEMPTS = 5;
const TYPES = {
  ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript",
  ".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm",
  ".woff2": "font/woff2", ".xml": "application/xml", ".png": "image/png", ".txt": "text/plain",
};
const [site] = process.argv.slice(2);

/** Serves the site as a host would: compressed, to be kept. */
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  let file = join(site, path);
  try {
    if (statSync(file).isDirectory()) file = join(file, "index.html");
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    const headers = { "Content-Type": type, "Cache-Control": "max-age=31536000" };
    const small = /text|json|svg|xml|javascript/.test(type);
    if (small) headers["Content-Encoding"] = "gzip";
    const body = readFileSync(file);
    response.writeHead(200, headers).end(small ? gzipSync(body) : body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const home = `http://127.0.0.1:${server.address().port}/`;
const pages = readdirSync(site, { recursive: true })
  .filter((file) => file.endsWith("index.html"))
  .map((file) => file.slice(0, -"index.html".length))
  .sort();

const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });
const failures = [];

/**
 * One Lighthouse run, and up to ATTEMPTS for a page that misses a limit: a score is the machine's as
 * well as the page's, and falls while anything else uses it.
 */
async function measure(page, config, limits, device) {
  const flags = { port: chrome.port, onlyCategories: Object.keys(limits), logLevel: "error" };
  for (let attempt = 1; ; attempt++) {
    const { lhr } = await lighthouse(home + page, flags, config);
    const scores = Object.keys(limits).map((id) => [id, Math.round(lhr.categories[id].score * 100)]);
    const missed = scores.filter(([id, score]) => score < limits[id]);
    const shift = lhr.audits["cumulative-layout-shift"]?.numericValue ?? 0;
    if ((missed.length > 0 || shift > SHIFT) && attempt < ATTEMPTS) continue;
    const bytes = Math.round((lhr.audits["total-byte-weight"]?.numericValue ?? 0) / 1000);
    console.log(
      `lighthouse ${device} /${page}: ${scores.map((score) => score.join(" ")).join(", ")}` +
        `; shift ${shift.toFixed(3)}, ${bytes} kB` +
        (attempt > 1 ? ` (attempt ${attempt})` : ""),
    );
    if (shift > SHIFT) failures.push(`/${page} ${device}: it shifts by ${shift.toFixed(3)}, not at most ${SHIFT}`);
    for (const [id, score] of missed) {
      const weak = lhr.categories[id].auditRefs
        .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
        .filter((audit) => audit.weight > 0 && audit.score !== null && audit.score < 0.9)
        .map((audit) => `${audit.title}${audit.displayValue ? ` (${audit.displayValue})` : ""}`);
      failures.push(`/${page} ${device}: ${id} is ${score}, not ${limits[id]}: ${weak.join("; ")}`);
    }
    return;
  }
}

for (const page of pages) {
  await measure(page, desktopConfig, DESKTOP, "desktop");
  await measure(page, undefined, MOBILE, "mobile");
}
await chrome.kill();
server.close();
for (const failure of failures) console.error(failure);
console.log(`${failures.length ? "The pages miss" : "All pages keep"} the limits.`);
process.exit(failures.length ? 1 : 0);
