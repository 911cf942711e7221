"""From a run to the small files that the site draws: rounded, compact, ready for a chart.

Every function takes the default run (a Simulation and the data set made from it) and returns plain
values; `export/refresh.py` writes them.
"""

import json

import numpy as np
from scipy.stats import spearmanr

from racing_core.neurons import arrival_time, norm_in
from racing_core.summary import summarise

FRAMES = 64
LARGE_CLUSTER = 10  # neurons; the others are singletons or nearly so


def race(simulation, data) -> list[dict]:
    """One row a frame: step, loss, accuracy, and one list over the neurons for each quantity.

    `norm_product` is a = |w1||w2|; `final` the cosine of w_in with its cluster's final mean
    direction; `shared` the cosine, within the span of the samples, with the mean direction at that
    time of its large cluster. A neuron outside all large clusters counts with the one that it is
    nearest to at the end. Frames are recorded times, about evenly spaced in log time.
    """
    return frames_of(data.isel(seed=0), _nearest_large_cluster(simulation))


def frames_of(run, shared) -> list[dict]:
    """The rows of `race`, from one network's part of a data set and `shared` (T, d)."""
    norm_product = (run.norm_in * run.norm_out).values
    final = norm_product[-1]
    frames = []
    for index in frame_indices(run.time.values):
        frames.append(
            {
                "step": int(run.time[index]),
                "loss": significant(run.loss.values[index], 4),
                "accuracy": significant(run.accuracy.values[index], 4),
                "neuron": list(range(len(final))),
                "cluster": run.cluster.values.tolist(),
                "norm_product": significant(norm_product[index], 3),
                "norm_product_end": significant(final, 3),
                "shared": significant(shared[index], 3),
                "final": significant(run.alignment.values[index], 3),
            }
        )
    return frames


def _nearest_large_cluster(simulation):
    """Cosine (T, d) of each neuron with its own, or else the nearest, large cluster."""
    w_in, labels = simulation.trajectory.parameters.w_in[0], simulation.labels[0]
    unit = w_in / norm_in(w_in)[..., None]
    large = np.flatnonzero(np.bincount(labels) >= LARGE_CLUSTER)
    means = np.stack([unit[:, labels == label].mean(axis=1) for label in large], axis=1)
    cosines = unit @ (means / norm_in(means)[..., None]).swapaxes(1, 2)  # (T, d, large)
    own = np.where(labels < len(large), labels, cosines[-1].argmax(axis=-1))
    return cosines[:, np.arange(len(own)), own]


def numbers(data) -> dict:
    """What the prose says, by name: values as a reader should see them."""
    run = data.isel(seed=0)
    config = json.loads(data.attrs["configuration"])
    summary = summarise(data)["seeds"][0]
    clusters, capacity = summary["clusters"], summary["capacity"]
    large = [cluster for cluster in clusters if cluster["neurons"] >= LARGE_CLUSTER]
    time, loss = run.time.values, run.loss.values
    final = (run.norm_in * run.norm_out).values[-1]
    biggest = run.cluster.values == 0
    arrival = arrival_time(time, run.alignment_shared.values)

    def at(step):
        return int(np.abs(time - step).argmin())

    def order_known_at(step):
        return spearmanr(run.alignment_shared.values[at(step), biggest], final[biggest]).statistic

    return {
        "width": config["width"],
        "samples": len(config["group_a"] + config["group_b"]) * config["per_class"],
        "inputs": run.sizes["input"],
        "steps": f"{config['steps']:,}",
        "init_scale": config["init_scale"],
        "lr": config["lr"],
        "seed": summary["seed"],
        "group_a": " and ".join(config["group_a"]),
        "group_b": " and ".join(config["group_b"]),
        "start_loss": spelled(loss[0], 2),
        "drop_step": int(time[np.argmax(loss < 0.9 * loss[0])]),
        "half_loss_step": int(time[np.argmax(loss < 0.5 * loss[0])]),
        "final_loss": spelled(loss[-1], 2),
        "final_accuracy": f"{run.accuracy.values[-1]:.0%}",
        "clusters": len(clusters),
        "large_clusters": len(large),
        "outside_large_clusters": int((run.cluster.values >= len(large)).sum()),
        "largest_cluster": large[0]["neurons"],
        "second_cluster": large[1]["neurons"],
        "two_largest_share": f"{large[0]['share'] + large[1]['share']:.1%}",
        "merged_neurons": capacity["merged_neurons"],
        "merged_loss": spelled(capacity["merged_loss"], 2),
        "merged_accuracy": f"{capacity['merged_accuracy']:.0%}",
        "winner_arrival": round(summary["winners"][0]["arrival_time"]),
        "median_arrival": round(float(np.nanmedian(arrival[biggest]))),
        "winner_over_median": f"{np.sort(final[biggest])[-1] / np.median(final[biggest]):.0f}",
        "order_at_start": spelled(order_known_at(0), 2),
        "order_at_100": spelled(order_known_at(100), 2),
        "order_at_200": spelled(order_known_at(200), 2),
    }


def frame_indices(time):
    """Indices of about FRAMES recorded times, evenly spaced in log(1 + time)."""
    wanted = np.expm1(np.linspace(0, np.log1p(time[-1]), FRAMES))
    return np.unique(np.abs(time[:, None] - wanted).argmin(axis=0))


def significant(values, digits):
    """Floats with that many significant digits, as JSON writes them."""
    rounded = [float(f"{value:.{digits}g}") for value in np.atleast_1d(values)]
    return rounded if np.ndim(values) else rounded[0]


def spelled(value, digits):
    """A number as text with that many significant digits, never in exponential notation."""
    return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")
