// Run by tests/browser/test_lab_worker.py, which writes what numpy draws into the file named by REFERENCE.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { RandomState } from "../../../../docs/lab/worker/random_state.js";

const { draws } = JSON.parse(readFileSync(process.env.REFERENCE, "utf8"));

for (const { seed, parts, orders } of draws) {
  test(`seed ${seed} draws what numpy draws`, () => {
    const random = new RandomState(seed);
    let same = 0;
    let count = 0;
    for (const expected of parts) {
      const drawn = random.standardNormal(expected.length);
      assert.equal(drawn.length, expected.length);
      drawn.forEach((value, i) => {
        // Math.log may differ from the C library's in its last bit; nothing else may.
        const error = Math.abs(value - expected[i]);
        assert.ok(error <= 2 * Number.EPSILON * Math.abs(expected[i]), `${value}, ${expected[i]}`);
      });
      same += drawn.filter((value, i) => value === expected[i]).length;
      count += drawn.length;
    }
    assert.ok(same > 0.9 * count, `only ${same} of ${count} are the same to the last bit`);
    // From where the numbers above have left the generator.
    for (const expected of orders) assert.deepEqual([...random.permutation(expected.length)], expected);
  });
}
