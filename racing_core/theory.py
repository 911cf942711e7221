"""Learning dynamics of one neuron: the slides' five equations, and what follows from them.

Notation of the slides: w^(1) = w_in with norm |w^(1)| and angle theta, w^(2) = w_out with norm
|w^(2)| and angle phi, b the bias, h = ReLU(w^(1).x + b), g the gate (1 where h > 0), dy = y -
softmax(w^(2) h), L the mean cross-entropy, <.> the mean over samples. With two outputs dy = e (1,
-1), one number e per sample.

Everything takes one network's Parameters (w_in (d, D), b (d,), w_out (2, d)), samples x (N, D) and
labels y (N,); coordinates in the samples' span serve as well as all D, since no sample leaves it. A
vector of norm 0 has no direction: its unit vector counts as 0.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from racing_core.network import Parameters
from racing_core.neurons import unit

FORESIGHT = 2  # ours: e-foldings of growth for which neurons are followed alone
FINEST = 1_000  # ours: steps per e-folding beyond which finer ones lead to the same place


class Gradients(NamedTuple):
    """Derivatives of the loss along a neuron's angles, norms and bias, each (d,)."""

    phi: np.ndarray
    norm_out: np.ndarray
    theta: np.ndarray
    norm_in: np.ndarray
    b: np.ndarray


def errors(parameters, x, y):
    """Errors e (N,), hidden activations h (N, d) and gates g (N, d): dy = e (1, -1)."""
    w_in, b, w_out = parameters
    hidden = (x @ w_in.T + b).clip(0)
    e = (y == 0) - expit(hidden @ (w_out[0] - w_out[1]))
    return e, hidden, hidden > 0


def gradients(parameters, x, y) -> Gradients:
    """The slides' five equations (stage 2), for every neuron.

        dL/dphi     = -|w2| <h |dy| sin(phi_dy - phi)>
        dL/d|w2|    = -     <h |dy| cos(phi_dy - phi)>
        dL/dtheta   = -|w2| |w1| |<gamma>| sin(theta_gamma - theta)
        dL/d|w1|    = -|w2|      |<gamma>| cos(theta_gamma - theta)
        dL/db       = -|w2| <g |dy| cos(phi_dy - phi)>

    The slides do not spell out gamma; gamma = g |dy| cos(phi_dy - phi) x is our reading, with which
    the equations are exact. theta is the angle within the plane of w1 and `<gamma>`, in which all
    turning happens (ours; with two inputs it is the polar angle). Our last equation has a gate g
    that the slide's lacks: with a closed gate the bias has no influence on the loss.
    """
    e, hidden, gates = errors(parameters, x, y)
    w_in, _, w_out = parameters
    strength, phi = np.linalg.norm(w_out, axis=0), np.arctan2(w_out[1], w_out[0])
    # dy = e (1, -1) has norm sqrt(2) |e| and angle -45 degrees, or 135 where e < 0.
    length = np.sqrt(2) * abs(e)[:, None]
    turn = np.where(e >= 0, -np.pi / 4, 3 * np.pi / 4)[:, None] - phi
    along = length * np.cos(turn) * (strength > 0)
    gamma = (gates * along).T @ x / len(x)
    direction = unit(w_in)
    forward = (gamma * direction).sum(1)  # |<gamma>| cos(theta_gamma - theta)
    sideways = np.linalg.norm(gamma - forward[:, None] * direction, axis=1)  # the same with sin
    norm_in = np.linalg.norm(w_in, axis=1)
    return Gradients(
        phi=-strength * (hidden * length * np.sin(turn)).mean(0),
        norm_out=-(hidden * along).mean(0),
        theta=-strength * norm_in * sideways,
        norm_in=-strength * forward,
        b=-strength * (gates * along).mean(0),
    )


def pull(parameters, x, y):
    """Extended gamma (d, D + 1) = `(<g e x>, <g e>)`: what pulls at [w1, b], per unit of c.

    Under gradient flow, with c = (w2[0] - w2[1]) / sqrt(2) and W = [w1, b],
    dW/dt = sqrt(2) c gamma and dc/dt = sqrt(2) W.gamma: exact, whatever the gates. It depends on
    the neuron only through its gates, so neurons with the same gates feel the same pull.
    """
    e, _, gates = errors(parameters, x, y)
    gated = gates * e[:, None] / len(x)
    return np.concatenate([gated.T @ x, gated.sum(0)[:, None]], axis=1)


