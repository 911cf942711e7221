// Reads what Python sends on standard input with the lab's own modules, and answers what they make of
// it, for test_own_data.py to compare.
import { text } from "node:stream/consumers";
import { readArrays } from "../../../../docs/lab/own_data/arrays.js";
import { counted, prepared } from "../../../../docs/lab/own_data/groups.js";
import { Rotation } from "../../../../docs/lab/own_data/rotation.js";
import { readTable } from "../../../../docs/lab/own_data/table.js";
import { Unusable } from "../../../../docs/lab/own_data/unusable.js";

const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);

function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unusable) return { problem: error.message };
    throw error;
  }
}

const answers = {
  table: ({ text: content, label }) => readTable("own.csv", content, label),
  archive({ base64 }) {
    const found = readArrays("own.npz", new Uint8Array(Buffer.from(base64, "base64")), 1e6);
    return { ...found, names: counted(found.labels).map(({ name }) => name) };
  },
  task({ rows, labels, a, b, vectors }) {
    const task = prepared("own.csv", rows.map((row) => Float64Array.from(row)), labels, a, b);
    const rotation = new Rotation(task.x, task.labels.length);
    return { ...task, rank: rotation.rank, span: rotation.toSpan(task.x), inputs: rotation.toInputs(Float64Array.from(vectors)) };
  },
};

const asked = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(asked.map(({ kind, ...request }) => attempt(() => answers[kind](request))), plain));
