import assert from "node:assert/strict";
import { test } from "node:test";
import { labels } from "../../../docs/lab/views/labels.js";

const PHONE = { cosine: 1.43 / 240, decades: 8 / 210 };
const DESK = { cosine: 1.43 / 740, decades: 8 / 340 };
const ring = (neuron, by, shared, norm_product) => ({ neuron, by, shared, norm_product });
const said = (rings, pixel) => labels(rings, pixel).map(({ label, neuron }) => [neuron, label]);

test("labels that would write over each other become one, of two lines", () => {
  const rings = [ring(84, "theory", 0, 3e-5), ring(120, "you", 0.2, 2e-5), ring(3, "you", 0.25, 8e-6)];
  assert.deepEqual(said(rings, PHONE), [[84, "you 120, 3 · theory 84"]]);
});

test("where there is room, each stands by itself", () => {
  const rings = [ring(84, "theory", -0.1, 3e-5), ring(120, "you", 0.3, 3e-5), ring(3, "you", 0.3, 1e-7)];
  assert.equal(said(rings, DESK).length, 3);
  assert.equal(said(rings, PHONE).length, 2); // the first two share a line
});

test("a label that has become longer is compared again", () => {
  const rings = [ring(1, "you", 0, 1e-3), ring(3, "you", 0, 10 ** -3.6), ring(2, "theory", 0.02, 1e-3)];
  const pixel = { cosine: 0.01, decades: 0.03 };
  assert.equal(said(rings.slice(0, 2), pixel).length, 2);
  assert.deepEqual(said(rings, pixel), [[1, "you 1, 3 · theory 2"]]);
});