def conserved(parameters):
    """What gradient flow leaves as it is: (w2[0] + w2[1]) / sqrt(2) and |w1|^2 + b^2 - |w2|^2.

    Both (d,). The first is exact for gradient descent too, because dy is along (1, -1); the second
    moves by terms in lr^2 per step. The part of w1 at right angles to all samples is a third.
    """
    w_in, b, w_out = parameters
    return w_out.sum(0) / np.sqrt(2), (w_in**2).sum(1) + b**2 - (w_out**2).sum(0)


class Modes(NamedTuple):
    """The early, linear dynamics of each neuron (d,): errors and gates held where they are.

    With the pull's length |gamma| and direction, p = W.gamma/|gamma| and c as in `pull`:
    dp/dt = rate c, dc/dt = rate p. So (p + c)/2 grows as exp(rate t), (p - c)/2 dies as
    exp(-rate t); the rest of W and of w2 stays.

    Attributes:
        rate: sqrt(2) |gamma|, per unit of gradient-flow time lr * steps.
        growing: (p + c)/2; where it is negative the neuron grows towards -gamma.
        decaying: (p - c)/2.
        aside_in: norm of the part of W at right angles to gamma.
        aside_out: |w2[0] + w2[1]| / sqrt(2).
        pull: gamma (d, D + 1).
    """

    rate: np.ndarray
    growing: np.ndarray
    decaying: np.ndarray
    aside_in: np.ndarray
    aside_out: np.ndarray
    pull: np.ndarray


def modes(parameters, x, y) -> Modes:
    """The linear theory's state of every neuron; at t = 0 with small weights, e = +-1/2."""
    gamma = pull(parameters, x, y)
    total = np.concatenate([parameters.w_in, parameters.b[:, None]], axis=1)
    direction = unit(gamma)
    p = (total * direction).sum(1)
    c = (parameters.w_out[0] - parameters.w_out[1]) / np.sqrt(2)
    return Modes(
        rate=np.sqrt(2) * np.linalg.norm(gamma, axis=1),
        growing=(p + c) / 2,
        decaying=(p - c) / 2,
        aside_in=np.linalg.norm(total - p[:, None] * direction, axis=1),
        aside_out=abs(parameters.w_out.sum(0)) / np.sqrt(2),
        pull=gamma,
    )


def predicted(state: Modes, steps, lr):
    """p and c (T, d) after `steps` (T,) of gradient descent, were errors and gates to stay.

    A step is not an infinitesimal one: it multiplies the growing mode by 1 + lr rate, where
    gradient flow has exp(lr rate), and the decaying mode by 1 - lr rate.
    """
    steps = np.asarray(steps, float)[:, None]
    grown = state.growing * (1 + lr * state.rate) ** steps
    left = state.decaying * (1 - lr * state.rate) ** steps
    return grown + left, grown - left


def shared_rate(parameters, x, y, direction):
    """Growth rate of a neuron whose [w1, b] lies along `direction` (D + 1,), either way of c.

    Its gates are those that `direction` opens: W = |W| direction stays there while it grows, so
    d|W|/dt = sqrt(2) |c| |direction.gamma| and log |W| |w2| grows at twice that rate.
    """
    e, _, _ = errors(parameters, x, y)
    gates = x @ direction[:-1] + direction[-1] > 0
    extended = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    return np.sqrt(2) * abs(direction @ ((gates * e) @ extended)) / len(x)


def lone_neurons(parameters, x, y, lr, steps) -> Parameters:
    """The network after `steps` in which no neuron has felt another: e stays y - 1/2.

    While the logits are small, the errors are those of an undecided network, and every neuron goes
    its own way: the same steps as gradient descent's, gates and all, without the others. This is
    what can be known at t = 0 when the gates are not held where they are.
    """
    inputs = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    error = ((y == 0) - 0.5) * lr / len(x)
    total = np.concatenate([parameters.w_in, parameters.b[:, None]], axis=1)
    half = (parameters.w_out[0] - parameters.w_out[1]) / 2  # of u = w2[0] - w2[1]
    mean = parameters.w_out.mean(0)
    # Only pre-activations are stepped: a sample's push moves those of all samples by its products.
    z, products = total @ inputs.T, error[:, None] * (inputs @ inputs.T)
    pushes = np.zeros_like(z)
    for _ in range(steps):
        gates = (z > 0).astype(z.dtype)
        pushes += 2 * half[:, None] * gates
        half, z = half + (gates * z) @ error, z + 2 * half[:, None] * (gates @ products)
    total += pushes @ (error[:, None] * inputs)
    return Parameters(total[:, :-1], total[:, -1], np.stack([mean + half, mean - half]))


