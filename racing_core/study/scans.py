"""Where one thing is varied: how much capacity a network comes to use, from its end alone."""

from racing_core.descent import recorded_times
from racing_core.network import forward, loss_and_accuracy
from racing_core.run import simulate
from racing_core.study.measures import directions, finite


def scan(config, task, rotation) -> list[dict]:
    """Directions in use, loss and held-out accuracy of each network at its end, one dict per seed.

    `directions` and `live` as in `measures.directions`; `loss`; `accuracy`: {"held_out"}.

    A wide network's history is large: none is kept.
    """
    ends = recorded_times(config.steps)[[0, -1]]
    found = []
    for run in simulate(config, task=task, rotation=rotation, times=ends).runs:
        logits, _ = forward(run.whole(), run.x_held_out)
        _, held_out = loss_and_accuracy(logits, task.y_held_out)
        accuracy = {"held_out": held_out}
        found.append(finite(directions(run) | {"loss": run.loss[-1], "accuracy": accuracy}))
    return found
