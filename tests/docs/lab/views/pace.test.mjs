import assert from "node:assert/strict";
import { test } from "node:test";
import { latest, onChange } from "../../../../docs/lab/views/pace.js";

test("calls that come while one runs become one more", async () => {
  const open = [];
  const work = latest(() => new Promise((resolve) => open.push(resolve)));
  const first = work();
  void work();
  void work();
  assert.equal(open.length, 1);
  open[0]();
  await new Promise(setImmediate);
  assert.equal(open.length, 2);
  open[1]();
  await first;
  assert.equal(open.length, 2);
});

test("work that fails does not block what comes after", async () => {
  let calls = 0;
  const work = latest(async () => {
    if (calls++ === 0) throw new Error("once");
  });
  await assert.rejects(work());
  await work();
  assert.equal(calls, 2);
});

test("a run that plays is drawn now and then, one that stands at once", () => {
  let listener;
  const drawn = [];
  onChange({ on: (_, heard) => (listener = heard) }, ({ step }) => drawn.push(step), 1e6);
  for (const step of [1, 2, 3]) listener({ step, playing: true });
  listener({ step: 4, playing: false });
  assert.equal(drawn.at(-1), 4);
  assert.ok(drawn.length <= 2);
});
