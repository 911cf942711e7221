// What a visitor has chosen, as one flat object: defaults, limits, and its place in the address.
import { pointsFromText, pointsToText } from "./samples.js";

/**
 * A task as export/data/lab.py describes it.
 * @typedef {object} Task
 * @property {string} name
 * @property {string} task
 * @property {string[]} group_a
 * @property {string[]} group_b
 * @property {number} per_class
 * @property {string} x the file with the samples' coordinates
 * @property {number} samples
 * @property {number} inputs
 * @property {number} rank
 * @property {number[]} labels
 * @property {string} [x_held_out] the same of samples that training never sees, where there are any
 * @property {number} [unit_held_out] of the whole numbers in that file
 * @property {number[]} [labels_held_out]
 * @property {Own} [own] of a visitor's own data, whose file `task` names
 */

/**
 * @typedef {object} Own
 * @property {string} label the column of the labels, "" for the last one or where there are none
 * @property {string[]} names of the inputs
 * @property {(w_in: Float32Array, b: Float32Array) => Promise<{w_in: Float32Array, b: Float32Array}>} fold the
 *   first layer for the inputs as they are in the file, from all coordinates of w_in (d, D)
 */

/**
 * @typedef {object} Experiment
 * @property {string} task name of one of the tasks
 * @property {number} width
 * @property {keyof typeof INITS} init
 * @property {number} init_scale
 * @property {number} lr
 * @property {keyof typeof OPTIMIZERS} optimizer
 * @property {number} seed
 * @property {boolean} bias
 * @property {number} steps length of the race
 * @property {number} step where the run stands
 * @property {number} back the recorded step that is shown, where that is an earlier one; else -1
 * @property {number} speed one of SPEEDS
 * @property {number[]} bets neurons
 * @property {number[]} ticket neurons of the start that take part; empty for all
 * @property {string} points the playground's samples, where they were moved by hand
 * @property {"random" | "targets"} plane
 * @property {number} plane_seed
 * @property {number} neuron the one whose gate is shown
 * @property {boolean} prune
 * @property {number} keep how many neurons pruning leaves; 0 for as few as do all the work
 * @property {boolean} merge
 * @property {number} threshold the cosine above which neurons are merged
 */

/**
 * lab.json.
 * @typedef {object} Shipped
 * @property {Task[]} tasks
 * @property {Pick<Experiment, "width" | "init" | "init_scale" | "lr" | "seed" | "steps">} defaults
 * @property {Constants} constants
 * @property {Record<string, import("./fetched.js").Expected>} files by path from the root of the site
 * @property {import("./worker/replay.js").Part[]} recording of the article's run
 */

/**
 * What Python and the browser must agree on.
 * @typedef {object} Constants
 * @property {number} cluster_cosine neurons of a cluster are joined by cosines above it
 * @property {number} live_share a cluster lives while it carries this share of the strongest one's norm product
 * @property {number} picks neurons per bet
 * @property {number} drop the loss has dropped below this share of its start
 * @property {Record<string, number>} no_race initial scales from which the playground runs no race
 */

/** What a run is called beside others that it is compared with. */
export const THIS_RUN = "this run";

/** The ways to draw the network, and what they are called. */
export const INITS = {
  fan_in: "by fan-in",
  per_weight: "the same for every weight",
  balanced: "balanced layers",
};

/**
 * The ways to take a step: what they are called, how `racing train` has them, and a learning rate and a
 * length that suit them, where those of the article's run do not.
 * @type {Record<"descent" | "batch" | "momentum" | "adam", {label: string,
 *   options: import("./worker/optimised.js").Optimizer, suits?: {lr: number, steps: number}}>}
 */
export const OPTIMIZERS = {
  descent: { label: "gradient descent", options: {} },
  batch: { label: "minibatches of 10", options: { batch: 10 }, suits: { lr: 0.1, steps: 2000 } },
  momentum: { label: "momentum 0.9", options: { momentum: 0.9 }, suits: { lr: 0.1, steps: 500 } },
  adam: { label: "Adam", options: { optimizer: "adam" }, suits: { lr: 0.001, steps: 600 } },
};

