import assert from "node:assert/strict";
import { test } from "node:test";
import { command, consistent, defaults, fromAddress, isArticles, leftOut, LIMITS, MERGE_LIMITS, OPTIMIZERS, SPEEDS, toAddress } from "../../../docs/lab/experiment.js";
import { pointsFromText, pointsToText } from "../../../docs/lab/samples.js";

const TASK = { task: "digits", group_a: ["3", "8"], group_b: ["4", "9"], per_class: 50 };
const SHIPPED = {
  tasks: [{ ...TASK, name: "one" }, { ...TASK, task: "playground", name: "two" }],
  defaults: { width: 300, init: "fan_in", init_scale: 0.01, lr: 0.1, seed: 0, steps: 10000 },
  constants: { cluster_cosine: 0.99, live_share: 0.01, picks: 3 },
};
/** Differs from the defaults in every part. */
const OTHER = {
  task: "two", width: 40, init: "balanced", init_scale: 0.1, lr: 0.5, optimizer: "momentum", seed: 7, bias: false,
  steps: 400, step: 400, back: 120, speed: 30, bets: [3, 5], ticket: [1, 2, 30],
  points: "0~1000~-20_1~0~5", plane: "targets", plane_seed: 2, neuron: 4,
  prune: true, keep: 6, merge: true, threshold: 0.95,
};

test("the address brings back every part of an experiment", () => {
  const usual = defaults(SHIPPED);
  assert.deepEqual(Object.keys(OTHER).sort(), Object.keys(usual).sort());
  for (const name of Object.keys(OTHER)) assert.notDeepEqual(OTHER[name], usual[name], name);
  assert.deepEqual(fromAddress(toAddress(OTHER, SHIPPED), SHIPPED), OTHER);
});

test("the defaults need no address", () => {
  assert.equal(toAddress(defaults(SHIPPED), SHIPPED), "");
  assert.deepEqual(fromAddress("", SHIPPED), defaults(SHIPPED));
});

test("what an address cannot mean counts as absent, what is too far is brought back", () => {
  const read = (query) => fromAddress(query, SHIPPED);
  assert.equal(read("task=three").task, "one");
  assert.equal(read("init=magic").init, "fan_in");
  assert.equal(read("lr=much").lr, 0.1);
  assert.equal(read("width=100000").width, 600);
  assert.equal(read("width=2.6").width, 3);
  assert.deepEqual(read("width=10&bets=3.x.10.9.8.7").bets, [3, 9, 8]);
});

test("an empty value counts as absent, in every part", () => {
  for (const name of Object.keys(OTHER)) {
    assert.deepEqual(fromAddress(`${name}=`, SHIPPED), defaults(SHIPPED), name);
    assert.deepEqual(fromAddress(`${name}=%20`, SHIPPED), defaults(SHIPPED), name);
  }
});

test("lists hold whole numbers, each once", () => {
  const read = (query) => fromAddress(query, SHIPPED);
  assert.deepEqual(read("ticket=..4..").ticket, [4]);
  assert.deepEqual(read("bets=5.5.1e1.-2.0x3.7").bets, [5, 7]);
});

test("a switch is 1 or 0, and nothing else", () => {
  const read = (query) => fromAddress(query, SHIPPED);
  assert.equal(read("prune=no").prune, false);
  for (const word of ["no", "constructor", "__proto__", "2"]) assert.equal(read(`bias=${word}`).bias, true);
  assert.equal(read("bias=0").bias, false);
});

test("only speeds that are offered are accepted", () => {
  for (const speed of SPEEDS) assert.equal(fromAddress(`speed=${speed}`, SHIPPED).speed, speed);
  for (const speed of ["50", "1000", "-5", "fast"]) {
    assert.equal(fromAddress(`speed=${speed}`, SHIPPED).speed, 0, speed);
  }
});

test("points that are no points count as absent, and so do points of a task without a plane", () => {
  const read = (points, task = "two") => fromAddress(`task=${task}&points=${points}`, SHIPPED).points;
  const good = "0~1000~-20_1~0~5";
  assert.equal(read(good), good);
  assert.equal(read(good, "one"), "");
  for (const label of ["0.5", "2", "-1", "", "x"]) assert.equal(read(`${good}_${label}~3~4`), "", label);
  for (const bad of ["1~~5", "1~3", "1~3~4~5", "1~x~4", "1~1e400~4"]) assert.equal(read(`${good}_${bad}`), "", bad);
  assert.equal(read("0~1~2"), "", "one point is no task");
});

test("the command says all that makes the run", () => {
  const said = command({ ...OTHER, ticket: [], points: "" }, TASK);
  for (const part of ["--width 40", "--init balanced", "--init-scale 0.1", "--lr 0.5", "--seeds 7", "--no-bias"]) {
    assert.ok(said.includes(part), part);
  }
  assert.equal(command(OTHER, TASK), undefined);
});

test("the command names the optimizer as racing train does, and plain descent not at all", () => {
  const said = (optimizer) => command({ ...OTHER, ticket: [], points: "", optimizer }, TASK);
  assert.ok(said("momentum").includes(" --momentum 0.9 "));
  assert.ok(said("batch").includes(" --batch 10 "));
  assert.ok(said("adam").includes(" --optimizer adam "));
  const plain = said("descent");
  for (const { options } of Object.values(OPTIMIZERS)) {
    for (const name of Object.keys(options)) assert.ok(!plain.includes(`--${name}`), name);
  }
});

