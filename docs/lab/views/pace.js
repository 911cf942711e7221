// How often the page draws and asks: a run has more news than a screen, a reader or the worker can
// take, and only the newest counts.

export const EVERY_MS = 100; // the race is drawn with every frame, the rest a few times a second

/**
 * One call at a time: those that come meanwhile become one more, afterwards.
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
 * Calls a drawing a few times a second while the run plays, and always for the state it stops at.
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
