"""Learning dynamics of one neuron: the slides' five equations, and what follows from them.

Notation of the slides: w^(1) = w_in with norm |w^(1)| and angle theta, w^(2) = w_out with norm
|w^(2)| and angle phi, b the bias, h = ReLU(w^(1).x + b), g the gate (1 where h > 0), dy = y -
softmax(w^(2) h), L the mean cross-entropy, <.> the mean over samples. With two outputs dy = e (1,
-1), one number e a sample.

Everything takes one network's Parameters (w_in (d, D), b (d,), w_out (2, d)), samples x (N, D) and
labels y (N,); coordinates in the samples' span do as well as all D, since no sample leaves it. A
vector of norm 0 has no direction: its unit vector counts as 0.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from racing_core.network import Parameters

FORESIGHT = 2  # ours: e-foldings of growth for which neurons are followed alone


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
    unit = _unit(w_in)
    forward = (gamma * unit).sum(1)  # |<gamma>| cos(theta_gamma - theta)
    sideways = np.linalg.norm(gamma - forward[:, None] * unit, axis=1)  # the same with sin
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
    moves by terms in lr^2 a step. The part of w1 at right angles to all samples is a third.
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
    direction = _unit(gamma)
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
    return abs(modes(foresee(parameters, x, y, lr), x, y).growing)


def foresee(parameters, x, y, lr) -> Parameters:
    """The network after FORESIGHT e-foldings if no neuron felt another (`lone_neurons`)."""
    steps = FORESIGHT * e_folding(modes(parameters, x, y), lr)
    return lone_neurons(parameters, x, y, lr, steps)


def e_folding(state: Modes, lr):
    """Steps in which the median neuron's growing mode grows by e, by the linear theory."""
    return max(1, round(1 / np.log1p(lr * np.median(state.rate))))


def _unit(vectors):
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
