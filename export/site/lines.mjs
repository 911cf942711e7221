// Draws a chart's lines when the site is built. On stdin are two Vega specs in a list: a live view's,
// and the same of one width and with its data put in. On stdout is the first, with a path per line.
// Vega runs a dataflow per line: with hundreds of lines the page did not answer for 0.2 seconds.
import { readFileSync } from "node:fs";
import { Marks, parse, View } from "vega";

// px. A power of two, so that no rounding puts the end of a line stretched to another width beyond
// the axis: Vega would make the chart smaller.
const WIDTH = 1024;

const [spec, drawn] = JSON.parse(readFileSync(0, "utf8"));
const view = await new View(parse({ ...drawn, width: WIDTH, autosize: "pad" })).runAsync();
const fixed = spec.marks.filter(areFixedLines);
const taken = fixed.map(({ from }) => from.facet.data);
spec.marks = spec.marks.map((mark) => (fixed.includes(mark) ? asPaths(mark) : mark));
for (const scale of spec.scales)
  if (taken.some((name) => reads(scale.domain, name))) scale.domain = view.scale(scale.name).domain();
for (const data of spec.data.toReversed()) {
  const others = spec.data.filter((one) => one !== data);
  if (!reads({ ...spec, data: others }, data.name)) spec.data = others;
}
process.stdout.write(JSON.stringify(spec));

/** Whether a mark is a line per group of rows, and nothing that the reader chooses moves them. */
function areFixedLines({ from, marks }) {
  if (!from?.facet || marks.length > 1 || marks[0].type !== "line") return false;
  const { x, y, defined } = marks[0].encode.update;
  const domains = spec.scales.filter(({ name }) => [x.scale, y.scale].includes(name));
  const parts = [x, y, defined, sources(from.facet.data), domains.map(({ domain }) => domain)];
  const names = expressions(parts).replace(/datum(\.\w+|\["[^"]*"\])|"[^"]*"|'[^']*'/g, "");
  return !spec.signals.some(({ name }) => new RegExp(`\\b${name}\\b`).test(names));
}

/** The data of this name, and what it is made from. */
function sources(name) {
  const data = spec.data.find((one) => one.name === name);
  return data ? [data, ...sources(data.source)] : [];
}

/** All that Vega is to compute in a part of a spec. */
function expressions(part) {
  const own = (value, key) => (["expr", "signal", "test"].includes(key) ? value : "");
  return Object.entries(part ?? {})
    .map(([key, value]) => (typeof value === "object" ? expressions(value) : own(value, key)))
    .join(" ");
}

/** Whether data of this name is read in a part of a spec. */
function reads(part, name) {
  return JSON.stringify(part).includes(`"${name}"`);
}

/** The mark that draws the same lines, and looks and answers as they do, from data of its own. */
function asPaths({ marks: [line] }) {
  const { x, y, defined, ...look } = line.encode.update;
  const data = `${line.name}_drawn`;
  spec.data.push({ name: data, values: linesOf(view.scenegraph().root, line.name).map(asRow) });
  const update = { ...look, path: { field: "path" }, scaleX: { signal: `width / ${WIDTH}` } };
  return { ...line, type: "path", sort: undefined, from: { data }, encode: { update } };
}

/** The lines of this name in a scenegraph. */
function linesOf(part, name) {
  return part.name === name ? [part] : (part.items ?? []).flatMap((item) => linesOf(item, name));
}

/** The row of a line: what its points agree on, and its path in px. */
function asRow({ items }) {
  const agreed = Object.entries(items[0].datum).filter(
    ([key, value]) => typeof value !== "object" && items.every(({ datum }) => datum[key] === value),
  );
  let path = "";
  Marks.line.attr((_, d) => (path = d), items[0]);
  path = path.replace(/\d+\.\d+/g, (place) => `${+Number(place).toFixed(1)}`);
  return { ...Object.fromEntries(agreed), path };
}
