"""Full-batch gradient descent in closed form, in the span of the samples, many seeds at once.

Three facts make it fast and leave the result what a textbook loop gives:

- Every gradient of w_in is a sum of samples, so w_in moves only in their span: N = 200 images span
  at most 200 of 3,072 pixel directions. `Rotation` turns the axes so that the first r span the
  samples; the others never change and only add a constant to squared norms and inner products.
- Softmax with two outputs makes an error of the form e (1, -1), one number per sample.
- With few samples the network's pre-activations can be stepped themselves: a push on the weights
  by samples moves them by the samples' Gram matrix, one matrix product per step instead of two.
"""

import dataclasses

import numpy as np
import scipy.linalg
import torch

from racing_core.errors import InputError
from racing_core.network import Parameters

RECORDED_TIMES = 200
UNEQUAL = 1e-9  # ours: share by which equal lengths are made to differ
DEPENDENT = 1e-10  # ours: an input of which others leave a smaller share is a sum of them
RISEN, FALLEN = 1.01, 0.99  # ours: shares of the loss's start; what lies between has not moved


class Rotation:
    """An orthonormal basis of input space whose first `rank` vectors span the samples.

    The rank is measured: it is the number of singular values of x above max(N, D) eps times the
    largest, eps = 2.2e-16 (the tolerance of numpy.linalg.matrix_rank). Where it is D, the basis is
    that of the inputs, unchanged. The vectors beyond the span are never formed, since D of them
    would be D times as large as the data per sample; all D coordinates are found by r Householder
    reflections of D numbers each.

    Rounding chooses nothing, so that a seed draws the same network on every machine, and in the lab
    (docs/lab/own_data/rotation.js): samples of equal length, as the last two of centered ones are
    once the others are taken away, are made unequal by far more than rounding.

    Attributes:
        rank: r, the dimension of the span.
        span: (D, r), the basis of the span, one vector per column.
    """

    def __init__(self, x):
        """From samples x (N, D)."""
        samples, inputs = x.shape
        rows = _few_rows(x) if samples > inputs else x
        columns = _unequal(rows.T)
        (reflectors, scales), triangle, _ = scipy.linalg.qr(columns, mode="raw", pivoting=True)
        strengths = np.linalg.svd(triangle, compute_uv=False)
        negligible = max(samples, inputs) * np.finfo(float).eps * strengths[0]
        self.rank = int((strengths > negligible).sum())
        if self.rank == inputs:
            self._reflectors, self._scales = np.eye(inputs), np.zeros(inputs)
            self._signs = np.ones(inputs)
        else:
            self._reflectors = np.asfortranarray(reflectors[:, : self.rank])
            self._scales = scales[: self.rank]
            # A QR factorisation is unique once the diagonal is positive.
            self._signs = np.sign(np.diag(triangle)[: self.rank])
        basis = torch.linalg.householder_product(*self._householder())
        self.span = basis.numpy() * self._signs

    def _householder(self):
        return torch.from_numpy(self._reflectors), torch.from_numpy(self._scales)

    def to_span(self, x):
        """Coordinates (..., r) of vectors x (..., D) in the span."""
        return x @ self.span

    def to_coordinates(self, x):
        """All D coordinates (n, D) of vectors x (n, D), those in the span first."""
        turned = torch.ormqr(*self._householder(), torch.tensor(x).T, transpose=True).T.numpy()
        turned[:, : self.rank] *= self._signs
        return turned

    def to_inputs(self, coordinates):
        """Vectors (n, D) in the original inputs, from all D coordinates (n, D)."""
        turned = np.array(coordinates)
        turned[:, : self.rank] *= self._signs
        return torch.ormqr(*self._householder(), torch.from_numpy(turned).T).T.numpy()


def _unequal(columns):
    """Columns (n, m), of which of equally long ones the last is now the longest."""
    return columns * (1 + UNEQUAL * np.linspace(0, 1, columns.shape[1]))


