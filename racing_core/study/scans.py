"""Where one thing is varied: how much capacity a network comes to use, from its end alone."""

from racing_core import record
from racing_core.descent import recorded_times
from racing_core.network import forward, loss_and_accuracy
from racing_core.study.measures import directions


def scan(config, task, rotation) -> list[dict[str, float]]:
    """Directions in use, loss and held-out accuracy of each network at its end, one dict a seed.

    A wide network's history is large: none is kept.
    """
    ends = recorded_times(config.steps)[[0, -1]]
    simulation = record.simulate(config, task=task, rotation=rotation, times=ends)
    found = []
    for run in simulation.runs:
        logits, _ = forward(run.whole(), run.x_held_out)
        accuracy = loss_and_accuracy(logits, task.y_held_out)[1]
        one = directions(run) | {"loss_end": run.loss[-1], "accuracy_held_out": accuracy}
        found.append({name: float(value) for name, value in one.items()})
    return found
