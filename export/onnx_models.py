"""The two ONNX models of the site: gradient descent itself, and a trained network.

`step_model` runs any number of full-batch gradient-descent steps in one call. It is written for
onnxruntime-web's plain wasm build, where a matrix product costs most of the time, so that a step
has one large product instead of the usual two:

Every gradient of w_in is a combination of the samples, so w_in(t) = w_in(0) + c(t) x and
b(t) = b(0) + sum of c(t) over the samples, for some coefficients c (d, n) that start at 0. Hence
the pre-activations are w_in(t) x^T + b(t) = a + c(t) g with the constants a = w_in(0) x^T + b(0)
and g = x x^T + 1: the bias is the weight of an input that is always 1, or 0 where it is to stay as
it is. A step adds
lr/n gate * (w_out^T dy) to c, and w_in itself is worked out once, at the end of the call.

Arrays are (neurons, samples) and (outputs, samples): the faster way round for Gemm.
"""

import numpy as np
import onnx
from onnx import checker, numpy_helper, parser

# The first opset with all that the models use (reductions whose axes are an input), and the first
# file format with functions: old enough for every runtime of the last years.
HEADER = """<ir_version: 8, opset_import: ["": 18, "racing": 1]>"""

STEP = """
step (float[d, r] w_in, float[d] b, float[2, d] w_out, float[n, r] x, float[n, 2] y,
      float lr, float bias_on, int64 steps)
  => (float[d, r] w_in_next, float[d] b_next, float[2, d] w_out_next, float loss, float accuracy,
      float[d] norm_in, float[d] norm_out, float[k] losses)
{
  samples = ReduceSum <keepdims = 0> (y)
  rate = Div (lr, samples)
  target = Transpose (y)

  products = Gemm <transB = 1> (x, x)
  g = Add (products, bias_on)
  last = Constant <value_ints = [-1]> ()
  bias = Unsqueeze (b, last)
  a = Gemm <transB = 1> (w_in, x, bias)
  c_0 = Sub (a, a)

  h_0, log_p_0 = racing.forward (c_0, w_out, a, g)
  go = Constant <value = bool {1}> ()
  c_end, w_out_next, h_end, log_p_end, losses = Loop (steps, go, c_0, w_out, h_0, log_p_0) <
    body = one_step (int64 t, bool go_on, float[d, n] c, float[2, d] w, float[d, n] h,
                     float[2, n] log_p)
      => (bool go_on_too, float[d, n] c_new, float[2, d] w_new, float[d, n] h_new,
          float[2, n] log_p_new, float loss_new)
    {
      p = Exp (log_p)
      dy = Sub (target, p)
      push = Mul (dy, rate)
      gate = Sign (h)
      pull = Gemm <transA = 1> (w, push)
      gated = Mul (gate, pull)
      c_new = Add (c, gated)
      w_new = Gemm <transB = 1> (push, h, w)
      h_new, log_p_new = racing.forward (c_new, w_new, a, g)
      loss_new = racing.cross_entropy (log_p_new, target, samples)
      go_on_too = Identity (go_on)
    }>

  w_in_next = Gemm (c_end, x, w_in)
  pushes = ReduceSum <keepdims = 0> (c_end, last)
  b_change = Mul (pushes, bias_on)
  b_next = Add (b, b_change)

  loss = racing.cross_entropy (log_p_end, target, samples)
  first = Constant <value_ints = [0]> ()
  z_end = Gemm (w_out_next, h_end)
  guess = ArgMax <axis = 0, keepdims = 0> (z_end)
  truth = ArgMax <axis = 0, keepdims = 0> (target)
  right = Equal (guess, truth)
  right_or_not = Cast <to = 1> (right)
  accuracy = ReduceMean <keepdims = 0> (right_or_not)
  norm_in = ReduceL2 <keepdims = 0> (w_in_next, last)
  norm_out = ReduceL2 <keepdims = 0> (w_out_next, first)
}

<opset_import: ["": 18], domain: "racing">
forward (c, w_out, a, g) => (h, log_p)
{
  before = Gemm (c, g, a)
  h = Relu (before)
  z = Gemm (w_out, h)
  log_p = LogSoftmax <axis = 0> (z)
}

<opset_import: ["": 18], domain: "racing">
cross_entropy (log_p, target, samples) => (loss)
{
  of_the_true = Mul (target, log_p)
  total = ReduceSum <keepdims = 0> (of_the_true)
  mean = Div (total, samples)
  loss = Neg (mean)
}
"""

FORWARD = """
network (float[n, r] x%s) => (float[n, 2] logits, float[n, d] hidden)
{
  before = Gemm <transB = 1> (x, w_in, b)
  hidden = Relu (before)
  logits = Gemm <transB = 1> (hidden, w_out)
}
"""


def step_model() -> onnx.ModelProto:
    """Gradient descent on the network of the slides, any number of steps a call, float32.

    With h = ReLU(w_in x + b), z = w_out h and dy = y - softmax(z), a step adds
    lr <gate (w_out . dy) x> to w_in, lr <gate (w_out . dy)> to b and lr <h dy> to w_out, averaged
    over the samples. Width d, samples n and inputs r are dynamic.

    Inputs: w_in (d, r), b (d), w_out (2, d), x (n, r), y (n, 2) one-hot, lr (), bias_on () 1, or
    0 for biases that stay as they are, steps () int64.
    Outputs: w_in_next, b_next, w_out_next; loss () in nats and accuracy () of these parameters;
    norm_in (d), norm_out (d), their norms for each neuron; losses (steps), the loss after each
    step. NaN or infinite losses tell a diverging run. Accuracy compares logits: around log(1/2),
    float32 log-probabilities of logits that differ by less than 6e-8 are equal.
    """
    return _checked(parser.parse_model(HEADER + STEP))


def forward_model(w_in, b, w_out) -> onnx.ModelProto:
    """The network with the parameters w_in (d, r), b (d), w_out (2, d), stored as float32.

    Input: x (n, r). Outputs: logits (n, 2) and hidden (n, d), the activations. Samples n are
    dynamic.
    """
    model = parser.parse_model(HEADER + FORWARD % "")
    for name, values in {"w_in": w_in, "b": b, "w_out": w_out}.items():
        stored = numpy_helper.from_array(np.asarray(values, np.float32), name)
        model.graph.initializer.append(stored)
    return _checked(model)


def any_forward_model() -> onnx.ModelProto:
    """The same network with its parameters as inputs: x (n, r), w_in (d, r), b (d), w_out (2, d).

    Initializers of these names, appended to the file, make it a network of their own: parameters
    that a caller may leave out.
    """
    parameters = ", float[d, r] w_in, float[d] b, float[2, d] w_out"
    return _checked(parser.parse_model(HEADER + FORWARD % parameters))


def _checked(model):
    checker.check_model(model, full_check=True)
    return model