def _few_rows(x):
    """As many rows as inputs (D, D), which span what the samples x (N, D) span, N > D."""
    triangle = np.linalg.qr(x, mode="r")
    lengths = np.linalg.norm(triangle, axis=0)
    if not (abs(np.diag(triangle)) < DEPENDENT * lengths).any():
        return triangle
    # An input that is a sum of earlier ones leaves a row of rounding, unless it comes last.
    triangle, order = scipy.linalg.qr(_unequal(x), mode="r", pivoting=True)
    rows = np.empty((x.shape[1], x.shape[1]))
    rows[:, order] = triangle[: x.shape[1]] * np.where(np.diag(triangle) < 0, -1, 1)[:, None]
    return rows / _unequal(np.ones((1, x.shape[1])))


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """What training looked like at the recorded times, in the span's coordinates.

    Attributes:
        time: recorded steps (T,), int64, from 0 to the last.
        loss: mean cross-entropy (S, T) in nats.
        accuracy: fraction of training samples that are right (S, T).
        parameters: w_in (S, K, d, r), b (S, K, d), w_out (S, K, 2, d), at the times whose weights
            were kept (K = T unless `descend` got `kept`).
    """

    time: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    parameters: Parameters


def recorded_times(steps):
    """Times to record (T,): log-spaced from 0 to `steps`, at least 200 of them, or every step."""
    count, times = RECORDED_TIMES, np.arange(min(steps, RECORDED_TIMES) + 1)
    while times[-1] < steps or len(times) < min(RECORDED_TIMES, steps + 1):
        times = np.unique(np.r_[0, np.geomspace(1, steps, count).round().astype(np.int64)])
        count += 20
    return times


def choose_device(name):
    """`auto`, `cpu` or `cuda` -> torch.device. InputError where cuda is asked for and absent."""
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device is cuda, but no CUDA GPU is usable here; choose cpu or auto.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def descend(
    start, x, y, lr, times, device="cpu", dtype="float64", on_step=lambda steps: None, bias=True,
    kept=None,
) -> Trajectory:  # fmt: skip
    """Train a batch of networks, one per seed, and record them at `times`.

    Args:
        start: Parameters w_in (S, d, r), b (S, d), w_out (S, 2, d), numpy.
        x: samples (N, r). y: labels (N,), 0 or 1.
        lr: learning rate. times: increasing steps (T,) that begin with 0.
        device, dtype: where (see `choose_device`) and in which precision to train.
        on_step: called at every recorded time with the number of steps since the one before.
        bias: whether there are biases; without them `start.b` counts for nothing.
        kept: positions in `times` at which weights are kept, (-1,) for the last alone; None for
            all. A history of weights is most of what a recorded time costs.

    Raises:
        InputError: the device is not there; the loss overflows, before the first step or later, or
            diverges (see `check_end`).
    """
    networks = _Networks(start, x, y, lr, choose_device(device), getattr(torch, dtype), bias)
    seeds, width, rank = start.w_in.shape
    places = np.arange(len(times))[slice(None) if kept is None else list(kept)]
    loss, accuracy = np.empty((2, seeds, len(times)))
    history = Parameters(
        np.empty((seeds, len(places), width, rank), dtype),
        np.empty((seeds, len(places), width), dtype),
        np.empty((seeds, len(places), 2, width), dtype),
    )

    def record(index):
        for place in np.flatnonzero(places == index):
            for kept_part, part in zip(history, networks.parameters(), strict=True):
                kept_part[:, place] = part.cpu().numpy()
        loss[:, index], accuracy[:, index] = networks.loss_and_accuracy()
        if not np.isfinite(loss[:, index]).all():
            raise overflowed(lr, loss[:, 0], times[index])

    record(0)
    for index, steps in enumerate(np.diff(times), start=1):
        for _ in range(steps):
            networks.step()
        record(index)
        on_step(int(steps))
    check_end(loss, lr, times[-1])
    return Trajectory(np.asarray(times), loss, accuracy, history)


