"""A run by any optimiser, as the same `Simulation` as that of full-batch gradient descent.

All train in the coordinates of the samples' span. No step leaves it, since the gradient along all
other coordinates is 0. For momentum and minibatches the coordinates make no difference. Adam treats
each coordinate by itself, so its run in the original inputs is another one.
"""

import dataclasses

import torch

from racing_core.config import Config
from racing_core.descent import choose_device, recorded_times
from racing_core.network import Parameters
from racing_core.optimisers import Optimiser, one_hidden_layer, train
from racing_core.run import Simulation, require_memory
from racing_core.run import simulate as descend
from racing_core.training import Training


def simulate(config: Config, on_step=lambda steps: None) -> Simulation:
    """Train by the optimiser that `config` names, if it is a Training; else by gradient descent.

    See `racing_core.run.simulate`. Adam divides by the gradients' size, which makes rounding
    larger: with float32 weights at the end then differ by up to a tenth of the largest (digits,
    1,500 steps), with other numbers of threads by no more than those of gradient descent.

    Raises:
        InputError: as there, or a minibatch is larger than the data set.
    """
    optimiser = Optimiser(config.lr)
    if isinstance(config, Training):
        optimiser = Optimiser(config.lr, config.optimizer, config.momentum, batch=config.batch)
    if optimiser.closed_form:
        return descend(config, on_step)
    times = recorded_times(config.steps)
    drawn = descend(config, times=times[:1])
    require_memory(config, drawn.task, drawn.rotation, times)
    start = Parameters(*(part[:, 0] for part in drawn.trajectory.parameters))  # (S, d, r), ...
    trained = train(
        start,
        drawn.rotation.to_span(drawn.task.x),
        drawn.task.y,
        optimiser,
        times,
        logits=one_hidden_layer if config.bias else without_bias,
        seeds=config.seeds,
        device=choose_device(config.device),
        dtype=config.dtype,
        on_step=on_step,
    )
    return dataclasses.replace(drawn, trajectory=trained)


def without_bias(parameters, x):
    """Logits as `one_hidden_layer` has them, of networks whose biases count for nothing."""
    w_in, b, w_out = parameters
    return one_hidden_layer((w_in, torch.zeros_like(b), w_out), x)
