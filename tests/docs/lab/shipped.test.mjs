import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { shipped } from "../../../docs/lab/shipped.js";

const LAB = JSON.stringify({ tasks: [], files: { "a.f32": { bytes: 8 } } });
const BUILT = { "data/lab/lab.json": { bytes: LAB.length, sha256: createHash("sha256").update(LAB).digest("hex") } };

/** What the server answers when it is asked for either file, and for the first past the browser's cache. */
function serve(lab, built = JSON.stringify(BUILT), anew = lab) {
  globalThis.fetch = async (url, { cache }) =>
    new Response(url.endsWith("files.json") ? built : cache === "reload" ? anew : lab);
}

test("what comes is told, by path from the root of the site", async () => {
  serve(LAB);
  assert.deepEqual((await shipped()).files, { ...BUILT, "data/lab/a.f32": { bytes: 8 } });
});

test("what comes is what the page was made with, or is told", async () => {
  const other = LAB.replace("8", "9");
  serve(other);
  await assert.rejects(shipped(), /lab\.json is damaged: it is not the file that this page was made with\.$/);
  serve(LAB.slice(9));
  await assert.rejects(shipped(), /lab\.json came with \d+ bytes in place of \d+\.$/);
  for (const built of ["{}", "[]", "null", "3", '"text"']) {
    serve(LAB, built);
    await assert.rejects(shipped(), /files\.json is not what this page was made with\.$/);
  }
});

test("another version in the browser's cache does not stay there", async () => {
  serve(LAB.replace("8", "9"), JSON.stringify(BUILT), LAB);
  assert.equal((await shipped()).files["data/lab/a.f32"].bytes, 8);
});
