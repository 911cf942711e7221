// Run by tests/browser/test_lab_worker.py, which writes racing_core's networks into the file named by
// REFERENCE.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gram, start } from "../../../../docs/lab/worker/initial_network.js";

const { starts } = JSON.parse(readFileSync(process.env.REFERENCE, "utf8"));

function assertClose(actual, expected) {
  assert.equal(actual.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) <= 1e-14 * largest, `${value}, ${expected[i]} at ${i}`);
  });
}

for (const { config, w_in, b, w_out, orthogonal, norms2, products } of starts) {
  test(`start ${JSON.stringify(config)} is racing_core's`, () => {
    const network = start(config);
    assertClose(network.w_in, w_in);
    assertClose(network.b, b);
    assertClose(network.w_out, w_out);
    assertClose(network.orthogonal, orthogonal);
    assertClose(network.orthogonalNorms2, norms2);
    assertClose(gram(network.orthogonal, config.width), products);
  });
}

test("what begins again is drawn once, and nothing else shares it", () => {
  const [{ config }] = starts;
  const network = start({ ...config });
  assert.equal(start({ ...config }), network);
  for (const change of [{ seed: config.seed + 1 }, { width: config.width + 1 }, { init_scale: 2 * config.init_scale }]) {
    const other = start({ ...config, ...change });
    assert.notDeepEqual(other.w_in, network.w_in);
  }
});
