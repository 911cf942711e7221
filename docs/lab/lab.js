// The state of the page: the experiment, the worker that runs it, and what has been shown so far.
// The views listen to this state, and change it only through its methods.
//
// A run stands at step 0 as soon as its samples are here; only from there on it needs the engine.
// While that is on its way the article's run moves as it was recorded, and what is asked of any other
// run is done when the engine is here.
import { grouped } from "../javascripts/grouped.js";
import { Broken, Dead, Diverged, Dropped, Unplayable, Unstarted, WorkerClient } from "./worker_client.js";
import { consistent, isArticles, OPTIMIZERS, toAddress, untouched } from "./experiment.js";
import { pointsFromText, samplesOf, samplesAreHere } from "./samples.js";

/**
 * @typedef {import("./worker/run.js").Frame} Frame
 * @typedef {import("./worker_client.js").Structure} Structure
 * @typedef {import("./experiment.js").Experiment} Experiment
 * @typedef {{step: number, loss: number, accuracy: number}} Point
 * @typedef {{neuron: number, by: string}} Mark by: who has picked it
 */

/**
 * The engine that trains: on its way, with bytes loaded and in all; here; dropped by the network, and
 * to be taken up again; or failed, which ends in the recorded run.
 * @typedef {{state: "coming" | "here" | "dropped" | "failed", loaded: number, total: number, sentence: string}} Engine
 */

/**
 * What the views can listen to.
 * @typedef {object} Events
 * @property {undefined} start a new run stands at step 0
 * @property {Frame} frame the shown state is another one
 * @property {Structure} structure clusters have been counted
 * @property {undefined} still the run has stopped, at its end or by hand
 * @property {undefined} engine the engine has come further, or what waits for it is another thing
 * @property {string} trouble a sentence for the visitor, "" when it no longer holds
 * @property {undefined} experiment the experiment has changed
 * @property {number} choose the neuron at which the visitor has pointed
 * @property {undefined} marks other neurons stand out, or the dots have other colors
 */

/** What the worker can do before a run has its samples. */
const WITHOUT_SAMPLES = new Set(["play", "pause", "step", "speed", "show", "plane"]);

const WAIT_MS = 250;
const PATIENCE_MS = 8000; // in which nothing else is asked for but what the first seconds of the recording show

export class Lab {
  /** @type {Frame | undefined} */
  frame;
  /** Loss and accuracy along the run, thinned out. @type {Point[]} */
  points = [];
  /** The run before on the same samples, if it has moved. @type {{experiment: Experiment, points: Point[]} | undefined} */
  last;
  /** @type {Structure[]} */
  structures = [];
  /** @type {Engine} */
  engine = { state: "coming", loaded: 0, total: 0, sentence: "" };
  /** What waits for the engine, as the visitor has asked for it. @type {{what: string, go: () => Promise<void>} | undefined} */
  wanted;
  /** Whether an answer takes long. */
  slow = false;
  /** Whether there is no worker, so that nothing can be computed. */
  gone = false;
  /** Whether the run lacks its samples, which may be asked for again. */
  lacking = false;
  /** Neurons that stand out in the race. @type {Mark[]} */
  marks = [];
  /** What the dots are colored by, −1 to 1 of each neuron; undefined for their votes. @type {number[] | undefined} */
  colors;
  /** How the network is made smaller. @type {{kept: number | null, threshold: number | null}} */
  smaller = { kept: null, threshold: null };
  /** @type {import("./samples.js").Samples} */
  samples = { x: new Float32Array(), labels: [] };
  #run = 0;
  /** What the run that is shown was started as. @type {Experiment | undefined} */
  #started;
  /** What an address wants to be done where its run has arrived. */
  #then = () => {};
  /** Fulfilled when the run stands at step 0, and when its samples are there, too. */
  #stands = waiting();
  #whole = waiting();
  /** What the first seconds of the recording show, or that it cannot be had. @type {Promise<unknown> | undefined} */
  #recording;
  #deaths = 0;
  /** The new run that is to come in a moment. */
  #due = 0;
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

