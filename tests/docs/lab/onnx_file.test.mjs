// That runtimes read such a file is tested in tests/browser/test_lab.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withParameters } from "../../../docs/lab/onnx_file.js";

test("the parameters follow the graph, their lengths in as many bytes as they need", async () => {
  const graph = Uint8Array.of(1, 2, 3);
  const data = new Float32Array(300).fill(1);
  const file = new Uint8Array(await withParameters(graph, { w: { dims: [300], data } }, {}).arrayBuffer());
  assert.deepEqual([...file.subarray(0, 3)], [1, 2, 3]);
  // Of the tensor: dims 3 bytes, type 2, name 3, its 1200 numbers' bytes with key and length 1203.
  const varint = (value) => [(value & 127) | 128, value >> 7];
  const tensor = 3 + 2 + 3 + 1203;
  const expected = [(7 << 3) | 2, ...varint(tensor + 3), (5 << 3) | 2, ...varint(tensor), 1 << 3, ...varint(300)];
  assert.deepEqual([...file.subarray(3, 3 + expected.length)], expected);
  assert.equal(file.length, 3 + 3 + tensor + 3);
});
