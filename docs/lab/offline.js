// After the first visit the lab works without a network.

/** Where the browser lets it; without, the lab is as good while there is a network. */
export async function keepForOffline() {
  try {
    await navigator.serviceWorker?.register(new URL("service_worker.js", import.meta.url));
  } catch {
    // Forbidden, or no room.
  }
}