  /** Whether there is nothing but the recorded run, since the engine has failed. */
  get replaying() {
    return this.engine.state === "failed";
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

  /** Draws the network, goes to where the address points, and gets the engine. */
  async open() {
    const { step, back } = this.experiment;
    if (step > 0) this.#want(`Step ${grouped(step)}`, () => this.#goTo(step, back));
    await this.#introduce();
    const started = this.#start();
    // The recording needs no samples: these come beside the engine.
    await (this.#recording ?? started);
    await Promise.all([started, this.getEngine()]);
  }

  /** Gives a new worker what it needs to know. */
  async #introduce() {
    const { constants, files, recording } = this.shipped;
    await this.#guard(() => this.#worker.load({ constants, files, recording }));
    if (!isArticles(this.experiment, this.shipped)) return;
    const asked = this.#worker.ask("recording", {}, true).catch(() => undefined);
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    this.#recording = Promise.race([asked, patience]);
  }

  /** Gets the engine, or goes on with a download that the network has dropped. */
  async getEngine() {
    if (this.gone) return;
    const worker = this.#worker;
    this.#engineIs({ state: "coming", sentence: "" });
    try {
      await worker.ask("engine", {}, true);
    } catch (error) {
      if (error instanceof Dropped) return this.#engineIs({ state: "dropped", sentence: error.message });
      if (worker === this.#worker && !(error instanceof Dead)) await this.#engineFailed(/** @type {Error} */ (error).message);
      return;
    }
    this.#engineIs({ state: "here" });
    const { wanted } = this;
    this.#want();
    await wanted?.go();
  }

  /** @param {Partial<Engine>} changes */
  #engineIs(changes) {
    Object.assign(this.engine, changes);
    this.#emit("engine", undefined);
  }

  /** The last wish counts. @param {string} [what] @param {() => Promise<void>} [go] */
  #want(what, go) {
    this.wanted = what && go ? { what, go } : undefined;
    this.#emit("engine", undefined);
  }

