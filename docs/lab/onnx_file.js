// A network as an ONNX file: the graph of forward.onnx, whose parameters are inputs, and after it
// the parameters as initializers of the same names, which a caller may then leave out.
//
// In protocol buffers, two messages one after the other are the message that has the fields of
// both, so the parameters are appended, and nothing of the graph needs to be understood.

const FIELD = { metadata: 14, key: 1, value: 2, graph: 7, initializer: 5, dims: 1, data_type: 2, name: 8, raw_data: 9 };
const FLOAT = 1;

/**
 * @param {Uint8Array} graph forward.onnx
 * @param {Record<string, {dims: number[], data: Float32Array}>} parameters
 * @param {Record<string, string>} metadata what a reader of the file should know
 */
export function withParameters(graph, parameters, metadata) {
  const text = (/** @type {string} */ it) => new TextEncoder().encode(it);
  const notes = Object.entries(metadata).flatMap(([key, value]) =>
    message(FIELD.metadata, [...message(FIELD.key, [text(key)]), ...message(FIELD.value, [text(value)])]),
  );
  const tensors = Object.entries(parameters).flatMap(([name, { dims, data }]) =>
    message(FIELD.initializer, [
      ...dims.map((size) => Uint8Array.of(FIELD.dims << 3, ...varint(size))),
      Uint8Array.of(FIELD.data_type << 3, FLOAT),
      ...message(FIELD.name, [text(name)]),
      ...message(FIELD.raw_data, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
    ]),
  );
  return new Blob(/** @type {BlobPart[]} */ ([graph, ...message(FIELD.graph, tensors), ...notes]));
}

/** A field of bytes: its key, its length, its content. @param {number} field @param {Uint8Array[]} content */
function message(field, content) {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.of((field << 3) | 2, ...varint(length)), ...content];
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}
