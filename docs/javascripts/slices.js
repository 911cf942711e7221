// Lets the browser answer its reader while Vega computes a figure for the first time.

const SLICE = 8; // ms, after which the browser may turn to what has come meanwhile

/** Lets the browser answer its reader before what comes next. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));

/** When the latest slice of a view's first pulse began. @type {WeakMap<object, number>} */
const begun = new WeakMap();
/** Classes of transforms that pause. */
const pausing = new WeakSet();

/**
 * Runs a view, with pauses between its transforms: the dataflow waits for one that is a promise.
 * Only in its first pulse: whatever changes the view waits for that one, but not for the next, which
 * Vega starts at its end if the view has another size than it thought.
 * @param {{runAsync: () => Promise<unknown>}} view
 * @param {Transform} Transform the class of all transforms
 */
export async function runInSlices(view, Transform) {
  if (!pausing.has(Transform)) letPause(Transform);
  begun.set(view, performance.now());
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
    if (pulse.stamp > 1 || next.then || next.async || performance.now() - since < SLICE) return next;
    return pause().then(() => {
      begun.set(pulse.dataflow, performance.now());
      return next;
    });
  };
}
