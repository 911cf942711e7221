// The sides that browser_steps.py lets take turns in the browser: they train the same network.

const WARM_UP = 50; // steps in which the browser compiles what is hot

/** onnxruntime-web and step.onnx, as in the lab. */
export async function ours({ x, labels, w_in, w_out, config, steps, stepsPerCall }) {
  const ort = await import("/ort/ort.wasm.min.mjs");
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create("/data/step.onnx");
  const rank = x.length / labels.length;
  const tensor = (values, dims) => new ort.Tensor("float32", Float32Array.from(values), dims);
  const feeds = {
    w_in: tensor(w_in, [config.width, rank]),
    b: tensor(new Float32Array(config.width), [config.width]),
    w_out: tensor(w_out, [2, config.width]),
    x: tensor(x, [labels.length, rank]),
    y: tensor(labels.flatMap((label) => [1 - label, label]), [labels.length, 2]),
    lr: tensor([config.lr], []),
    bias_on: tensor([1], []),
  };
  const run = async (count) => {
    let loss;
    for (let done = 0; done < count; done += stepsPerCall) {
      const calls = new ort.Tensor("int64", [BigInt(stepsPerCall)], []);
      const out = await session.run({ ...feeds, steps: calls });
      Object.assign(feeds, { w_in: out.w_in_next, b: out.b_next, w_out: out.w_out_next });
      loss = out.loss.data[0];
    }
    return loss;
  };
  await run(WARM_UP);
  const began = performance.now();
  const loss = await run(steps);
  return { rate: (1000 * steps) / (performance.now() - began), loss };
}

/** TensorFlow.js with step.onnx's arithmetic: one large product a step (export/onnx_models.py). */
export async function sameArithmetic(experiment) {
  const { tf, inputs, target, w_in, w_out } = await tensors(experiment);
  const a = tf.matMul(w_in, inputs, false, true);
  const g = tf.add(tf.matMul(inputs, inputs, false, true), 1);
  const rate = tf.scalar(experiment.config.lr / inputs.shape[0]);

  const forward = (c, w) => {
    const h = tf.relu(tf.add(tf.matMul(c, g), a));
    const logP = tf.logSoftmax(tf.matMul(h, w, true, true));
    return { h, logP, loss: tf.neg(tf.mean(tf.sum(tf.mul(target, logP), 1))) };
  };
  const step = ({ c, w, h, logP }) => {
    const push = tf.mul(tf.sub(target, tf.exp(logP)), rate);
    const pull = tf.matMul(w, push, true, true);
    const next = {
      c: tf.add(c, tf.where(tf.greater(h, 0), pull, tf.zerosLike(pull))),
      w: tf.add(w, tf.matMul(push, h, true, true)),
    };
    return { ...next, ...forward(next.c, next.w) };
  };

  const c = tf.zerosLike(a);
  let now = { c, w: w_out, ...forward(c, w_out) };
  return timed(experiment.steps, () => {
    const before = now;
    now = tf.tidy(() => step(before));
    tf.dispose(before);
    return now.loss;
  });
}

/** TensorFlow.js with the gradient as one writes it by hand: a product with x forward, one back. */
export function closedForm(experiment) {
  return byHand(experiment, (tf, a, b, across) => tf.matMul(a, b, across === a, across === b));
}

/** The same for its wasm backend, which is slow at products of matrices that lie across. */
export function closedFormTurned(experiment) {
  const turned = (tf, matrix, across) => (matrix === across ? tf.transpose(matrix) : matrix);
  return byHand(experiment, (tf, a, b, across) =>
    tf.matMul(turned(tf, a, across), turned(tf, b, across)),
  );
}

/** `product` is that of two matrices, one of which may lie across. */
async function byHand(experiment, product) {
  const { tf, inputs, target, ...start } = await tensors(experiment);
  const rate = tf.scalar(experiment.config.lr / inputs.shape[0]);
  const step = ({ w_in, b, w_out }) => {
    const h = tf.relu(tf.add(product(tf, inputs, w_in, w_in), b));
    const logP = tf.logSoftmax(product(tf, h, w_out, w_out));
    const push = tf.mul(tf.sub(target, tf.exp(logP)), rate);
    const pull = tf.mul(product(tf, push, w_out), tf.step(h));
    return {
      w_in: tf.add(w_in, product(tf, pull, inputs, pull)),
      b: tf.add(b, tf.sum(pull, 0)),
      w_out: tf.add(w_out, product(tf, push, h, push)),
      loss: tf.neg(tf.mean(tf.sum(tf.mul(target, logP), 1))),
    };
  };
  let now = { w_in: start.w_in, b: tf.zeros([experiment.config.width]), w_out: start.w_out };
  return timed(experiment.steps, () => {
    const before = now;
    now = tf.tidy(() => step(before));
    tf.dispose(before);
    return now.loss;
  });
}

/** TensorFlow.js as its guides train: automatic gradients and its SGD optimizer. */
export async function textbook(experiment) {
  const { tf, inputs, target, ...start } = await tensors(experiment);
  const w_in = tf.variable(tf.transpose(start.w_in));
  const b = tf.variable(tf.zeros([experiment.config.width]));
  const w_out = tf.variable(tf.transpose(start.w_out));
  const optimizer = tf.train.sgd(experiment.config.lr);
  const loss = () => {
    const h = tf.relu(tf.add(tf.matMul(inputs, w_in), b));
    return tf.losses.softmaxCrossEntropy(target, tf.matMul(h, w_out));
  };
  return timed(experiment.steps, () => optimizer.minimize(loss, true));
}

/** The start, and TensorFlow.js on wasm: one thread, as this page is not cross-origin isolated. */
async function tensors({ x, labels, w_in, w_out, config }) {
  const tf = globalThis.tf;
  tf.wasm.setWasmPaths("/tfjs/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  const rank = x.length / labels.length;
  return {
    tf,
    inputs: tf.tensor2d(x, [labels.length, rank]),
    target: tf.tensor2d(labels.map((label) => [1 - label, label])),
    w_in: tf.tensor2d(w_in, [config.width, rank]),
    w_out: tf.tensor2d(w_out, [2, config.width]),
  };
}

function timed(steps, step) {
  for (let i = 0; i < WARM_UP; i++) step();
  const began = performance.now();
  let loss;
  for (let i = 0; i < steps; i++) loss = step();
  [loss] = loss.dataSync();
  return { rate: (1000 * steps) / (performance.now() - began), loss };
}
