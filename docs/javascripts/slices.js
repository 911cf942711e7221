// Lets the browser answer its reader while Vega computes a figure for the first time.

const SLICE = 8; // ms, after which the browser may turn to what has come meanwhile

/** Lets the browser answer its reader before what comes next. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));

/** When the latest slice of a view that is run in slices began. @type {WeakMap<object, number>} */
const begun = new WeakMap();
/** Classes of transforms that pause. */
const pausing = new WeakSet();

/**
 * Runs a view for the first time, with pauses between its transforms (the dataflow waits for one that
 * is a promise) and before it is drawn. Mostly it computes all twice: once its labels are there, it has
 * another size than it thought. Whatever else changes the view waits until it is drawn.
 * @param {any} view
 * @param {{Dataflow: any, Transform: Transform}} vega the classes of all dataflows and transforms
 */
export async function runInSlices(view, { Dataflow, Transform }) {
  if (!pausing.has(Transform)) letPause(Transform);
  const compute = Dataflow.prototype.evaluate.bind(view); // without drawing
  /** What Vega asks for at the end of the first time. @type {unknown[] | undefined} */
  let again;
  view.run = (/** @type {unknown[]} */ ...how) => ((again = how), view);
  view.evaluate = async (/** @type {unknown[]} */ ...how) => {
    try {
      for (let next = /** @type {typeof again} */ (how); next; next = again) {
        again = undefined;
        begun.set(view, performance.now());
        await compute(...next);
        await pause();
      }
    } finally {
      begun.delete(view);
      delete view.run;
      delete view.evaluate;
    }
    return view.evaluate(); // nothing is left to compute
  };
  await view.runAsync();
}

/** @typedef {{prototype: {run: (pulse: any) => any}}} Transform */

/** @param {Transform} Transform */
function letPause(Transform) {
  pausing.add(Transform);
  const { run } = Transform.prototype;
  Transform.prototype.run = function (pulse) {
    const next = run.call(this, pulse);
    const since = begun.get(pulse.dataflow) ?? Infinity;
    if (next.then || next.async || performance.now() - since < SLICE) return next;
    return pause().then(() => {
      begun.set(pulse.dataflow, performance.now());
      return next;
    });
  };
}
