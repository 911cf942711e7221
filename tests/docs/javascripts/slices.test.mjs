import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, Transform, View } from "vega";
import { runInSlices } from "../../../docs/javascripts/slices.js";

const rows = Array.from({ length: 60 }, (_, i) => ({ x: i % 6, y: (i * 7) % 11, line: i % 10 }));
const scale = (name, range) => ({ name, domain: { data: "rows", field: name }, range });
const spec = {
  data: [{ name: "rows", values: rows }],
  scales: [scale("x", [0, 100]), scale("y", [100, 0])],
  marks: [
    {
      type: "group",
      from: { facet: { name: "own", data: "rows", groupby: "line" } },
      marks: [
        {
          type: "line",
          from: { data: "own" },
          encode: { update: { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } } },
        },
      ],
    },
  ],
};

test("others have their turn while a figure is computed, and it is the same figure", async (t) => {
  const { run } = Transform.prototype;
  let clock = 0;
  t.mock.method(performance, "now", () => (clock += 4)); // ms, for each transform
  const view = new View(parse(spec));
  let turns = 0;
  const other = setInterval(() => turns++);
  await runInSlices(view, Transform);
  clearInterval(other);
  assert.ok(turns > 5, `${turns} turns`);
  assert.equal(Transform.prototype.run, run);
  assert.equal(await view.toSVG(), await new View(parse(spec)).toSVG());
});

test("a figure that cannot be computed leaves the others as they were", async () => {
  const { run } = Transform.prototype;
  const failing = { runAsync: () => Promise.reject(new Error("no data")) };
  await assert.rejects(runInSlices(failing, Transform), /no data/);
  assert.equal(Transform.prototype.run, run);
});
