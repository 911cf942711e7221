// By hand; against Python they are tested in the worker (tests/browser/test_lab_worker.py).
import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, merge, pruningCurve, strongestFirst } from "../../../../docs/lab/worker/capacity.js";
import { spearman } from "../../../../docs/lab/worker/prediction.js";
import { alignment, clusters, cosineMatrix, liveClusters, normProduct, votes } from "../../../../docs/lab/worker/neurons.js";

/** Two neurons along (1, 0), one twice the other; one along (0, 1); one that is 0. */
const NETWORK = {
  w_in: Float32Array.of(1, 0, 2, 0, 0, 1, 0, 0),
  b: new Float32Array(4),
  w_out: Float32Array.of(3, 6, 0, 0, 4, 8, 1, 0),
};

test("norm products count what lies outside the span", () => {
  assert.deepEqual([...normProduct(NETWORK, [0, 0, 3, 0])], [5, 20, 2, 0]);
});

test("total vectors that are multiples have cosine 1, and 0 has none with any", () => {
  const cosine = cosineMatrix(NETWORK, new Float64Array(16));
  assert.ok(Math.abs(cosine[1] - 1) < 1e-6);
  assert.deepEqual([cosine[3], cosine[15]], [0, 1]);
  assert.deepEqual([...clusters(cosine, 0.99)], [0, 0, 1, 2]);
});

test("a chain is one cluster, and the largest comes first", () => {
  const cosine = Float32Array.of(1, 0, 0, 0, 0, 1, 0.995, 0.5, 0, 0.995, 1, 0.995, 0, 0.5, 0.995, 1);
  assert.deepEqual([...clusters(cosine, 0.99)], [1, 0, 0, 0]);
});

test("a cluster that carries next to nothing is dead", () => {
  const live = liveClusters(Int32Array.of(0, 0, 1, 2), Float32Array.of(50, 50, 0.5, 30), 0.01);
  assert.deepEqual([...live], [0, 0, -1, 1]);
});

test("a neuron votes for the label of its larger outgoing weight", () => {
  assert.deepEqual([...votes(NETWORK.w_out)], [1, 1, 1, 0]);
});

test("alignment is the cosine with the mean direction of the group", () => {
  const aligned = alignment(NETWORK.w_in, [0, 0, 1, 0]);
  assert.deepEqual([...aligned], [1, 1, 1, 0]);
});

test("merging multiples of one direction leaves what the network does", () => {
  const merged = merge(NETWORK, Int32Array.of(0, 0, 1, -1));
  assert.equal(merged.b.length, 2);
  // Of (1, 0) the two did 1 (3, 4) + 2 (6, 8) = (15, 20).
  const [hidden] = merged.w_in;
  assert.ok(Math.abs(hidden * merged.w_out[0] - 15) < 1e-4);
  assert.ok(Math.abs(hidden * merged.w_out[2] - 20) < 1e-4);
});

test("keeping neurons keeps their columns", () => {
  const kept = keep(NETWORK, [2, 0]);
  assert.deepEqual([...kept.w_in], [0, 1, 1, 0]);
  assert.deepEqual([...kept.w_out], [0, 3, 1, 4]);
});

test("the pruning curve ends with the whole network", () => {
  const before = Float32Array.of(1, -1, 0, 0); // two neurons, two samples
  const curve = pruningCurve(before, Float32Array.of(2, 0, -2, 0), [0, 1], strongestFirst([5, 1]));
  assert.equal(curve.length, 3);
  assert.equal(curve[0].loss, Math.log(2));
  assert.ok(Math.abs(curve[2].loss - (Math.log1p(Math.exp(-4)) + Math.log(2)) / 2) < 1e-12);
});

test("rank correlation shares the ranks of equal values", () => {
  assert.equal(spearman([1, 2, 3], [10, 20, 30]), 1);
  assert.equal(spearman([1, 2, 3], [3, 2, 1]), -1);
  assert.ok(Math.abs(spearman([1, 2, 2, 4], [1, 2, 3, 4]) - Math.sqrt(0.9)) < 1e-12);
  assert.equal(spearman([1, 1], [1, 2]), 0);
});

test("what is no number has a rank, too, and does not hold the others up", () => {
  assert.ok(Number.isFinite(spearman([1, NaN, 3], [1, 2, NaN])));
});
