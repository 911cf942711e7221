import assert from "node:assert/strict";
import { test } from "node:test";
import * as vega from "vega";
import { runInSlices } from "../../../docs/javascripts/slices.js";

const rows = Array.from({ length: 60 }, (_, i) => ({ x: i % 6, y: (i * 7) % 11, line: i % 10 }));
const scale = (name, range) => ({ name, domain: { data: "rows", field: name }, range });
const spec = {
  width: 200,
  height: 100,
  autosize: "fit", // so that all is computed once more when the labels are there
  signals: [{ name: "ink", value: "black" }],
  axes: [
    { scale: "x", orient: "bottom" },
    { scale: "y", orient: "left" },
  ],
  data: [{ name: "rows", values: rows }],
  scales: [scale("x", "width"), scale("y", "height")],
  marks: [
    {
      type: "group",
      from: { facet: { name: "own", data: "rows", groupby: "line" } },
      marks: [
        {
          type: "line",
          from: { data: "own" },
          encode: {
            update: {
              x: { scale: "x", field: "x" },
              y: { scale: "y", field: "y" },
              stroke: { signal: "ink" },
            },
          },
        },
      ],
    },
  ],
};

/** The most transforms that are run before others have their turn, and the picture at the end. */
async function drawn(run) {
  const view = new vega.View(vega.parse(spec));
  let [now, most] = [0, 0];
  const counted = { ...vega.Transform.prototype };
  vega.Transform.prototype.run = function (pulse) {
    if (pulse.dataflow === view) most = Math.max(most, ++now);
    return counted.run.call(this, pulse);
  };
  const other = setInterval(() => (now = 0));
  await run(view);
  clearInterval(other);
  vega.Transform.prototype.run = counted.run;
  return { most, picture: await view.toSVG() };
}

test("others have their turn while a figure is computed, and it is the same figure", async (t) => {
  let clock = 0;
  t.mock.method(performance, "now", () => (clock += 4)); // ms, for each transform
  const atOnce = await drawn((view) => view.runAsync());
  const sliced = await drawn((view) => runInSlices(view, vega));
  assert.ok(sliced.picture === atOnce.picture, "another picture");
  assert.ok(8 * sliced.most < atOnce.most, `${sliced.most} transforms at once, not ${atOnce.most}`);
  const afterwards = await drawn((view) => view.runAsync());
  assert.equal(afterwards.most, atOnce.most);
});

test("two are drawn beside each other, and what changes one meanwhile is not lost", async () => {
  const views = [1, 2].map(() => new vega.View(vega.parse(spec)));
  const drawings = views.map((view) => runInSlices(view, vega));
  const changed = views[0].signal("ink", "red").runAsync();
  await Promise.all([...drawings, changed]);
  const [red, black] = await Promise.all(views.map((view) => view.toSVG()));
  const { picture } = await drawn((view) => view.runAsync());
  assert.ok(black === picture, "another picture");
  assert.ok(red === picture.replaceAll("black", "red"), "another picture in red");
});