def predict(parameters, x, y, lr):
    """The order in the race that the theory predicts at t = 0 (d,): the larger, the further ahead.

    The growing mode that each neuron has after FORESIGHT e-foldings of the median one, if it never
    feels another neuron (`lone_neurons`): by then its gates have settled. The modes follow from the
    slides' equations with errors and gates held (see `Modes`); that neurons are followed alone, and
    for how long, is ours.

    Args:
        parameters: the network before training, w_in (d, D), b (d,), w_out (2, d).
        x, y: samples (N, D), in the same coordinates, and labels (N,), 0 or 1.
        lr: learning rate.
    """
    return abs(foreseen_growth(parameters, x, y, lr))


def foreseen_growth(parameters, x, y, lr):
    """Growing modes (d,) as in `predict`, with the sign of the side on which each grows."""
    return modes(foresee(parameters, x, y, lr), x, y).growing


def foresee(parameters, x, y, lr) -> Parameters:
    """The network after FORESIGHT e-foldings if no neuron felt another (`lone_neurons`).

    Where an e-folding takes more than FINEST steps, steps of a larger learning rate lead there.
    """
    state = modes(parameters, x, y)
    if not np.median(state.rate) > 0:
        return parameters  # most neurons stand still
    lr = max(lr, 1 / (FINEST * np.median(state.rate)))
    return lone_neurons(parameters, x, y, lr, FORESIGHT * e_folding(state, lr))


def foresight_steps(parameters, x, y, lr):
    """Steps of training for which neurons are followed alone, to predict from t = 0."""
    return FORESIGHT * e_folding(modes(parameters, x, y), lr)


def e_folding(state: Modes, lr):
    """Steps in which the median neuron's growing mode grows by e, by the linear theory.

    Infinite where it is not pulled.
    """
    growth = np.log1p(lr * np.median(state.rate))
    return max(1, round(1 / growth)) if growth > 0 else np.inf


# Beyond the playground: other losses, more outputs, other optimisers.


class PullModes(NamedTuple):
    """The linear theory of each neuron for any number of outputs, strongest mode first.

    Attributes:
        rate: (d, K), per unit of gradient-flow time lr * steps.
        growing: (d, K), amplitude of the growing mode, with the sign of its direction in W.
        out: (d, K, C), direction of each mode in output space, a unit vector.
    """

    rate: np.ndarray
    growing: np.ndarray
    out: np.ndarray


def pull_modes(parameters, x, e) -> PullModes:
    """Singular modes of the pull `G = <g [x, 1] e^T>` (D + 1, C) on each neuron.

    With errors e (N, C) and gates held, dW/dt = G w2 and dw2/dt = G^T W. The singular value s of G
    with its vectors a (of W) and q (of w2) gives (a.W + q.w2)/2, which grows as exp(s t). Errors
    that add up to 0 over the outputs leave at most C - 1 modes: one for two classes (`modes`), nine
    for ten, which race one after the other. Targets of 0 and 1 under the squared error do not add
    up to 0: then the mean over the classes is a mode as well, and the fastest.

    For a neuron in a deeper network, e are the errors at its layer's output (the loss's negative
    derivative there) and w_out its weights to the next layer: the modes hold while the other
    layers stand still. K = min(D + 1, C); modes without pull have rate and amplitude 0.

    Args:
        parameters: w_in (d, D), b (d,), w_out (C, d). x: (N, D). e: (N, C).
    """
    w_in, b, w_out = parameters
    inputs = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    gates = x @ w_in.T + b > 0  # (N, d)
    total = np.concatenate([w_in, b[:, None]], axis=1)
    found = []
    for neuron in range(len(b)):
        pulled = inputs.T @ (gates[:, neuron, None] * e) / len(x)  # (D + 1, C)
        vectors_in, rate, vectors_out = np.linalg.svd(pulled, full_matrices=False)
        amplitude = (total[neuron] @ vectors_in + vectors_out @ w_out[:, neuron]) / 2
        there = rate > 1e-9 * max(rate[0], np.finfo(float).tiny)
        found.append((rate * there, amplitude * there, vectors_out))
    return PullModes(*map(np.stack, zip(*found, strict=True)))


