import assert from "node:assert/strict";
import { test } from "node:test";
import { Parts } from "../../../../docs/lab/worker/replay.js";

test("a part of the recording that did not come is asked for again, one that came is not", async () => {
  const answers = [new Response("", { status: 404 }), new Response("part")];
  globalThis.fetch = async () => answers.shift();
  const parts = new Parts([{ file: "a.bin" }], {});
  await assert.rejects(parts.content(0), /404/);
  const content = await parts.content(0);
  assert.equal(content.byteLength, 4);
  assert.equal(await parts.content(0), content);
});
