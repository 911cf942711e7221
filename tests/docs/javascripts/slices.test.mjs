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

/** How often others have their turn while a view of the spec is run, and its picture. */
async function drawn(run) {
  const view = new View(parse(spec));
  let turns = 0;
  const other = setInterval(() => turns++);
  await run(view);
  clearInterval(other);
  return { turns, picture: await view.toSVG() };
}

test("others have their turn while a figure is computed, and it is the same figure", async (t) => {
  let clock = 0;
  t.mock.method(performance, "now", () => (clock += 4)); // ms, for each transform
  const atOnce = await drawn((view) => view.runAsync());
  // Another is drawn beside it, as the charts of the lab are.
  const [sliced, beside] = await Promise.all([1, 2].map(() => drawn((view) => runInSlices(view, Transform))));
  assert.equal(sliced.picture, atOnce.picture);
  assert.equal(beside.picture, atOnce.picture);
  assert.ok(sliced.turns > 5, `${sliced.turns} turns`);
  assert.ok(beside.turns > 5, `${beside.turns} turns`);
  const afterwards = await drawn((view) => view.runAsync());
  assert.equal(afterwards.turns, atOnce.turns);
});
