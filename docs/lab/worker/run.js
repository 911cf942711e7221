// One experiment in the worker: its samples, its start, where it stands, what it has been through,
// and what the page's views need to know about that.
import { RandomState } from "./random_state.js";
import {
  alignment, clusters, cosineMatrix, cosines, dot, liveClusters, meanDirections, normProduct, votes,
} from "./neurons.js";
import { Recording } from "./recording.js";
import { gram, start } from "./initial_network.js";

const PLANES = 10 ** 9;
const CLUSTERS = 2; // groups from this number on are clusters, those below are votes

/**
 * @typedef {import("./initial_network.js").StartConfig
 *   & {lr: number, bias: boolean, steps: number}
 *   & import("./optimised.js").Optimizer} Config
 * @typedef {import("../experiment.js").Constants} Constants
 * @typedef {{kind: "random" | "targets", seed: number}} Plane
 */

/**
 * What the views draw of one moment; arrays are (d), xy is (d, 2).
 * @typedef {object} Frame
 * @property {number} run which run this is, as the page counts them
 * @property {number} step
 * @property {number} loss in nats
 * @property {number} accuracy
 * @property {boolean} playing
 * @property {number} index which recorded state this is, or -1
 * @property {number[]} recorded the steps of the recorded states
 * @property {boolean} replayed whether it comes from the recording of the article's run
 * @property {boolean} hindsight whether the groups are the final clusters
 * @property {Float32Array} norm_product
 * @property {Float32Array} aligned cosine with the group's mean direction at that time
 * @property {Float32Array} xy the direction of w_in in the chosen plane
 * @property {Int32Array} votes
 */

export class Run {
  /** @type {Plane} */
  plane = { kind: "random", seed: 0 };
  number = 0;
  playing = false;
  replayed = false;
  index = 0;
  /** @type {Int32Array | undefined} the clusters that the race ended in */
  final;
  /** Where all neurons of it take part. @type {import("./initial_network.js").Start | undefined} */
  #start;
  /** @type {Float64Array | undefined} */
  #gram;

  /**
   * @param {Float32Array} x (n, r); empty while the samples are on their way
   * @param {ArrayLike<number>} labels (n)
   * @param {Config} config
   * @param {number[] | null} kept the neurons of the start that take part; null for all
   * @param {Constants} constants
   */
  constructor(x, labels, config, kept, constants) {
    check(config, kept);
    this.constants = constants;
    this.x = x;
    this.labels = labels;
    this.config = config;
    const { width, rank } = config;
    this.rank = rank;
    const drawn = start(config);
    if (!kept) this.#start = drawn;
    const neurons = kept ?? Array.from({ length: width }, (_, i) => i);
    const rows = (/** @type {Float64Array} */ matrix) => {
      const columns = matrix.length / width;
      const chosen = neurons.map((i) => matrix.subarray(i * columns, (i + 1) * columns));
      return chosen;
    };
    this.width = neurons.length;
    /** Which of the whole start's they are. */
    this.neurons = neurons;
    this.origin = {
      w_in: flat(rows(drawn.w_in)),
      b: new Float32Array(this.width),
      w_out: Float32Array.from([0, width].flatMap((o) => neurons.map((i) => drawn.w_out[o + i]))),
    };
    this.rest = rows(drawn.orthogonal);
    this.restNorms2 = neurons.map((i) => drawn.orthogonalNorms2[i]);
    this.recording = new Recording(config.steps);
    /** @type {import("./recording.js").Recorded} */
    this.current = { step: 0, loss: NaN, accuracy: NaN, parameters: this.origin };
  }

  /**
   * Takes in where training has come to.
   * @param {number} step
   * @param {Omit<import("./recording.js").Recorded, "step">} state
   */
  arrive(step, { loss, accuracy, parameters, memory }) {
    this.current = { step, loss, accuracy, parameters, memory };
    if (this.recording.keep(this.current)) this.index = this.recording.states.length - 1;
    else if (this.recording.states[this.index]?.step !== step) this.index = -1;
  }

  /** Goes to a recorded state. @param {number} index */
  show(index) {
    this.index = Math.max(0, Math.min(index, this.recording.states.length - 1));
    this.current = this.recording.states[this.index];
  }

  /** Whether a recorded state is shown that is not the latest. */
  get isBack() {
    return (this.recording.states.at(-1)?.step ?? 0) > this.current.step;
  }

  /** Before it goes on from a recorded state: forgets what came later. */
  goOn() {
    this.final = undefined;
    this.recording.truncate(this.current.step);
  }

  /** The group of each neuron (d): its vote, or where the race has ended, its final cluster. */
  groups() {
    const voted = votes(this.current.parameters.w_out);
    const { final } = this;
    if (!final) return voted;
    const sizes = new Map();
    for (const cluster of final) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
    // A neuron alone would be aligned with itself.
    return voted.map((vote, i) => (sizes.get(final[i]) > 1 ? final[i] + CLUSTERS : vote));
  }

