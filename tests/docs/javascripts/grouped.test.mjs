import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped } from "../../../docs/javascripts/grouped.js";

test("a count is written as English writes it", () => {
  const counts = [0, 7, 999, 1000, 12345, 999999, 1e6, 1234567890, Number.MAX_SAFE_INTEGER];
  assert.deepEqual(counts.map(grouped), counts.map((count) => count.toLocaleString("en")));
});
