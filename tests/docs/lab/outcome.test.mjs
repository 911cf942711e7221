import assert from "node:assert/strict";
import { test } from "node:test";
import { told } from "../../../docs/lab/views/outcome.js";

const votes = new Int32Array(40);
const said = (accuracy, losses, clusters) =>
  told(
    {
      frame: { accuracy, votes },
      experiment: { lr: 10, init_scale: 0.1 },
      samples: { labels: [0, 1, 1, 0] },
      points: losses.map((loss, step) => ({ step, loss, accuracy })),
    },
    clusters,
  );

test("a run that learns nothing says whether its steps were too large or too small", () => {
  // All gates are closed at the end: the loss is that of the start again.
  assert.match(said(0.5, [0.693, 4.2, 0.693], 3), /the learning rate 10 and .* are too large/);
  assert.match(said(0.52, [0.693, 0.692], 3), /too small or too few/);
});

test("a start from which nothing turns is told, a race is not", () => {
  assert.match(said(0.99, [0.7, 0.1], 40), /too large for a race/);
  assert.equal(said(0.99, [0.7, 0.1], 12), "");
});
