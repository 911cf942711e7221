"""The result of a run in plain numbers, for `racing show` and its JSON."""

import json

import numpy as np

from racing_core.neurons import arrival_time, first
from racing_core.run_file import VARIABLES, configuration

WINNERS = 5
LEARNED = 0.99  # ours: a network has learned once its loss is below that share of its start


def summarise(data) -> dict:
    """Configuration, and for each seed the loss curve, clusters, capacity and winners.

    Args:
        data: a run, as `run_file.read` or `run_file.load` gives it.

    Returns:
        A dict of plain Python values (JSON can write it): `configuration`, `versions`,
        `data_hash` and `seeds`, a list with one dict per seed.
    """
    return {
        "configuration": configuration(data).plain(),
        "versions": json.loads(data.attrs["versions"]),
        "data_hash": data.attrs["data_hash"],
        "seeds": [
            network(int(seed), np.asarray(data["time"]), of_network(data, index))
            for index, seed in enumerate(np.asarray(data["seed"]))
        ],
    }


def of_network(data, index) -> dict:
    """The arrays of one network of a run by name, from its position among the seeds."""
    return {name: np.asarray(data[name])[index] for name in VARIABLES}


def network(seed, time, measured) -> dict:
    """One network's part of the summary.

    Args:
        time: recorded steps (T,).
        measured: arrays by name, as `record.measured` gives them for a `run.Run`.
    """
    norm_product = measured["norm_in"] * measured["norm_out"]  # (T, d)
    labels = measured["cluster"]  # (d,)
    arrival = arrival_time(time, measured["alignment_shared"])  # (d,)
    return {
        "seed": seed,
        "loss_curve": {"time": time.tolist(), "loss": measured["loss"].tolist()},
        "loss": float(measured["loss"][-1]),
        "accuracy": float(measured["accuracy"][-1]),
        "learned": learned(measured["loss"]),
        "clusters": _clusters(labels, norm_product[-1]),
        "capacity": _capacity(measured),
        "winners": [
            {
                "neuron": int(neuron),
                "cluster": int(labels[neuron]),
                "norm_product": float(norm_product[-1, neuron]),
                "norm_product_at_start": float(norm_product[0, neuron]),
                "arrival_time": None if np.isnan(arrival[neuron]) else float(arrival[neuron]),
            }
            for neuron in np.argsort(-norm_product[-1], kind="stable")[:WINNERS]
        ],
    }


def learned(loss) -> bool:
    """Whether a loss (T,) ever fell: a run that stays at its start is a result, too."""
    return bool((loss < LEARNED * loss[0]).any())


def _clusters(labels, final):
    """One dict per cluster, the largest sum of final norm products (d,) first."""
    strength = np.bincount(labels, weights=final)
    total = strength.sum()
    return [
        {
            "cluster": int(label),
            "neurons": int((labels == label).sum()),
            "norm_product": float(strength[label]),
            "share": float(strength[label] / total) if total else 0.0,
        }
        for label in np.argsort(-strength, kind="stable")
    ]


def _capacity(measured):
    loss, accuracy = measured["pruned_loss"], measured["pruned_accuracy"]  # (d + 1,)
    return {
        "neurons": len(accuracy) - 1,
        "merged_neurons": int(measured["merged"]),
        "merged_loss": float(measured["merged_loss"]),
        "merged_accuracy": float(measured["merged_accuracy"]),
        "pruned_to_same_accuracy": first(accuracy >= accuracy[-1]),
        "pruned": [
            {"kept": kept, "loss": float(loss[kept]), "accuracy": float(accuracy[kept])}
            for kept in range(len(accuracy))
        ],
    }