test("points go into the address and come back, to a thousandth", () => {
  const points = { x: Float32Array.of(1.2345, -0.5, 0, 2), labels: [0, 1] };
  const text = pointsToText(points);
  assert.equal(text, "0~1235~-500_1~0~2000");
  assert.deepEqual(pointsFromText(text).labels, [0, 1]);
  assert.deepEqual([...pointsFromText(text).x], [...Float32Array.of(1.235, -0.5, 0, 2)]);
  assert.equal(pointsFromText("0~1~2"), undefined);
  assert.equal(pointsFromText("0~1~2_2~3~4_1~x~1"), undefined);
});

test("points are bounded, and each counts once", () => {
  const read = (points) => fromAddress(`task=two&points=${points}`, SHIPPED).points;
  assert.equal(read("0~1~2_1~3~4_0~1~2"), "0~1~2_1~3~4");
  assert.equal(read("0~999999999~0_1~-999999999~0"), "0~5000~0_1~-5000~0");
  for (const again of ["0~1~2", "0~01~2", "0~0001~02"]) assert.equal(read(`0~1~2_${again}`), "", "one point, twice");
  assert.equal(read("0~0~0_0~-0~0_1~6000~0_1~7000~0"), "0~0~0_1~5000~0");
  const many = Array.from({ length: 3000 }, (_, i) => `${i % 2}~${i}~0`).join("_");
  assert.equal(read(many).split("_").length, 400);
});

test("one sentence says what an address could not have", () => {
  const said = (query) => leftOut(query, SHIPPED);
  assert.equal(said(""), "");
  assert.equal(said(toAddress(OTHER, SHIPPED)), "");
  assert.equal(said("utm_source=elsewhere&width="), "");
  assert.match(said("width=1e9&lr=1e6&init=magic"), /width \(here 600\), init \(here fan_in\), lr \(here 10\)\.$/);
  assert.match(said("bets=3.3.999"), /bets \(here 3\)/);
  assert.match(said("task=two&points=0~1~2_0~1e60~2"), /: points\.$/);
  assert.match(said(`ticket=${Array(100).fill(5).join(".")}`), /ticket \(here 5\)/);
});

const STEPS = 1e6;
const WIDEST = LIMITS.width.max;
const BOUNDS = {
  ...LIMITS, seed: { min: 0, max: 2 ** 32 - 1 }, plane_seed: { min: 0, max: 2 ** 32 - 1 }, threshold: MERGE_LIMITS,
  steps: { min: 1, max: STEPS }, step: { min: 0, max: STEPS }, back: { min: -1, max: STEPS },
  neuron: { min: 0, max: WIDEST - 1 }, keep: { min: 0, max: WIDEST },
};

test("whatever an address says, the lab can do it", () => {
  let state = 1; // a small generator of numbers, the same in every run
  const random = (below) => (state = (state * 48271) % 2147483647) % below;
  const pieces = [
    "", "0", "1", "-1", "1e60", "-1e60", "1e-60", "NaN", "Infinity", "0x10", "9".repeat(400), "999999999", "0.5", "é",
    "%00", "0~1~2_1~3~4", "1~1e60~0_0~0~0", "_", "~", ".", "5.5.5.5", "-3.2", "two", "fan_in", "random", "[]", "<b>", "null",
  ];
  const names = Object.keys(defaults(SHIPPED));
  for (let i = 0; i < 10_000; i++) {
    const parts = Array.from({ length: 1 + random(6) }, () =>
      `${names[random(names.length)]}=${Array.from({ length: 1 + random(3) }, () => pieces[random(pieces.length)]).join(["", "_", "."][random(3)])}`,
    );
    const query = parts.join("&");
    const read = fromAddress(query, SHIPPED);
    leftOut(query, SHIPPED);
    for (const [name, { min, max }] of Object.entries(BOUNDS)) {
      assert.ok(read[name] >= min && read[name] <= max, `${query}: ${name} is ${read[name]}`);
    }
    for (const list of [read.bets, read.ticket]) {
      assert.ok(new Set(list).size === list.length && list.every((neuron) => neuron < read.width), query);
    }
    assert.deepEqual(fromAddress(toAddress(read, SHIPPED), SHIPPED), read, query);
  }
});

test("a run is the article's while all that makes it is", () => {
  const usual = defaults(SHIPPED);
  assert.ok(isArticles({ ...usual, step: 50, bets: [1], speed: 5, neuron: 3, prune: true }, SHIPPED));
  for (const name of ["task", "width", "init", "init_scale", "lr", "seed", "bias", "steps", "ticket", "points"]) {
    assert.ok(!isArticles({ ...usual, [name]: OTHER[name] }, SHIPPED), name);
  }
});

test("a narrower network has no neuron that it has not", () => {
  const wide = { ...defaults(SHIPPED), bets: [3, 250, 7, 9], ticket: [1, 40, 41] };
  const narrow = consistent({ ...wide, width: 40 }, SHIPPED);
  assert.deepEqual([narrow.bets, narrow.ticket], [[3, 7, 9], [1]]);
});
