import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";
import { fetched, fetchedJson, inTime } from "../../../docs/lab/fetched.js";

const { fetch, setTimeout: wait } = globalThis;
afterEach(() => Object.assign(globalThis, { fetch, setTimeout: wait }));

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

test("a script that has come is not asked for again", async () => {
  const asked = serve("export {};");
  assert.equal(await inTime(Promise.resolve(3), "a.js"), 3);
  await new Promise((resolve) => wait(resolve, 20));
  assert.deepEqual(asked, []);
});
