// The state of the page: the experiment, the worker that runs it, and what has been shown so far.
// The views listen to this state, and change it only through its methods.
import { Broken, Diverged, WorkerClient } from "./worker_client.js";
import { toAddress, untouched } from "./experiment.js";
import { pointsFromText, samplesOf } from "./samples.js";

/**
 * @typedef {import("./worker/run.js").Frame} Frame
 * @typedef {import("./worker_client.js").Structure} Structure
 * @typedef {import("./experiment.js").Experiment} Experiment
 * @typedef {{step: number, loss: number, accuracy: number}} Point
 * @typedef {{neuron: number, by: string}} Mark by: who has picked it
 */

/**
 * What the views can listen to.
 * @typedef {object} Events
 * @property {undefined} start a new run stands at step 0
 * @property {Frame} frame the shown state is another one
 * @property {Structure} structure clusters have been counted
 * @property {undefined} still the run has stopped, at its end or by hand
 * @property {string} trouble a sentence for the visitor, "" when it no longer holds
 * @property {undefined} experiment the experiment has changed
 * @property {number} choose the neuron at which the visitor has pointed
 * @property {undefined} marks other neurons stand out, or the dots have other colors
 */

export class Lab {
  /** @type {Frame | undefined} */
  frame;
  /** Loss and accuracy along the run, thinned out. @type {Point[]} */
  points = [];
  /** @type {Structure[]} */
  structures = [];
  replaying = false;
  /** Neurons that stand out in the race. @type {Mark[]} */
  marks = [];
  /** What the dots are colored by, −1 to 1 of each neuron; undefined for their votes. @type {number[] | undefined} */
  colors;
  /** How the network is made smaller. @type {{kept: number | null, threshold: number | null}} */
  smaller = { kept: null, threshold: null };
  /** @type {import("./samples.js").Samples} */
  samples = { x: new Float32Array(), labels: [] };
  #run = 0;
  /** What an address wants to be done where its run has arrived. */
  #then = () => {};
  /**
   * What is to be done once the first run stands at step 0: go where the address points, or what
   * Play asked for before.
   * @type {(() => Promise<void>) | undefined}
   */
  #whenReady;
  /** @type {WorkerClient} */
  #worker;
  /** @type {Map<string, ((value: any) => void)[]>} */
  #listeners = new Map();

  /**
   * @param {import("./experiment.js").Shipped} shipped
   * @param {Experiment} experiment
   */
  constructor(shipped, experiment) {
    this.shipped = shipped;
    this.experiment = experiment;
    this.#worker = this.#newWorker();
  }

  get task() {
    const { task } = this.experiment;
    return this.shipped.tasks.find(({ name }) => name === task) ?? this.shipped.tasks[0];
  }

  /** In steps: the race, or as far as the run has gone beyond it. */
  get length() {
    return Math.max(this.experiment.steps, this.experiment.step);
  }

