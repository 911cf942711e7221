"""What a run came to, as plain numbers: for `racing show` and for whoever asks for JSON."""

import json

import numpy as np

from racing_core.neurons import arrival_time
from racing_core.record import configuration

WINNERS = 5


def summarise(data) -> dict:
    """Configuration, and for each seed the loss curve, clusters, capacity and winners.

    Args:
        data: a run, as `record.load` gives it.

    Returns:
        A dict of plain Python values (JSON can write it): `configuration`, `versions`,
        `data_hash` and `seeds`, a list with one dict a seed.
    """
    return {
        "configuration": configuration(data).plain(),
        "versions": json.loads(data.attrs["versions"]),
        "data_hash": data.attrs["data_hash"],
        "seeds": [
            network(int(seed), data.time.values, _measured(data.sel(seed=seed)))
            for seed in data.seed.values
        ],
    }


def _measured(data):
    return {name: variable.values for name, variable in data.data_vars.items()}


def network(seed, time, measured) -> dict:
    """One network's part of the summary.

    Args:
        time: recorded steps (T,).
        measured: arrays by name, as `record.measured` gives them for a `run.Run`.
    """
    norm_product = measured["norm_in"] * measured["norm_out"]  # (T, d)
    final, labels = norm_product[-1], measured["cluster"]
    arrival = arrival_time(time, measured["alignment_shared"])
    strength = np.bincount(labels, weights=final)
    accuracy = measured["pruned_accuracy"]
    return {
        "seed": seed,
        "loss_curve": {"time": time.tolist(), "loss": measured["loss"].tolist()},
        "loss": float(measured["loss"][-1]),
        "accuracy": float(measured["accuracy"][-1]),
        "clusters": [
            {
                "cluster": int(label),
                "neurons": int((labels == label).sum()),
                "norm_product": float(strength[label]),
                "share": float(strength[label] / strength.sum()),
            }
            for label in np.argsort(-strength, kind="stable")
        ],
        "capacity": {
            "neurons": len(labels),
            "merged_neurons": int(measured["merged"]),
            "merged_loss": float(measured["merged_loss"]),
            "merged_accuracy": float(measured["merged_accuracy"]),
            "pruned_to_same_accuracy": int(np.argmax(accuracy >= accuracy[-1])),
            "pruned": [
                {"kept": kept, "loss": float(loss), "accuracy": float(right)}
                for kept, (loss, right) in enumerate(
                    zip(measured["pruned_loss"], accuracy, strict=True)
                )
            ],
        },
        "winners": [
            {
                "neuron": int(neuron),
                "cluster": int(labels[neuron]),
                "norm_product": float(final[neuron]),
                "norm_product_at_start": float(norm_product[0, neuron]),
                "arrival_time": None if np.isnan(arrival[neuron]) else float(arrival[neuron]),
            }
            for neuron in np.argsort(-final, kind="stable")[:WINNERS]
        ],
    }
