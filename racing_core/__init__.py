"""Train a one-hidden-layer ReLU network, follow every neuron, and test the theory of the race.

For example, on scikit-learn's digits:

    import numpy as np
    from racing_core import Config, load, measure, merge, predict, prune, save, train

    simulation = train(Config(task="digits", width=60, steps=1000))
    run = simulation.run()                  # the first seed's network over time
    order = predict(run.at(0), run.x, run.y, run.config.lr)       # before any training
    largest = run.norm_product[-1]          # (60,), how large each neuron became
    print(np.corrcoef(order.argsort().argsort(), largest.argsort().argsort())[0, 1])
    print(measure(run)["all"])              # the same, and the order kept since the loss dropped
    few = prune(run.at(-1), largest, 10)    # the ten largest neurons
    fewer = merge(run.at(-1), run.labels)   # one neuron per cluster
    save(simulation, "run.nc")
    print(load("run.nc").norm_in)           # (seed, time, neuron)

Names are imported when they are first used: torch takes seconds, and help needs none.

Modules import in one direction only (checked by `make lint`): config, tasks, network, descent,
optimisers, (neurons, capacity, theory), run, optimised, run_file, record, study, summary, terminal.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from racing_core.capacity import merge, prune
    from racing_core.config import Config
    from racing_core.errors import InputError
    from racing_core.network import Parameters
    from racing_core.optimised import simulate as train
    from racing_core.record import save
    from racing_core.run import Run, Simulation
    from racing_core.run_file import load
    from racing_core.study.measures import measure
    from racing_core.tasks import Task
    from racing_core.tasks import load as load_task
    from racing_core.theory import predict
    from racing_core.training import Training

__all__ = [
    "Config",
    "InputError",
    "Parameters",
    "Run",
    "Simulation",
    "Task",
    "Training",
    "load",
    "load_task",
    "measure",
    "merge",
    "predict",
    "prune",
    "save",
    "train",
]

_MODULES = {  # where each name comes from
    "Config": "config",
    "InputError": "errors",
    "Parameters": "network",
    "Run": "run",
    "Simulation": "run",
    "Task": "tasks",
    "Training": "training",
    "load": "run_file",
    "load_task": "tasks",
    "measure": "study.measures",
    "merge": "capacity",
    "predict": "theory",
    "prune": "capacity",
    "save": "record",
    "train": "optimised",
}
_NAMES_THERE = {"load_task": "load", "train": "simulate"}


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    globals()[name] = found = getattr(module, _NAMES_THERE.get(name, name))
    return found


def __dir__():
    return sorted({*globals(), *__all__})
