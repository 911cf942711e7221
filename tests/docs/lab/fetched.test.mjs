import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";
import { fetched, fetchedJson, imported, inTime } from "../../../docs/lab/fetched.js";
import { heldOutOf, samplesOf } from "../../../docs/lab/samples.js";

const { fetch, setTimeout: wait } = globalThis;
const secure = Object.getOwnPropertyDescriptor(globalThis, "crypto");
afterEach(() => {
  Object.assign(globalThis, { fetch, setTimeout: wait });
  Object.defineProperty(globalThis, "crypto", secure);
});

/** What the server answers, whatever it is asked for; the waits of the lab take no time. */
function serve(content) {
  const asked = [];
  globalThis.setTimeout = (work, _, ...more) => wait(work, 0, ...more);
  globalThis.fetch = async (url) => {
    asked.push(url);
    return new Response(content);
  };
  return asked;
}

const expected = (content) => ({ bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") });

test("a web page in place of a file is one, whatever it begins with", async () => {
  for (const start of ["", "\n\t ", "\uFEFF", "\uFEFF\r\n"]) {
    serve(`${start}<!doctype html>`);
    const sentence = { message: "The server sent a web page in place of a.bin." };
    await assert.rejects(fetched("a.bin", expected("as many bytes as it should have, or others")), sentence);
    await assert.rejects(fetchedJson("a.bin"), sentence);
  }
});

test("a file that is the right one may begin as a web page does", async () => {
  const content = new Uint8Array([60, 33, 100, 111]);
  serve(content);
  assert.deepEqual(await fetched("a.bin", expected(content)), content);
});

test("nothing in place of a file is told", async () => {
  serve("");
  const sentence = { message: "The server sent nothing in place of a.json." };
  await assert.rejects(fetchedJson("a.json"), sentence);
  await assert.rejects(fetched("a.json", expected("something")), sentence);
});

test("a script that never comes is given up, with what can be seen of it", async () => {
  const never = new Promise(() => undefined);
  serve("export {};");
  await assert.rejects(inTime(never, "a.js"), { message: "a.js did not come." });
  serve("");
  await assert.rejects(inTime(never, "a.js"), { message: "The server sent nothing in place of a.js." });
});

test("a script that never ends to load is given up, too", async () => {
  serve("export {};");
  const never = "data:text/javascript,export const a = 1; await new Promise(() => undefined);";
  await assert.rejects(imported(never), { message: `${never} did not come.` });
});

test("samples that are no numbers are told where a browser has no digests", async () => {
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  for (const [at, wrong] of [NaN, Infinity].entries()) {
    const x = Float32Array.of(1, wrong);
    serve(x);
    const task = { name: `task ${at}`, x: "a.f32", labels: [0, 1] };
    const coming = samplesOf(task, { "data/lab/a.f32": { bytes: x.byteLength, sha256: "" } });
    await assert.rejects(coming, /^Error: data\/lab\/a\.f32 is damaged: not all that it holds are numbers\.$/);
  }
});

test("held-out samples that are not whole are not used", async () => {
  const whole = Int16Array.of(1, 2, 3, 4);
  const task = { x_held_out: "a.i16", unit_held_out: 0.5, labels_held_out: [0, 1] };
  const files = { "data/lab/a.i16": expected(new Uint8Array(whole.buffer)) };
  serve(whole);
  assert.deepEqual((await heldOutOf(task, files)).x, Float32Array.of(0.5, 1, 1.5, 2));
  for (const came of [whole.subarray(0, 2), Int16Array.of(1, 2, 3, 5), "<!doctype html>"]) {
    serve(came);
    assert.equal(await heldOutOf(task, files), undefined);
  }
});

test("a script that has come is not asked for again", async () => {
  const asked = serve("export {};");
  assert.equal(await inTime(Promise.resolve(3), "a.js"), 3);
  await new Promise((resolve) => wait(resolve, 20));
  assert.deepEqual(asked, []);
});