  /**
   * Where an address points to.
   * @param {number} step
   * @param {number} back the recorded step to show then; -1 for none
   */
  async #goTo(step, back) {
    if (back >= 0) this.#then = () => void this.showStep(back);
    await this.playUntil(step);
  }

  /**
   * A new run of the experiment with these changes.
   * @param {Partial<Experiment>} changes
   */
  async reset(changes) {
    clearTimeout(this.#due);
    this.#due = 0;
    this.change({ ...untouched(this.shipped), ...changes });
    this.#want();
    await this.#start();
  }

  /**
   * The same in a moment: a slider that moves does not start a run at each of its stops. All neurons
   * take part.
   * @param {Partial<Experiment>} changes
   */
  resetSoon(changes) {
    this.change({ ...changes, ticket: [] });
    clearTimeout(this.#due);
    this.#due = setTimeout(() => void this.reset({}), WAIT_MS);
  }

  /** The article's run anew, trained here. */
  async trainLive() {
    await this.reset({});
    await this.play();
  }

  /** From now on the run that is shown is over: what is asked waits for the next one. */
  #over() {
    this.#then = () => {};
    this.#run += 1;
    const before = [this.#stands, this.#whole];
    [this.#stands, this.#whole] = [waiting(), waiting()];
    void this.#stands.done.then(before[0].resolve);
    void this.#whole.done.then(before[1].resolve);
  }

  async #start() {
    this.#over();
    this.lacking = false;
    const run = this.#run;
    await this.#guard(() =>
      this.#stand(run).catch((error) => {
        if (run === this.#run) throw error; // nobody misses what an earlier run lacks
      }),
    );
    if (run !== this.#run) return;
    this.#stands.resolve();
    this.#whole.resolve();
  }

  /** @param {number} run */
  async #stand(run) {
    const { task, experiment } = this;
    const { files } = this.shipped;
    const moved = experiment.points ? pointsFromText(experiment.points) : undefined;
    // What can be watched first comes first: of the article's run all frames are in the recording.
    const early = !moved && !samplesAreHere(task) && isArticles(experiment, this.shipped);
    this.samples = { x: new Float32Array(), labels: task.labels };
    const samples = moved ?? (early ? this.samples : await samplesOf(task, files));
    if (run !== this.#run) return;
    this.samples = samples;
    const { labels } = samples;
    await this.#worker.ask("reset", { run, x: early ? undefined : samples.x, labels, ...this.#configuration() });
    if (!early || run !== this.#run) return;
    this.#stands.resolve();
    await this.#recording;
    const late = await samplesOf(task, files);
    if (run !== this.#run) return;
    this.samples = late;
    await this.#worker.ask("samples", { x: late.x });
  }

  /** What the worker needs to know of the experiment. */
  #configuration() {
    const { task, experiment } = this;
    const { width, init, init_scale, lr, optimizer, seed, bias, steps, plane, plane_seed, speed } = experiment;
    const { inputs, rank } = task;
    const { options } = OPTIMIZERS[optimizer];
    return {
      config: { width, init, init_scale, lr, seed, bias, steps, inputs, rank, ...options },
      kept: experiment.ticket.length > 0 ? experiment.ticket : null,
      plane: { kind: plane, seed: plane_seed },
      stepsPerSecond: speed || Infinity,
    };
  }

  /** Changes the experiment where that needs no new run. @param {Partial<Experiment>} changes */
  change(changes) {
    Object.assign(this.experiment, consistent({ ...this.experiment, ...changes }, this.shipped));
    this.#emit("experiment", undefined);
  }

  /** What moves is the run that the controls show, not the one before it. */
  async #startDue() {
    if (this.#due) await this.reset({});
  }

  /** To the end of the race; from there, to the end of another one as long. */
  async play() {
    await this.#startDue();
    const { steps } = this.experiment;
    const standing = this.frame?.run === this.#run ? this.frame : undefined;
    // Beyond the end of the recording there is nothing: it begins again.
    const recorded = this.shipped.recording.at(-1)?.step.at(-1) ?? 0;
    if (standing?.replayed && standing.step >= recorded) await this.reset({});
    const at = this.frame?.run === this.#run ? this.frame.step : 0;
    await this.playUntil((Math.floor(at / steps) + 1) * steps);
  }

  /** @param {number} until */
  async playUntil(until) {
    await this.#move("Play", "play", { until });
  }

  async step() {
    await this.#move("Step", "step", { count: 1 });
  }

  /**
   * Moves the run: by the engine, or as it was recorded; or else as soon as the engine is here.
   * @param {string} what as the visitor has asked for it
   * @param {"play" | "step"} type @param {object} request
   */
  async #move(what, type, request) {
    await this.#startDue();
    const articles = isArticles(this.experiment, this.shipped);
    // Another run than the article's begins when its samples are here.
    const live = this.engine.state === "here" && (this.samples.x.length > 0 || !articles);
    const replayed = this.frame?.run === this.#run && this.frame.replayed;
    if (live || replayed || articles) {
      this.#want();
      await this.ask(type, { ...request, replay: !live });
    } else {
      this.#want(what, () => this.#move(what, type, request));
    }
  }

  /** Stops the run, or withdraws what waits for the engine. */
  async pause() {
    this.#want();
    if (this.frame) await this.ask("pause");
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
   * Asks the worker about the run, as soon as there is one; undefined where that fails, which the page
   * then says.
   * @param {string} type
   * @param {object} request
   */
  async ask(type, request = {}) {
    const bare = WITHOUT_SAMPLES.has(type);
    await (bare ? this.#stands : this.#whole).done;
    // What went wrong has been told.
    if (this.frame?.run !== this.#run || !(bare || this.samples.x.length > 0)) return undefined;
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
      progress: (loaded, total) => this.#engineIs({ loaded, total }),
      slow: (slow) => {
        this.slow = slow;
        this.#emit("engine", undefined);
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
      this.#keepLast();
      this.points = [];
      this.structures = [];
      // What has been said before the first run is of the address.
      if (!this.replaying && frame.run > 1) this.#emit("trouble", "");
    }
    this.#collect(frame);
    const latest = Math.max(frame.step, frame.recorded.at(-1) ?? 0);
    // What waits for the engine is still where the address points.
    if (!this.wanted) Object.assign(this.experiment, { step: latest, back: frame.step < latest ? frame.step : -1 });
    if (fresh) this.#emit("start", undefined);
    this.#emit("frame", frame);
    if (!wasPlaying || frame.playing) return;
    this.#emit("still", undefined);
    this.#then();
    this.#then = () => {};
  }

  /** A run that has moved stays to be compared with, until another one has. */
  #keepLast() {
    const { experiment, points } = this;
    if (this.#started && points.length > 1) this.last = { experiment: this.#started, points };
    this.#started = { ...experiment };
    const before = this.last?.experiment;
    if (before?.task !== experiment.task || before.points !== experiment.points) this.last = undefined;
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
      // A dead worker tells of itself, and everything that was asked of it fails.
      if (asked === this.#worker && !(error instanceof Dead)) await this.#failed(/** @type {Error} */ (error));
      return undefined;
    }
  }

  /** Says what went wrong. @param {Error} error */
  async #failed(error) {
    if (this.frame) this.frame.playing = false;
    this.#emit("still", undefined);
    if (error instanceof Dead) return this.#workerDied(error);
    if (error instanceof Diverged || error instanceof Unplayable) return this.#emit("trouble", error.message);
    if (error instanceof Broken && !this.replaying) return this.#engineFailed(error.message);
    // Where nothing trains there is no other task, and that nothing does must still be read.
    if (this.replaying) return this.#emit("trouble", `${this.#onlyReplays} ${error.message}`);
    this.lacking = true;
    this.#emit("trouble", `${error.message} Choose another task, or try again.`);
  }

  /** Another one takes its place: once to train, once more to replay, not for ever. @param {Dead} error */
  async #workerDied(error) {
    this.#deaths += 1;
    this.gone = error instanceof Unstarted || this.#deaths > 2;
    if (this.gone) {
      this.#want();
      this.#engineIs({ state: "failed", sentence: error.message });
      return this.#emit("trouble", error.message);
    }
    this.#engineIs({ state: "coming", loaded: 0, total: 0 });
    await this.#renew();
    if (this.#deaths > 1) return this.#engineFailed(error.message);
    this.#emit("trouble", `${error.message} It has been started again: the run stands at step 0.`);
    await this.getEngine();
  }

  async #renew() {
    this.#over();
    this.#worker.stop();
    this.#worker = this.#newWorker();
    await this.#introduce();
    await this.#start();
  }

  /** Tries once more what has failed. */
  async retry() {
    this.#emit("trouble", "");
    if (!this.replaying) return this.#start();
    this.#deaths = 0;
    this.gone = false;
    this.#engineIs({ state: "coming", loaded: 0, total: 0 });
    await this.#renew();
    await this.getEngine();
  }

  get #onlyReplays() {
    return `${this.engine.sentence} So this page cannot train; instead it replays the article's run as it was recorded.`;
  }

  /** There is no training: the article's run is shown as it was recorded. @param {string} sentence */
  async #engineFailed(sentence) {
    this.#engineIs({ state: "failed", sentence });
    this.#want();
    this.#emit("trouble", this.#onlyReplays);
    const { defaults, tasks } = this.shipped;
    await this.reset({ task: tasks[0].name, ...defaults, optimizer: "descent", bias: true, ticket: [], points: "", bets: [] });
  }
}

/** A promise that is fulfilled from outside. */
function waiting() {
  let resolve = () => {};
  const done = /** @type {Promise<void>} */ (new Promise((fulfil) => (resolve = () => fulfil(undefined))));
  return { done, resolve };
}