def mode_shares(state: PullModes):
    """What the modes of the pull say of the final norm products (d,), up to a factor.

    Each mode grows by the same factor for all neurons until its part of the task is done, and the
    faster ones are done first. So not a neuron's amplitude at a given time counts, but its share
    of all amplitudes of that mode, which stays what it is. A norm product goes as an amplitude
    squared; the strength at which a mode comes to rest is its singular value, as in deep linear
    networks with white inputs (Saxe et al. 2014; here the inputs are not white, and modes of
    neurons with other gates are matched by their rank): sum_k s_k A_ik^2 / sum_j A_jk^2. With a
    single mode the order is that of `predicted_order`.
    """
    squares = state.growing**2
    total = squares.sum(0)
    shares = np.divide(squares, total, out=np.zeros_like(squares), where=total > 0)
    return shares @ np.median(state.rate, axis=0)


def growth_factors(rate, lr, momentum=0.0, weight_decay=0.0):
    """Factors (2, ...) by which one step can multiply a mode of that rate, the larger first.

    SGD with torch's momentum mu and weight decay is, for a mode z, v <- mu v - (rate - decay) z and
    z <- z - lr v. Two steps in one equation: z'' - (1 + mu + lr (rate - decay)) z' + mu z = 0, and
    the factors are its roots. For a small lr the larger one is 1 + lr (rate - decay) / (1 - mu):
    momentum is a larger learning rate, and a mode whose rate is below the decay dies. Where the
    roots are complex, the mode swings while it dies: both are given as their modulus, sqrt(mu).
    """
    middle = (1 + momentum + lr * (np.asarray(rate) - weight_decay)) / 2
    under_root = middle**2 - momentum
    root = np.sqrt(np.maximum(under_root, 0))
    swings = under_root < 0
    return np.where(swings, np.sqrt(momentum), np.stack([middle + root, middle - root]))


def batch_noise(parameters, x, y, lr, batch, steps):
    """Standard deviation (d,) of the log of the growing mode, `steps` minibatches into the run.

    A sample s adds rho_s = sqrt(2) g e (x_s, 1).gamma / |gamma| to the growth rate, which is the
    mean of rho. A step of a minibatch adds lr times the mean of its rho. An epoch takes every
    sample once: at its end the sum is that of full-batch descent whatever the order (to first order
    in lr), and after k steps of it the sum is that of k * batch samples drawn without putting back.
    The noise is therefore bounded, not a random walk. It is also the same for all neurons with the
    same gates, which feel the same batches: it cannot change their order.
    """
    state = modes(parameters, x, y)
    e, _, gates = errors(parameters, x, y)
    inputs = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    rho = np.sqrt(2) * gates * e[:, None] * (inputs @ unit(state.pull).T)  # (N, d)
    samples = len(x)
    taken = steps % (samples // batch) * batch
    left = (samples - taken) / (samples - 1)
    return lr / batch * np.sqrt(taken * left) * rho.std(0)


def adam_sizes(start, errors, memory=True):
    """Sizes (T + 1, d) of neurons that grow by Adam's steps while the errors are `errors` (T,).

    The gradients of a neuron's two layers are proportional to the errors and to the size of the
    other layer. For balanced layers of size a, with Adam's mean square over the whole past (its
    memory is 1,000 steps) and no mean, a step is

        a(t + 1) = a(t) + u e(t) a(t) / sqrt(mean over s <= t of e(s)^2 a(s)^2), u = 1 here.

    Nothing grows exponentially: a step is near 1 whatever the size, so leads do not grow and all
    sizes become alike. Near, not at: a step is measured against the neuron's own past. One that
    was ahead early remembers large gradients and steps less; one that was behind remembers small
    ones, steps more, and overtakes. While e is constant this is a small effect that new gradients
    wash out. When the errors fall, the past is all that counts, and the reversed order stays.
    Without memory (a mean square of the present alone: sign descent) the order is kept, and only
    the differences fade.
    """
    sizes = [np.asarray(start, float)]
    squares = np.zeros_like(sizes[0])
    for step, e in enumerate(errors, start=1):
        gradient = e * sizes[-1]
        squares = squares * memory + gradient**2
        sizes.append(sizes[-1] + gradient / np.sqrt(squares / (step if memory else 1)))
    return np.stack(sizes)


def adam_order(sizes, time):
    """What Adam's memory predicts of the final order (d,), from sizes (T, d) at `time` (T,).

    The step that is left to each neuron when the errors fall: its last size over the root mean
    square of all its sizes until then.
    """
    mean_square = np.trapezoid(sizes**2, time, axis=0) / (time[-1] - time[0])
    return sizes[-1] / np.sqrt(mean_square)
