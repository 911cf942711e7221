// How often the page draws and asks: a run changes faster than a screen, a reader or the worker can
// follow, and only its newest state counts.

export const EVERY_MS = 100; // the race is drawn with every frame, the rest a few times per second

/**
 * One call at a time: all calls that come while one runs become a single one after it.
 * @param {() => Promise<unknown>} work
 */
export function latest(work) {
  let busy = false;
  let again = false;
  return async () => {
    again = true;
    if (busy) return;
    busy = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      busy = false;
    }
  };
}

/**
 * Calls a drawing a few times per second while the run plays, and always for the state it stops at.
 * @param {import("../lab.js").Lab} lab
 * @param {(frame: import("../lab.js").Frame) => void} drawing
 */
export function onChange(lab, drawing, every = EVERY_MS) {
  let last = 0;
  lab.on("frame", (frame) => {
    const now = performance.now();
    if (frame.playing && now - last < every) return;
    last = now;
    drawing(frame);
  });
}
