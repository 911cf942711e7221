import assert from "node:assert/strict";
import { test } from "node:test";
import { lastRun } from "../../../docs/lab/last_run.js";

const RUN = {
  width: 300, init: "fan_in", init_scale: 0.01, lr: 0.1, optimizer: "descent", seed: 0, bias: true, ticket: [], steps: 400,
};

test("the last run is told by what it had in the place of what this one has", () => {
  assert.equal(lastRun(RUN, { ...RUN }), "last run (the same)");
  assert.equal(lastRun(RUN, { ...RUN, width: 40, seed: 3, steps: 9 }), "last run (width 300, seed 0)");
  assert.equal(lastRun({ ...RUN, ticket: [4, 9], bias: false }, RUN), "last run (without biases, 2 neurons alone)");
  assert.equal(lastRun(RUN, { ...RUN, init: "balanced", optimizer: "adam" }), "last run (by fan-in, gradient descent)");
});