  /** @returns {Frame} */
  frame() {
    const { step, loss, accuracy, parameters } = this.current;
    const groups = this.groups();
    return {
      run: this.number,
      step,
      loss,
      accuracy,
      playing: this.playing,
      replayed: this.replayed,
      index: this.index,
      recorded: this.recording.states.map((state) => state.step),
      hindsight: this.final !== undefined,
      norm_product: normProduct(parameters, this.restNorms2),
      aligned: alignment(parameters.w_in, groups),
      xy: this.#directions(parameters.w_in, groups),
      votes: votes(parameters.w_out),
    };
  }

  /** @param {Float32Array} w_in @param {Int32Array} groups */
  #directions(w_in, groups) {
    const axes = this.plane.kind === "targets" ? twoLargest(w_in, groups) : this.#randomAxes();
    const xy = new Float32Array(2 * this.width);
    for (const axis of [0, 1]) {
      const along = cosines(w_in, axes, () => axis, this.width);
      along.forEach((value, i) => (xy[2 * i + axis] = value));
    }
    return xy;
  }

  /** Two directions at right angles (2, r); with two inputs, the inputs themselves. */
  #randomAxes() {
    const { rank } = this;
    if (rank === 2) return Float64Array.of(1, 0, 0, 1);
    // Another seed than any network's: with the same numbers, the axes would be neurons' directions.
    const axes = new RandomState(PLANES + this.plane.seed).standardNormal(2 * rank);
    for (const row of [0, 1]) {
      const shared = row * dot(axes, 0, axes, rank, rank);
      for (let k = 0; k < rank; k++) axes[row * rank + k] -= shared * axes[k];
      const norm = Math.sqrt(dot(axes, row * rank, axes, row * rank, rank));
      for (let k = 0; k < rank; k++) axes[row * rank + k] /= norm;
    }
    return axes;
  }

  /** Cosines (d, d) between total vectors, and clusters, of the shown state. */
  structure() {
    const cosine = cosineMatrix(this.current.parameters, this.#restGram());
    const { cluster_cosine, live_share } = this.constants;
    const labels = clusters(cosine, cluster_cosine);
    const live = liveClusters(labels, normProduct(this.current.parameters, this.restNorms2), live_share);
    return { cosine, labels, live };
  }

  /** Inner products of the neurons' parts outside the span of the samples (d, d). They take long. */
  #restGram() {
    if (this.#start) return (this.#start.orthogonalGram ??= gram(this.#start.orthogonal, this.width));
    return (this.#gram ??= gram(flat64(this.rest), this.width));
  }

  /** The step at which the race ends, or where that is over, another one as long. */
  nextEnd() {
    const { steps } = this.config;
    return (Math.floor(this.current.step / steps) + 1) * steps;
  }

  /** The race has come to its end: from now on, alignment is judged by its clusters. */
  finish() {
    this.final = this.structure().labels;
  }
}

/**
 * The groups, the largest first. Clusters alone, where there are any: the neurons beside them vote
 * alike, but have no direction in common.
 * @param {Int32Array} groups (d)
 */
export function largestFirst(groups) {
  const clustered = groups.filter((group) => group >= CLUSTERS);
  const sizes = new Map();
  for (const group of clustered.length > 0 ? clustered : groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return [...sizes.keys()].sort((a, b) => sizes.get(b) - sizes.get(a) || a - b);
}

/**
 * The mean directions (2, r) of the two largest groups.
 * @param {Float32Array} w_in @param {Int32Array} groups
 */
function twoLargest(w_in, groups) {
  const rank = w_in.length / groups.length;
  const [first, second = first] = largestFirst(groups);
  const means = meanDirections(w_in, groups);
  const direction = (/** @type {number} */ group) => [...means.subarray(group * rank, (group + 1) * rank)];
  return Float64Array.from([...direction(first), ...direction(second)]);
}

/** @param {Float64Array[]} rows */
function flat(rows) {
  return Float32Array.from(flat64(rows));
}

/** @param {Float64Array[]} rows */
function flat64(rows) {
  const columns = rows[0].length;
  const matrix = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => matrix.set(row, i * columns));
  return matrix;
}

/** @param {Config} config @param {number[] | null} kept */
function check({ seed, width, lr, init_scale }, kept) {
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new Error(`seed is ${seed}, but must be a whole number from 0 to 2^32 - 1.`);
  }
  if (!(Number.isInteger(width) && width > 0)) {
    throw new Error(`width is ${width}, but must be a whole number of at least 1.`);
  }
  const strange = kept?.find((neuron) => !(Number.isInteger(neuron) && neuron >= 0 && neuron < width));
  if (strange !== undefined) throw new Error(`neuron ${strange} is none of the ${width} of this network.`);
  for (const [name, value] of Object.entries({ lr, init_scale })) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new Error(`${name} is ${value}, but must be a positive, finite number.`);
    }
  }
}
