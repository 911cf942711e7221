// Lets the browser answer its reader while Vega computes a figure for the first time.

const SLICE = 15; // ms, after which the browser may turn to what has come meanwhile

/** Lets the browser answer its reader before what comes next. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));

/**
 * Runs a view, with pauses between its transforms: the dataflow waits for one that is a promise.
 * Only in its first pulse: whatever changes the view waits for that one, but not for the next, which
 * Vega starts at its end if the view has another size than it thought.
 * @param {{runAsync: () => Promise<unknown>}} view
 * @param {{prototype: {run: (pulse: any) => any}}} Transform the class of all transforms
 */
export async function runInSlices(view, Transform) {
  const { run } = Transform.prototype;
  let begun = performance.now();
  Transform.prototype.run = function (pulse) {
    const next = run.call(this, pulse);
    if (pulse.stamp > 1 || next.then || next.async || performance.now() - begun < SLICE) return next;
    return pause().then(() => {
      begun = performance.now();
      return next;
    });
  };
  try {
    await view.runAsync();
  } finally {
    Transform.prototype.run = run;
  }
}
