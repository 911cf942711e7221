import assert from "node:assert/strict";
import { test } from "node:test";
import { Recording, recordedTimes } from "../../../../docs/lab/worker/recording.js";

const state = (step) => ({ step, loss: 0, accuracy: 0, parameters: {} });

test("recorded times begin at the start, end with the race and are dense early", () => {
  const times = recordedTimes(10000);
  assert.deepEqual([times[0], times.at(-1)], [0, 10000]);
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  assert.ok(gaps.every((gap) => gap > 0));
  assert.equal(gaps[0], 1);
  assert.ok(gaps.at(-1) > 500);
});

test("a run that stops where it likes is recorded at the same steps", () => {
  const visited = (strides) => {
    const recording = new Recording(400);
    recording.keep(state(0));
    for (let step = 0, i = 0; step < 900; i++) {
      step = Math.min(step + strides[i % strides.length], recording.next());
      recording.keep(state(step));
    }
    return recording.states.map(({ step }) => step).filter((step) => step < 900);
  };
  assert.deepEqual(visited([1]), visited([7, 50, 3]));
  assert.ok(visited([1]).includes(400));
  assert.ok(visited([1]).at(-1) > 800, "beyond its race a run is still recorded");
});

test("going on from a state forgets what came later", () => {
  const recording = new Recording(10);
  for (let step = 0; step <= 10; step++) recording.keep(state(step));
  recording.truncate(4);
  assert.equal(recording.states.at(-1).step, 4);
  assert.ok(recording.keep(state(recording.next())));
});
