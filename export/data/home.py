"""What the home page draws and says, from the default run.

Every maker takes a `racing_core.run.Run`; the file that it makes bears its name.
"""

import numpy as np

from export.data import base
from export.data.base import field, significant, spelled
from racing_core import capacity, neurons, record, summary
from racing_core.network import forward, loss_and_accuracy

LARGE_CLUSTER = 10  # neurons; the others are singletons or nearly so
SETTLED = 500  # steps after which the order of the race no longer changes
DRAWS = 200  # orders in which neurons are removed at random
PRUNING_SEED = 0


def files(run) -> dict[str, dict]:
    """The content of each of docs/data/home's JSON files, by name."""
    return {maker.__name__: maker(run) for maker in (race, pruning, numbers)}


def race(run) -> dict:
    """All neurons: norm product and how far each has turned towards its large cluster."""
    half_arrived = np.nanmedian(run.arrival[run.labels == 0])
    content = base.race(
        "The race of all neurons, a row per recorded time. A neuron outside all large clusters "
        f"(of at least {LARGE_CLUSTER} neurons) counts with the one that it is nearest to at the "
        "end. `phases` says until which step each of the talk's three statements speaks: until "
        "half of the largest cluster has arrived, until the order is settled, and until the end.",
        run.time,
        run.labels,
        {
            "clock": base.clock(run.time, run.time[-1]),
            "loss": run.loss,
            "accuracy": run.accuracy,
        },
        {"norm_product": run.norm_product, "shared": _nearest_large_cluster(run)},
        opening_step=half_arrived,
        indices=base.clock_indices(run.time),
    )
    ends = (run.time[run.time_index(half_arrived)], SETTLED, run.time[-1])
    return content | {
        "phases": [
            {"name": name, "until": int(end)}
            for name, end in zip(("turn", "grow", "stay"), ends, strict=True)
        ]
    }


def pruning(run) -> dict:
    """What the trained network can do when neurons are removed, or merged."""
    orders = _random_orders(len(run.labels))  # (DRAWS, d)
    # Ranked by the size at the end, then by the reverse of each order in which neurons go.
    ranks = np.concatenate([run.norm_product[-1:], -orders.argsort(axis=1)])
    trained = capacity.pruning_curve(run.at(-1), run.x, run.y, ranks)
    held_out = capacity.pruning_curve(
        run.whole(), run.x_held_out, run.task.y_held_out, ranks[:2]
    ).accuracy
    rows = [
        {
            "kept": kept,
            "largest": trained.accuracy[0, kept],
            "largest_held_out": held_out[0, kept],
            "largest_loss": significant(trained.loss[0, kept], 3),
            "random": trained.accuracy[1, kept],
            "random_held_out": held_out[1, kept],
            "random_loss": significant(trained.loss[1, kept], 3),
            "random_mean": significant(trained.accuracy[1:, kept].mean(), 3),
        }
        for kept in range(len(run.labels) + 1)
    ]
    return base.table(
        "The trained network with some of its neurons, a row per number of neurons kept. "
        "`random_order` is the order in which the neurons stay when they are removed at random, "
        "the last one kept first. `merged` is the network with one neuron in place of each live "
        "cluster.",
        {
            "kept": field("neurons kept"),
            "largest": field("training accuracy with the neurons of the largest norm products"),
            "largest_held_out": field("the same on images that training never saw"),
            "largest_loss": field("training loss with these neurons", "nat"),
            "random": field("training accuracy with the first neurons of `random_order`"),
            "random_held_out": field("the same on images that training never saw"),
            "random_loss": field("training loss with these neurons", "nat"),
            "random_mean": field(f"mean training accuracy over {DRAWS} random orders"),
        },
        rows,
        random_order=orders[0].tolist(),
        merged=_merged(run),
    )


def _random_orders(width):
    draw = np.random.RandomState(PRUNING_SEED)
    return np.array([draw.permutation(width) for _ in range(DRAWS)])


def _merged(run):
    live = capacity.live_clusters(run.labels, run.norm_product[-1])
    merged = capacity.merge(run.whole(), live)
    loss, accuracy = loss_and_accuracy(forward(run.merged, run.x)[0], run.y)
    _, held_out = loss_and_accuracy(forward(merged, run.x_held_out)[0], run.task.y_held_out)
    return {
        "kept": len(merged.b),
        "accuracy": float(accuracy),
        "held_out": float(held_out),
        "loss": significant(loss, 3),
    }


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
        "The numbers in the home page's sentences, and the run's setup.",
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
        "group_a": (_several(config.group_a), "classes that form label 0"),
        "group_b": (_several(config.group_b), "classes that form label 1"),
    }


def _several(classes):
    """Classes as prose names their images: cats and dogs."""
    return " and ".join(f"{name}s" for name in classes)


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
