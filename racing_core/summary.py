"""What a run came to, as plain numbers: for `racing show` and for whoever asks for JSON."""

import json

import numpy as np

from racing_core.neurons import arrival_time

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
        "configuration": json.loads(data.attrs["configuration"]),
        "versions": json.loads(data.attrs["versions"]),
        "data_hash": data.attrs["data_hash"],
        "seeds": [_one_seed(data.sel(seed=seed)) for seed in data.seed.values],
    }


def _one_seed(run):
    norm_product = (run.norm_in * run.norm_out).values
    final = norm_product[-1]
    labels = run.cluster.values
    arrival = arrival_time(run.time.values, run.alignment_shared.values)
    strength = np.bincount(labels, weights=final)
    accuracy = run.pruned_accuracy.values
    return {
        "seed": int(run.seed),
        "loss_curve": {"time": run.time.values.tolist(), "loss": run.loss.values.tolist()},
        "loss": float(run.loss[-1]),
        "accuracy": float(run.accuracy[-1]),
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
            "merged_neurons": int(run.merged),
            "merged_loss": float(run.merged_loss),
            "merged_accuracy": float(run.merged_accuracy),
            "pruned_to_same_accuracy": int(np.argmax(accuracy >= accuracy[-1])),
            "pruned": [
                {"kept": int(kept), "loss": float(loss), "accuracy": float(right)}
                for kept, loss, right in zip(
                    run.kept.values, run.pruned_loss.values, accuracy, strict=True
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
