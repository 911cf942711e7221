"""What the home page draws and says, from the default run.

Every maker takes a `racing_core.run.Run`; the file that it makes bears its name.
"""

import numpy as np

from export.data import base
from export.data.base import spelled
from racing_core import neurons, record, summary

LARGE_CLUSTER = 10  # neurons; the others are singletons or nearly so


def files(run) -> dict[str, dict]:
    """The content of each of docs/data/home's JSON files, by name."""
    return {"race": race(run), "numbers": numbers(run)}


def race(run) -> dict:
    """All neurons: norm product and how far each has turned towards its large cluster."""
    largest = run.arrival[run.labels == 0]
    return base.race(
        "The race of all neurons, a row per recorded time. A neuron outside all large clusters "
        f"(of at least {LARGE_CLUSTER} neurons) counts with the one that it is nearest to at the "
        "end.",
        run.time,
        run.labels,
        {"loss": run.loss, "accuracy": run.accuracy},
        {"norm_product": run.norm_product, "shared": _nearest_large_cluster(run)},
        opening_step=np.nanmedian(largest),
    )


def _nearest_large_cluster(run):
    """Cosine (T, d) of each neuron with its own, or else the nearest, large cluster."""
    unit = run.w_in / neurons.norm_in(run.w_in)[..., None]
    large = np.flatnonzero(np.bincount(run.labels) >= LARGE_CLUSTER)
    means = np.stack([unit[:, run.labels == label].mean(axis=1) for label in large], axis=1)
    cosines = unit @ (means / neurons.norm_in(means)[..., None]).swapaxes(1, 2)  # (T, d, large)
    own = np.where(run.labels < len(large), run.labels, cosines[-1].argmax(axis=-1))
    return cosines[:, np.arange(len(own)), own]


def numbers(run) -> dict:
    """What is said of the run as a whole: on the home page, and wherever it is named."""
    return base.numbers_file(
        "The numbers in the home page's sentences, and the run's set-up.",
        _set_up(run) | _outcome(run),
    )


def _set_up(run):
    config = run.config
    return {
        "width": (config.width, "hidden neurons"),
        "samples": (len(run.y), "training samples"),
        "inputs": (run.task.x.shape[1], "numbers per sample"),
        "steps": (config.steps, "gradient-descent steps of the whole run"),
        "init_scale": (config.init_scale, "scale of the initial weights, times 1/sqrt(fan in)"),
        "lr": (config.lr, "learning rate"),
        "seed": (run.seed, "seed of the initial weights"),
        "group_a": (" and ".join(config.group_a), "classes that form label 0"),
        "group_b": (" and ".join(config.group_b), "classes that form label 1"),
    }


def _outcome(run):
    told = summary.network(run.seed, run.time, record.measured(run))
    clusters, capacity = told["clusters"], told["capacity"]
    large = [cluster for cluster in clusters if cluster["neurons"] >= LARGE_CLUSTER]
    dropped = run.fallen(0.9)
    return {
        "start_loss": (spelled(run.loss[0], 2), "training loss at step 0, in nats"),
        "drop_step": (
            None if dropped is None else int(run.time[dropped]),
            "first recorded step at which the loss is below 90 % of its start; null for never",
        ),
        "final_loss": (spelled(run.loss[-1], 2), "training loss at the end, in nats"),
        "final_accuracy": (f"{run.accuracy[-1]:.0%}", "training accuracy at the end"),
        "large_clusters": (len(large), f"clusters of at least {LARGE_CLUSTER} neurons"),
        "outside_large_clusters": (
            int((run.labels >= len(large)).sum()),
            "neurons in no large cluster",
        ),
        "largest_cluster": (large[0]["neurons"], "neurons in the largest cluster"),
        "second_cluster": (large[1]["neurons"], "neurons in the second cluster"),
        "two_largest_share": (
            f"{large[0]['share'] + large[1]['share']:.1%}",
            "share of the summed final norm products in the two strongest clusters",
        ),
        "merged_neurons": (
            capacity["merged_neurons"],
            "neurons left when each live cluster is merged into one",
        ),
        "merged_loss": (spelled(capacity["merged_loss"], 2), "training loss of these, in nats"),
        "merged_accuracy": (f"{capacity['merged_accuracy']:.0%}", "training accuracy of these"),
        "winner_arrival": (
            round(told["winners"][0]["arrival_time"]),
            "step at which the neuron with the largest final norm product arrives",
        ),
    }