/** @typedef {{min: number, max: number}} Limits */
/** Of the sliders that start a new run. @type {Record<"width" | "init_scale" | "lr" | "seed", Limits>} */
export const LIMITS = {
  width: { min: 2, max: 600 },
  init_scale: { min: 1e-4, max: 1 },
  lr: { min: 1e-3, max: 10 },
  seed: { min: 0, max: 99 },
};

/** Of the cosine above which neurons are merged. @type {Limits} */
export const MERGE_LIMITS = { min: 0.8, max: 0.999 };

const MOST_STEPS = 1e6; // half an hour of training

/** The speeds on offer in steps per second; 0 is as fast as it can. */
export const SPEEDS = [0, 100, 30, 5];

/**
 * How a part of the address is read and written. What cannot be read counts as absent; `plain` is what
 * a text would be if nothing had to be changed.
 * @typedef {{read: (text: string) => any, write: (value: any) => string, plain: (text: string) => string}} Part
 */
const asItIs = (/** @type {string} */ t) => t;
const text = { read: asItIs, write: String, plain: asItIs };
const flag = {
  read: (/** @type {string} */ t) => (t === "1" || t === "0" ? t === "1" : undefined),
  write: (/** @type {boolean} */ v) => (v ? "1" : "0"),
  plain: asItIs,
};
const list = {
  read: (/** @type {string} */ t) => [...new Set(t.split(".").filter((item) => /^\d+$/.test(item)).map(Number))],
  write: (/** @type {number[]} */ v) => v.join("."),
  plain: asItIs,
};
/** @param {Limits} limits */
const number = ({ min, max }) => ({
  read(/** @type {string} */ t) {
    const value = Number(t);
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : undefined;
  },
  write: String,
  plain: (/** @type {string} */ t) => String(Number(t)),
});
/** @param {Limits} limits */
const whole = (limits) => ({
  ...number(limits),
  read: (/** @type {string} */ t) => {
    const value = number(limits).read(t);
    return value === undefined ? undefined : Math.round(value) + 0; // and not -0
  },
});
/** @template {string | number} Option @param {Option[]} options */
const choice = (...options) => ({
  read: (/** @type {string} */ t) => options.find((option) => String(option) === t),
  write: String,
  plain: asItIs,
});
const points = {
  ...text,
  read(/** @type {string} */ t) {
    const samples = pointsFromText(t);
    return samples && pointsToText(samples);
  },
};

/** @type {Record<keyof Experiment, Part>} */
const PARTS = {
  task: text,
  width: whole(LIMITS.width),
  init: choice(...Object.keys(INITS)),
  init_scale: number(LIMITS.init_scale),
  lr: number(LIMITS.lr),
  optimizer: choice(...Object.keys(OPTIMIZERS)),
  seed: whole({ min: 0, max: 2 ** 32 - 1 }),
  bias: flag,
  steps: whole({ min: 1, max: MOST_STEPS }),
  step: whole({ min: 0, max: MOST_STEPS }),
  back: whole({ min: -1, max: MOST_STEPS }),
  speed: choice(...SPEEDS),
  bets: list,
  ticket: list,
  points,
  plane: choice("random", "targets"),
  plane_seed: whole({ min: 0, max: 2 ** 32 - 1 }),
  neuron: whole({ min: 0, max: LIMITS.width.max - 1 }),
  prune: flag,
  keep: whole({ min: 0, max: LIMITS.width.max }),
  merge: flag,
  threshold: number(MERGE_LIMITS),
};

/** How the result is used, before a visitor has touched it. @param {Shipped} lab */
export function untouched({ constants }) {
  return { prune: false, keep: 0, merge: false, threshold: constants.cluster_cosine };
}

/**
 * The article's run.
 * @param {Shipped} lab
 * @returns {Experiment}
 */
export function defaults(lab) {
  return {
    task: lab.tasks[0].name,
    optimizer: "descent",
    bias: true,
    step: 0,
    back: -1,
    speed: 0,
    bets: [],
    ticket: [],
    points: "",
    plane: "random",
    plane_seed: 0,
    neuron: 0,
    ...untouched(lab),
    ...lab.defaults,
  };
}

