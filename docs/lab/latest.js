// Work that takes a while and whose newest result alone counts.

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