class _Networks:
    """A batch of S networks while it is trained.

    With h = ReLU(w_in x + b), u = w_out[0] - w_out[1] and e = [label 0] - sigmoid(u h), the error
    is Delta y = e (1, -1), and one step adds, averaged over samples,
    lr g u e x to w_in, lr g u e to b and lr h e (1, -1) to w_out, where g is the gate h > 0
    (the slides' equations before they are split into norms and angles). So of w_out only u moves,
    by twice lr h e. Most of a step is one matrix product; the rest goes over the activations as
    few times as can be, and makes nothing anew.
    """

    def __init__(self, start, x, y, lr, device, dtype, bias):
        kind = {"dtype": dtype, "device": device}
        self.samples, self.rate = len(x), lr / len(x)
        # The bias is the weight of an input that is always 1, or, where there is none, always 0.
        constant = torch.full((self.samples, 1), float(bias), **kind)
        self.inputs = torch.cat([torch.tensor(x, **kind), constant], dim=1)  # (N, r + 1)
        w_in, b = torch.tensor(start.w_in, **kind), torch.tensor(start.b, **kind)
        self.w = torch.cat([w_in, b[..., None]], -1)  # (S, d, r + 1)
        w_out = torch.tensor(start.w_out, **kind)  # (S, 2, d)
        self.mean, self.u = w_out.mean(1, keepdim=True), w_out[:, :1] - w_out[:, 1:]  # (S, 1, d)
        self.label_0 = torch.tensor(y == 0, **kind)  # (N,)
        self.target = self.rate * self.label_0
        self.z = self.w @ self.inputs.T  # pre-activations (S, d, N)
        self.hidden, self.push = torch.empty_like(self.z), torch.empty_like(self.z)
        self.error = torch.empty(len(self.z), 1, self.samples, **kind)  # times the rate
        self.difference = torch.empty_like(self.error)  # logit of label 0 minus that of label 1
        self.few_samples = self.samples < 2 * self.w.shape[-1]
        if self.few_samples:
            self.gram = self.inputs @ self.inputs.T  # (N, N)
            self.pushed = torch.zeros_like(self.z)  # sum of the pushes since `parameters`

    def forward(self):
        """Fill `hidden` and `difference` from the pre-activations."""
        torch.clamp(self.z, min=0, out=self.hidden)
        torch.bmm(self.u, self.hidden, out=self.difference)

    def step(self):
        hidden, push, error = self.hidden, self.push, self.error
        self.forward()
        torch.sub(self.target, self.difference.sigmoid_(), alpha=self.rate, out=error)
        torch.bmm(self.u.mT, error, out=push)  # (S, d, N)
        # The derivative of ReLU, in one pass: 0 where the gate is closed.
        torch.ops.aten.threshold_backward.grad_input(push, hidden, 0, grad_input=push)
        self.u.baddbmm_(error, hidden.mT, alpha=2)
        flat = push.view(-1, self.samples)  # (S d, N)
        if self.few_samples:
            self.pushed.add_(push)
            self.z.view(-1, self.samples).addmm_(flat, self.gram)
        else:
            self.w.view(-1, self.w.shape[-1]).addmm_(flat, self.inputs)
            torch.matmul(self.w, self.inputs.T, out=self.z)

    def parameters(self) -> Parameters:
        """Tensors w_in (S, d, r), b (S, d), w_out (S, 2, d)."""
        if self.few_samples:
            self.w.add_(self.pushed @ self.inputs)
            self.pushed.zero_()
            torch.matmul(self.w, self.inputs.T, out=self.z)  # so rounding does not pile up in z
        w_out = torch.cat([self.mean + self.u / 2, self.mean - self.u / 2], dim=1)
        return Parameters(self.w[..., :-1], self.w[..., -1], w_out)

    def loss_and_accuracy(self):
        """Mean cross-entropy and share of samples that are right, both (S,)."""
        self.forward()
        difference, of_0 = self.difference[:, 0], self.label_0 == 1
        margin = torch.where(of_0, difference, -difference)
        loss = torch.nn.functional.softplus(-margin).mean(-1)
        # Equal logits count as label 0, as an argmax does.
        right = torch.where(of_0, margin >= 0, margin > 0)
        return loss.cpu(), right.to(loss.dtype).mean(-1).cpu()


def check_end(loss, lr, time):
    """Raise InputError if a loss (S, T) diverged: it rose, and never came below its start again.

    A loss that has hardly moved is no divergence, but a network that has not learned. A loss that
    is back at its start has diverged all the same: a step that is too long can close all gates for
    good, and the loss then stays at log 2.
    """
    rose = loss.max(axis=1) > RISEN * loss[:, 0]
    diverged = rose & (loss[:, -1] > FALLEN * loss[:, 0])
    if diverged.any():
        worst = loss[diverged, -1].max()
        raise InputError(
            f"Training diverged: the loss is {worst:.3g}, above its start or back at it, at step "
            f"{time} with the learning rate lr = {lr:g}; choose a smaller lr."
        )


def overflowed(lr, start, time):
    """The InputError of a run whose loss is NaN or infinite at step `time`; `start` (S,) at 0."""
    if not np.isfinite(start).all():
        return InputError(
            "The loss is NaN or infinite before the first step: the initial weights are too large; "
            "choose a smaller init_scale."
        )
    return InputError(
        f"Training diverged: the loss is NaN or infinite at step {time} with the learning rate "
        f"lr = {lr:g}, from {start.max():.3g} at step 0; choose a smaller lr or init_scale."
    )