/** What makes a run the same in every number. */
const OF_THE_RUN = /** @type {const} */ ([
  "task", "width", "init", "init_scale", "lr", "optimizer", "seed", "bias", "steps", "ticket", "points",
]);

/** Whether a run is the article's. @param {Experiment} experiment @param {Shipped} lab */
export function isArticles(experiment, lab) {
  const usual = defaults(lab);
  return OF_THE_RUN.every((name) => String(experiment[name]) === String(usual[name]));
}

/**
 * What an address says, with the defaults for the rest.
 * @param {string} query
 * @param {Shipped} lab
 */
export function fromAddress(query, lab) {
  const experiment = defaults(lab);
  for (const [name, value] of said(query)) {
    const meant = PARTS[name].read(value);
    if (meant !== undefined) Object.assign(experiment, { [name]: meant });
  }
  const task = lab.tasks.find(({ name }) => name === experiment.task) ?? lab.tasks[0];
  experiment.task = task.name;
  if (task.task !== "playground") experiment.points = "";
  return consistent(experiment, lab);
}

/**
 * The same experiment without neurons that its network does not have, and with no more bets than fit.
 * @param {Experiment} experiment
 * @param {Shipped} lab
 * @returns {Experiment}
 */
export function consistent(experiment, { constants }) {
  const has = (/** @type {number} */ neuron) => neuron < experiment.width;
  const { bets, ticket } = experiment;
  return { ...experiment, bets: bets.filter(has).slice(0, constants.picks), ticket: ticket.filter(has) };
}

/**
 * What of an address could not be taken as it is, in a sentence; "" for nothing.
 * @param {string} query
 * @param {Shipped} lab
 */
export function leftOut(query, lab) {
  const experiment = fromAddress(query, lab);
  const changed = said(query)
    .filter(([name, value]) => PARTS[name].write(experiment[name]) !== PARTS[name].plain(value))
    .map(([name]) => (name === "points" || !PARTS[name].write(experiment[name]) ? name : `${name} (here ${PARTS[name].write(experiment[name])})`));
  if (changed.length === 0) return "";
  return `The lab cannot do all that this address asks for. It has left out or brought within its limits: ${changed.join(", ")}.`;
}

/** The parts of an address that say something. @param {string} query @returns {[keyof Experiment, string][]} */
function said(query) {
  const all = new URLSearchParams(query);
  const names = /** @type {(keyof Experiment)[]} */ (Object.keys(PARTS));
  return names.map((name) => /** @type {[keyof Experiment, string]} */ ([name, all.get(name)?.trim() ?? ""])).filter(([, value]) => value !== "");
}

/**
 * The part of an address after "?", of what differs from the defaults.
 * @param {Experiment} experiment
 * @param {Shipped} lab
 */
export function toAddress(experiment, lab) {
  const usual = defaults(lab);
  const query = new URLSearchParams();
  for (const [name, { write }] of Object.entries(PARTS)) {
    const key = /** @type {keyof Experiment} */ (name);
    const said = write(experiment[key]);
    if (said !== write(usual[key])) query.set(name, said);
  }
  return query.toString();
}

/** A word for a shell. @param {string} word */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The command that trains the same network in Python; undefined where there is none.
 * @param {Experiment} experiment
 * @param {Task} task
 */
export function command(experiment, task) {
  if (experiment.ticket.length > 0 || experiment.points) return undefined;
  const steps = Math.max(experiment.step, 1);
  if (task.own && [...task.group_a, ...task.group_b].some((name) => name.includes(","))) return undefined;
  const options = {
    task: quoted(task.task),
    "group-a": quoted(task.group_a.join(",")),
    "group-b": quoted(task.group_b.join(",")),
    ...(task.own ? task.own.label && { label: quoted(task.own.label) } : { "per-class": task.per_class }),
    width: experiment.width,
    init: experiment.init,
    "init-scale": experiment.init_scale,
    lr: experiment.lr,
    ...OPTIMIZERS[experiment.optimizer].options,
    steps: experiment.step === 0 ? experiment.steps : steps,
    seeds: experiment.seed,
    out: "run.nc",
  };
  const said = Object.entries(options).map(([name, value]) => ` --${name} ${value}`);
  return `racing train${said.join("")}${experiment.bias ? "" : " --no-bias"}`;
}