  get playing() {
    return this.frame?.playing ?? false;
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(value: Events[Name]) => void} listener
   */
  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} value
   */
  #emit(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) listener(value);
  }

  /** Starts the worker, and goes to where the address points. */
  async open() {
    const { step, back } = this.experiment;
    if (step > 0) this.#whenReady ??= () => this.#goTo(step, back);
    await this.#guard(() => this.#load(false));
    // Otherwise the visitor has changed the experiment meanwhile, or the recorded run is shown.
    if (this.#run === 0) await this.#start();
  }

  /** @param {boolean} replay whether the recorded run is to be shown */
  #load(replay) {
    return this.#worker.ask("load", { replay, constants: this.shipped.constants });
  }

  /**
   * Where an address points to, which means nothing in the recorded run.
   * @param {number} step
   * @param {number} back the recorded step to show then; -1 for none
   */
  async #goTo(step, back) {
    if (this.replaying) return;
    if (back >= 0) this.#then = () => void this.showStep(back);
    await this.playUntil(step);
  }

  /**
   * A new run of the experiment with these changes.
   * @param {Partial<Experiment>} changes
   */
  async reset(changes) {
    this.change({ ...untouched(this.shipped), ...changes });
    await this.#start();
  }

  async #start() {
    this.#then = () => {};
    const run = ++this.#run;
    await this.#guard(async () => {
      const { task, experiment } = this;
      const moved = experiment.points ? pointsFromText(experiment.points) : undefined;
      const samples = moved ?? (await samplesOf(task));
      if (run !== this.#run) return;
      this.samples = samples;
      const { width, init, init_scale, lr, seed, bias, steps, plane, plane_seed, speed } = experiment;
      const config = { width, init, init_scale, lr, seed, bias, steps, inputs: task.inputs };
      await this.#worker.ask("reset", {
        run,
        x: samples.x,
        labels: samples.labels,
        config,
        kept: experiment.ticket.length > 0 ? experiment.ticket : null,
        plane: { kind: plane, seed: plane_seed },
        stepsPerSecond: speed || Infinity,
      });
    });
    if (!this.frame || run !== this.#run) return;
    const whenReady = this.#whenReady;
    this.#whenReady = undefined;
    await whenReady?.();
  }

  /** Changes the experiment where that needs no new run. @param {Partial<Experiment>} changes */
  change(changes) {
    Object.assign(this.experiment, changes);
    this.#emit("experiment", undefined);
  }

  /** To the end of the race; from there, to the end of another one as long. */
  async play() {
    if (!this.frame) {
      this.#whenReady = () => this.play();
      return this.note("The race starts as soon as the part of the lab that trains has been downloaded.");
    }
    const { steps } = this.experiment;
    const at = this.frame?.step ?? 0;
    await this.playUntil((Math.floor(at / steps) + 1) * steps);
  }

  /** @param {number} until */
  async playUntil(until) {
    await this.ask("play", { until });
  }

  /** Stops the run, or withdraws a Play that waits for it. */
  async pause() {
    if (this.frame) return this.ask("pause");
    this.#whenReady = undefined;
    this.note("");
  }

  /** @param {number} speed steps per second; 0 for as many as possible */
  async speed(speed) {
    this.change({ speed });
    await this.ask("speed", { stepsPerSecond: speed || Infinity });
  }

  /** Goes back to the recorded state at a step, or the last one before it. @param {number} step */
  async showStep(step) {
    const later = this.frame?.recorded.findIndex((recorded) => recorded > step) ?? -1;
    if (later > 0) await this.ask("show", { index: later - 1 });
  }

  /** Shows a plane of directions. @param {"random" | "targets"} plane @param {number} plane_seed */
  async plane(plane, plane_seed) {
    this.change({ plane, plane_seed });
    await this.ask("plane", { plane: { kind: plane, seed: plane_seed } });
  }

  /**
   * Asks the worker about the run; undefined where there is none yet, and where that fails, which
   * the page then says.
   * @param {string} type
   * @param {object} request
   */
  async ask(type, request = {}) {
    if (!this.frame) return undefined;
    return this.#guard(() => this.#worker.ask(type, request));
  }

  /** The address of what is shown. */
  address() {
    const query = toAddress(this.experiment, this.shipped);
    return new URL(query ? `?${query}` : location.pathname, location.href).href;
  }

  /** @param {number} neuron */
  choose(neuron) {
    this.change({ neuron });
    this.#emit("choose", neuron);
  }

  /** @param {Mark[]} marks */
  mark(marks) {
    this.marks = marks;
    this.#emit("marks", undefined);
  }

  /** @param {number[] | undefined} colors see `colors` */
  color(colors) {
    this.colors = colors;
    this.#emit("marks", undefined);
  }

  /** A sentence for the visitor that is no failure. @param {string} sentence */
  note(sentence) {
    this.#emit("trouble", sentence);
  }

  #newWorker() {
    return new WorkerClient({
      frame: (frame, losses) => this.#see(frame, losses),
      structure: (structure) => {
        const others = this.structures.filter(({ step }) => step !== structure.step);
        this.structures = [...others, structure].sort((a, b) => a.step - b.step);
        this.#emit("structure", structure);
      },
      failure: (error) => this.#failed(error),
    });
  }

  /** @param {Frame} frame @param {Float32Array} losses */
  #see(frame, losses) {
    if (frame.run !== this.#run) return;
    const fresh = this.frame?.run !== frame.run;
    const wasPlaying = !fresh && this.playing;
    this.frame = frame;
    if (fresh) {
      this.points = [];
      this.structures = [];
      if (!this.replaying) this.#emit("trouble", "");
    }
    this.#collect(frame);
    const latest = Math.max(frame.step, frame.recorded.at(-1) ?? 0);
    Object.assign(this.experiment, { step: latest, back: frame.step < latest ? frame.step : -1 });
    if (fresh) this.#emit("start", undefined);
    this.#emit("frame", frame);
    if (!wasPlaying || frame.playing) return;
    this.#emit("still", undefined);
    this.#then();
    this.#then = () => {};
  }

  /** Keeps the curve of the loss: what is later than the run itself has been undone. @param {Frame} frame */
  #collect({ step, loss, accuracy, recorded }) {
    const end = Math.max(step, recorded.at(-1) ?? 0);
    this.points = this.points.filter((point) => point.step <= end);
    this.structures = this.structures.filter((structure) => structure.step <= end);
    const last = this.points.at(-1)?.step ?? -1;
    if (step > last && (step >= 1.02 * last || step === end)) this.points.push({ step, loss, accuracy });
  }

  /**
   * @template Result
   * @param {() => Promise<Result>} work
   * @returns {Promise<Result | undefined>}
   */
  async #guard(work) {
    const asked = this.#worker;
    try {
      return await work();
    } catch (error) {
      // Everything that was asked of a dead worker fails, but the page says so once.
      if (asked === this.#worker) await this.#failed(/** @type {Error} */ (error));
      return undefined;
    }
  }

  /** Says what went wrong; where training is over for good, replays the recorded run. @param {Error} error */
  async #failed(error) {
    if (this.frame) this.frame.playing = false;
    this.#emit("still", undefined);
    if (error instanceof Diverged || this.replaying) {
      this.#emit("trouble", error.message);
      return;
    }
    if (!(error instanceof Broken)) {
      this.#emit("trouble", `${error.message} Choose another task, or try again.`);
      return;
    }
    this.replaying = true;
    this.#emit(
      "trouble",
      `${error.message} So this page cannot train; instead it replays the article's run as it was recorded.`,
    );
    this.#worker.stop();
    this.#worker = this.#newWorker();
    const { defaults, tasks } = this.shipped;
    await this.#guard(() => this.#load(true));
    await this.reset({ task: tasks[0].name, ...defaults, bias: true, ticket: [], points: "", bets: [] });
  }
}
