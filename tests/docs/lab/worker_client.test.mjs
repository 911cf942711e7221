import assert from "node:assert/strict";
import { test } from "node:test";
import { Unstarted, WorkerClient } from "../../../docs/lab/worker_client.js";

const CASES = [
  [new Response("", { status: 404 }), "The server answered 404 when asked for lab/worker.js."],
  [new Response("<!doctype html>"), "The server sent a web page in place of lab/worker.js."],
  [new Response(""), "The server sent nothing in place of lab/worker.js."],
  // Of another type, or no code that the browser can read.
  [new Response("const ="), "Load the page again; perhaps a part of it did not come."],
];

for (const early of [true, false]) {
  test(`a worker that fails ${early ? "before" : "after"} the page is here is told at once, and why`, async () => {
    globalThis.setTimeout = () => 0; // no time passes
    globalThis.document = { hidden: false };
    for (const [answer, why] of CASES) {
      globalThis.fetch = async () => answer.clone();
      const worker = { failed: early, postMessage() {}, terminate() {} };
      globalThis.labWorker = worker;
      const error = await new Promise((failure) => {
        new WorkerClient({ failure }).load({}).catch(() => undefined); // it tells of itself
        if (!early) worker.onerror({ preventDefault() {} });
      });
      assert.ok(error instanceof Unstarted);
      assert.equal(error.message, `The part of the lab that trains could not be started. ${why}`);
    }
  });
}
