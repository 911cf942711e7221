"""What the article draws and says, from the default run.

Every maker takes a `racing_core.run.Run`; the file that it makes bears its name.
"""

import dataclasses
import io

import numpy as np
from PIL import Image
from scipy.stats import spearmanr

from export.charts.palette import COLOURS
from export.data import base
from export.data.base import field, frame_indices, significant, spelled
from export.data.home import LARGE_CLUSTER, SETTLED
from export.onnx_models import forward_model
from racing_core import neurons, theory
from racing_core.neurons import unit
from racing_core.run import simulate

MATRIX_STEPS = (0, 190, 302, 464, 960, 10_000)
LEVELS = 8  # shades of a cosine matrix, for each sign
WEIGHT_STEPS = (0, 100, 200, 300, 500, 10_000)  # of the pictures of weights
BRIGHTEST = 99  # percentile of |weight| that is drawn with a full color
EARLY_STEPS = (0, 50, 100, 200, 300)  # of the paper's panel c
EARLIER_DROP = 300  # step at which the loss drops in the paper's first figure
EARLIER = {"init_scale": 0.045}, {"init": "per_weight", "init_scale": 0.002}, {"lr": 0.14}
HELD_BACK_UNTIL = 150  # steps of the figure of unlocking
OPENING_STEP = 300  # the figures open during the turning, where the race can be seen best
DIMENSIONS = 6
DIMENSIONS_SEED = 1
EARLY = 100  # steps
ARRIVAL_GAP = 100  # steps
DROP = 0.9  # the loss has dropped at that share of its start


def files(run) -> dict[str, dict | bytes]:
    """The content of each of docs/data/article's files: dicts by name, bytes by file name."""
    makers = (cosines, arrows, weights, race, turning, arrivals, unlocking, early)
    made = {maker.__name__: maker(run) for maker in makers}
    made["numbers"] = numbers(run, made["turning"]["rows"])
    model = forward_model(*run.at(-1)).SerializeToString()
    return made | pictures(run) | weight_pictures(run) | {"model.onnx": model}


def race(run) -> dict:
    """All neurons: norm product, and how near each is to two directions of its cluster."""
    return base.race(
        "The race of all neurons, a row per recorded time.",
        run.time,
        run.labels,
        {"clock": base.clock(run.time, run.time[-1]), "loss": run.loss},
        {
            "norm_product": run.norm_product,
            "shared": run.alignment_shared,
            "final": run.alignment,
        },
        OPENING_STEP,
        indices=base.clock_indices(run.time),
    )


def cosines(run) -> dict:
    """Where the pictures of the cosine matrices are (see `pictures`), and how to read them."""
    sizes = np.bincount(run.labels)
    ends = np.cumsum(sizes)
    steps = [int(run.time[run.time_index(step)]) for step in MATRIX_STEPS]
    return base.table(
        "Cosines between the total vectors [w1, b, w2] of all pairs of neurons, a picture per "
        "step. `order` names the neurons by row and by column: by cluster, the largest cluster "
        "first, and within a cluster by final norm product. `blocks` says where in this order each "
        f"cluster of at least {LARGE_CLUSTER} neurons lies.",
        {
            "step": base.STEP,
            "image": field(
                f"a picture, one pixel per pair of neurons: shade k of its palette, from 0 to "
                f"{2 * LEVELS}, is the cosine (k - {LEVELS}) / {LEVELS}, rounded; -1 is teal, 0 is "
                "transparent, 1 is brown",
                unit="",
                shape=f"a PNG of {len(run.labels)} x {len(run.labels)} pixels, its address from "
                "the site's root",
            ),
        },
        [{"step": step, "image": f"data/article/{_picture_name(step)}"} for step in steps],
        order=_by_cluster(run).tolist(),
        blocks=[
            {"cluster": k + 1, "neurons": int(size), "start": int(end - size), "end": int(end)}
            for k, (size, end) in enumerate(zip(sizes, ends, strict=True))
            if size >= LARGE_CLUSTER
        ],
    )


def pictures(run) -> dict[str, bytes]:
    """The cosine matrices (d, d) as PNGs, by file name: brown alike, teal opposite.

    What is neither is clear, so that a picture suits a light and a dark page.
    """
    order = _by_cluster(run)
    gram = run.beyond @ run.beyond.T
    found = {}
    for step in MATRIX_STEPS:
        index = run.time_index(step)
        cosine = neurons.cosine_matrix(run.at(index), gram)  # (d, d)
        found[_picture_name(int(run.time[index]))] = _png(cosine[np.ix_(order, order)])
    return found


def _picture_name(step):
    return f"cosines_{step}.png"


def _by_cluster(run):
    return np.lexsort((-run.norm_product[-1], run.labels))


def _png(cosine):
    """A matrix of cosines with a palette of 2 LEVELS + 1 shades."""
    shades = np.rint(cosine * LEVELS).astype(np.int8) + LEVELS
    image = Image.fromarray(shades.astype(np.uint8), mode="P")
    strengths = np.arange(-LEVELS, LEVELS + 1)
    ends = [bytes.fromhex(COLOURS[name][1:]) for name in ("opposite", "alike")]
    image.putpalette([value for s in strengths for value in ends[int(s > 0)]])
    clear = bytes(round(255 * abs(s) / LEVELS) for s in strengths)
    file = io.BytesIO()
    image.save(file, "PNG", transparency=clear, optimize=True)
    return file.getvalue()


def weights(run) -> dict:
    """Where the pictures of weights are (see `weight_pictures`), and what each is."""
    return base.table(
        "Weights as pictures of 32 x 32 pixels, a row per picture. None of them is an image of the "
        "data set: each is a vector of 3,072 weights, or a mean of many, whose three colors are "
        "three weights per pixel. Gray is 0. `winner` and `loser` are the neurons of the largest "
        "cluster that end largest and that arrive last.",
        {
            "what": field(
                "`shared`: the mean direction of the cluster's incoming weights, within the span "
                "of the samples; `pull`: the mean of what pulls at them, `<g e x>`, with the sign "
                "of their outgoing weights; `winner`, `loser`: the incoming weights of one neuron",
                unit="",
                shape="a name",
            ),
            "cluster": field("the cluster in which the neurons end, counted from 1"),
            "step": base.STEP,
            "cosine": field(
                "cosine, within the span, with the direction that the cluster shares when the loss "
                "has fallen by 10 %"
            ),
            "image": field("a PNG, its address from the site's root", unit="", shape="a name"),
        },
        [
            {
                "what": what,
                "cluster": int(cluster + 1),
                "step": int(run.time[index]),
                "cosine": significant(unit(span) @ unit(_shared(run, cluster)), 3),
                "image": f"data/article/{_weights_name(what, cluster, run.time[index])}",
            }
            for what, cluster, index, span, _ in _weight_vectors(run)
        ],
        winner=int(_winner_of(run)),
        loser=int(_loser_of(run)),
    )


def weight_pictures(run) -> dict[str, bytes]:
    """The weights of `weights` as PNGs, by file name."""
    return {
        _weights_name(what, cluster, run.time[index]): _color_png(
            run.rotation.to_inputs(full[None])[0]
        )
        for what, cluster, index, _, full in _weight_vectors(run)
    }


def _weights_name(what, cluster, step):
    return f"weights_{what}_{cluster + 1}_{int(step)}.png"


def _weight_vectors(run):
    """(what, cluster, index, vector (r,) in the span, the same (D,) in all coordinates)."""
    found, drop = [], run.fallen(DROP)
    beyond = np.zeros(run.beyond.shape[1])
    for cluster in np.unique(run.labels[_large(run)]):
        shared, members = _shared(run, cluster), run.labels == cluster
        pull = theory.pull(run.at(drop), run.x, run.y)[members, :-1].mean(0)
        pull *= np.sign(run.side[drop, members].sum())
        for what, span in (("shared", shared), ("pull", pull)):
            found.append((what, cluster, drop, span, np.concatenate([span, beyond])))
    for what, neuron in (("winner", _winner_of(run)), ("loser", _loser_of(run))):
        for index in map(run.time_index, WEIGHT_STEPS):
            full = run.full_w_in(index)[neuron]
            found.append((what, 0, index, full[: run.x.shape[1]], full))
    return found


def _shared(run, cluster):
    """Mean direction (r,) of a cluster's w1 when the loss has fallen by 10 %, in the span."""
    return unit(run.w_in[run.fallen(DROP), run.labels == cluster]).mean(0)


def _winner_of(run):
    """The neuron of the largest cluster that ends largest."""
    return np.where(run.labels == 0, run.norm_product[-1], -1).argmax()


def _loser_of(run):
    """The neuron of the largest cluster that arrives last."""
    return np.nanargmax(np.where(run.labels == 0, run.arrival, np.nan))


def _color_png(pixels):
    """3,072 weights as a color picture: gray is 0, and as bright as the larger ones allow."""
    picture = pixels.reshape(3, 32, 32).transpose(1, 2, 0)
    full = np.percentile(abs(picture), BRIGHTEST)
    image = Image.fromarray(np.clip(127.5 * (1 + picture / full), 0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def arrows(run) -> dict:
    """Directions of the incoming weights in a few pixels picked at random."""
    inputs = run.task.x.shape[1]
    picked = np.random.RandomState(DIMENSIONS_SEED).choice(inputs, DIMENSIONS, replace=False)
    pixels = run.rotation.to_coordinates(np.eye(inputs)[picked])  # (DIMENSIONS, D)
    rows = []
    for frame, index in enumerate(base.clock_indices(run.time)):
        w_in = run.full_w_in(index)  # (d, D)
        components = w_in @ pixels.T / neurons.norm_in(w_in)[:, None]  # (d, DIMENSIONS)
        named = {f"u{i}": np.rint(1e4 * u).astype(int).tolist() for i, u in enumerate(components.T)}
        rows.append(
            {
                "frame": frame,
                "step": int(run.time[index]),
                "neuron": list(range(len(w_in))),
                "cluster": (run.labels + 1).tolist(),
                **named,
            }
        )
    names = _pixel_names(picked)
    return base.table(
        f"Directions of the incoming weights w1 in {DIMENSIONS} of the {inputs} inputs, picked at "
        "random, a row per frame of race.json. `dimensions` names the inputs. `shared_clusters` is "
        "the number of clusters of more than one neuron, which come first.",
        {
            "frame": field("row of race.json, counted from 0"),
            "step": base.STEP,
            "neuron": base.NEURON,
            "cluster": base.CLUSTER,
            **{
                f"u{i}": field(
                    f"component of w1/|w1| in {name}", unit="0.0001", shape=base.PER_NEURON
                )
                for i, name in enumerate(names)
            },
        },
        rows,
        dimensions=names,
        shared_clusters=base.shared_clusters(run.labels),
    )


def _pixel_names(inputs):
    """What CIFAR-10's inputs of these numbers are."""
    channel, row, column = np.unravel_index(inputs, (3, 32, 32))
    return [
        f"{('red', 'green', 'blue')[c]}, row {r + 1}, column {k + 1}"
        for c, r, k in zip(channel, row, column, strict=True)
    ]


def turning(run) -> dict:
    """How far the neurons of the large clusters have turned, three ways, beside the loss."""
    large = _large(run)
    targets = neurons.target_directions(run.w_in[-1], run.labels)  # (k, r)
    nothing = np.zeros((len(run.labels), 0))
    rows = []
    for index in frame_indices(run.time):
        full = run.full_w_in(index)[None]  # (1, d, D)
        shared_full = neurons.alignment_shared(full, run.labels)[0]
        final = neurons.alignment(run.w_in[index], nothing, targets, run.labels)
        rows.append(
            {
                "step": int(run.time[index]),
                "loss_left": significant(run.loss[index] / run.loss[0], 4),
                "shared_span": significant(np.median(run.alignment_shared[index, large]), 3),
                "shared_full": significant(np.median(shared_full[large]), 3),
                "final_span": significant(np.median(final[large]), 3),
            }
        )
    return base.table(
        f"How far the neurons of the clusters of at least {LARGE_CLUSTER} neurons have turned: "
        "medians of three cosines of w1, a row per recorded time.",
        {
            "step": base.STEP,
            "loss_left": field("training loss, as a share of that at step 0"),
            "shared_span": field(
                "median cosine with the cluster's mean direction at this step, within the span of "
                "the samples"
            ),
            "shared_full": field("the same in all inputs"),
            "final_span": field(
                "median cosine with the cluster's mean direction at the end, within the span"
            ),
        },
        rows,
    )


def arrivals(run) -> dict:
    """Each neuron of the large clusters: where it started, when it arrived, what it became."""
    start = _start(run)
    return base.table(
        f"The neurons of the clusters of at least {LARGE_CLUSTER} neurons that arrive, a row per "
        "neuron: how each started, when it arrived, and how large it became.",
        {
            "neuron": field("the neuron's number, counted from 0"),
            "cluster": field("the cluster in which it ends, counted from 1, the largest first"),
            "arrival": field(
                "when the cosine of w1 with the cluster's mean direction at that time, within the "
                f"span, reaches {neurons.ARRIVAL_COSINE}",
                "step",
            ),
            "norm_product_end": field("|w1||w2| at the end"),
            "incoming": field(
                "cosine of w1 at step 0 with the pull on it, within the span, towards the side on "
                "which the neuron ends"
            ),
            "outgoing": field("part of w2 at step 0 along the error, on that side"),
            "growing": field(
                "half the sum of the part of w1 along its pull and of `outgoing`: the growing mode"
            ),
        },
        [
            {
                "neuron": int(neuron),
                "cluster": int(run.labels[neuron] + 1),
                "arrival": significant(run.arrival[neuron], 4),
                "norm_product_end": significant(run.norm_product[-1, neuron], 3),
                **{name: significant(values[neuron], 3) for name, values in start.items()},
            }
            for neuron in np.flatnonzero(_large(run) & ~np.isnan(run.arrival))
        ],
    )


def unlocking(run) -> dict:
    """One neuron that was held back: its two weights that race, before and after it unlocks."""
    neuron = _loser_of(run)
    shown = np.flatnonzero(run.time <= HELD_BACK_UNTIL)
    rows = []
    for index in shown:
        state = theory.modes(run.at(index), run.x, run.y)
        p, c = state.growing + state.decaying, run.side[index]
        way = np.sign(run.side[-1, neuron])
        rows.append(
            {
                "step": int(run.time[index]),
                "outgoing": significant(way * c[neuron], 3),
                "incoming": significant(way * p[neuron], 3),
                "norm_product": significant(run.norm_product[index, neuron], 3),
            }
        )
    return base.table(
        f"Neuron {neuron}, the last of the largest cluster to arrive, a row per recorded time: its "
        "weights along what pulls at them, positive on the side on which the neuron ends.",
        {
            "step": base.STEP,
            "outgoing": field("part of w2 along the error"),
            "incoming": field("part of [w1, b] along its pull"),
            "norm_product": field("|w1||w2|"),
        },
        rows,
    )


def early(run) -> dict:
    """The paper's panel c: size against direction early in training, by size at the end."""
    largest, final = run.labels == 0, run.norm_product[-1]
    rows = []
    for index in map(run.time_index, EARLY_STEPS):
        order = _rank_correlation(run.alignment[index, largest], final[largest])
        rows.append(
            {
                "step": int(run.time[index]),
                "order": significant(order, 2),
                "neuron": np.flatnonzero(largest).tolist(),
                "final": significant(run.alignment[index, largest], 3),
                "norm_product": significant(run.norm_product[index, largest], 3),
                "norm_product_end": significant(final[largest], 3),
            }
        )
    return base.table(
        "The neurons of the largest cluster early in training, a row per time.",
        {
            "step": base.STEP,
            "order": field(
                "rank correlation, over these neurons, of `final` and the size at the end"
            ),
            "neuron": base.NEURON,
            **{
                name: base.RACE_FIELDS[name]
                for name in ("final", "norm_product", "norm_product_end")
            },
        },
        rows,
    )


def numbers(run, turned) -> dict:
    """What the article's sentences say; `turned` are the rows of `turning`."""
    return base.numbers_file(
        "The numbers in the article's sentences.",
        _definitions(run)
        | _clusters(run)
        | _half_arrived(run)
        | _winner(run)
        | _arrival(run)
        | _settled(run, turned)
        | _space(run)
        | _pruned(run)
        | _start_orders(run)
        | _start_cosines(run)
        | _alone(run)
        | _early_order(run)
        | _unlocked(run)
        | _early_steps(run)
        | _earlier_drops(run),
    )


def _definitions(run):
    return {
        "samples_per_class": (run.config.per_class, "training samples of each class"),
        "cluster_threshold": (
            neurons.CLUSTER_COSINE,
            "cosine of total vectors above which two neurons are in one cluster",
        ),
        "arrival_cosine": (
            neurons.ARRIVAL_COSINE,
            "cosine with the cluster's mean direction at which a neuron has arrived",
        ),
    }


def _turned(run):
    """Index of the recorded time at which half of the largest cluster has arrived."""
    return run.time_index(np.nanmedian(run.arrival[run.labels == 0]))


def _clusters(run):
    final, labels, targets = run.norm_product[-1], run.labels, run.targets
    singles = np.bincount(labels)[labels] == 1
    return {
        "in_clusters": (int((~singles).sum()), "neurons in clusters of more than one"),
        "third_cluster": (int((labels == 2).sum()), "neurons in the third cluster"),
        "singletons": (int(singles.sum()), "neurons that end alone in their cluster"),
        "singletons_share": (
            f"{final[singles].sum() / final.sum():.2%}",
            "their share of the summed final norm products",
        ),
        "opposite_targets": (
            f"{targets[0] @ targets[1]:.2f}".replace("-", "−"),
            "cosine between the target directions of the first and the second cluster",
        ),
        "alike_targets": (
            f"{targets[1] @ targets[2]:.2f}",
            "cosine between the target directions of the second and the third cluster",
        ),
    }


def _half_arrived(run):
    """At the time at which half of the largest cluster has arrived."""
    index = _turned(run)

    def median_factor(later, earlier):
        return float(np.median((later / earlier)[run.labels == 0]))

    growth = {
        name: median_factor(values[index], values[0])
        for name, values in (
            ("product", run.norm_product),
            ("in", run.norm_in),
            ("out", run.norm_out),
        )
    }
    later = median_factor(run.norm_product[-1], run.norm_product[index])
    meaning = "median factor by which {} has grown by turned_step, in the largest cluster"
    return {
        "turned_step": (
            int(run.time[index]),
            "recorded step at which half of the largest cluster has arrived",
        ),
        "turned_loss_fall": (
            f"{1 - run.loss[index] / run.loss[0]:.1%}",
            "fall of the training loss by turned_step, as a share of its start",
        ),
        "turned_growth": (f"{growth['product']:.0f}", meaning.format("|w1||w2|")),
        "turned_growth_in": (
            f"{growth['in'] - 1:.0%}",
            "the same for |w1|, minus 1",
        ),
        "turned_growth_out": (f"{growth['out']:.0f}", meaning.format("|w2|")),
        "later_growth": (
            _rounded(later, 2),
            "median factor by which |w1||w2| grows from turned_step to the end, in that cluster",
        ),
    }


def _winner(run):
    final = run.norm_product[-1]
    winner = int(final.argmax())
    return {
        "winner": (winner, "the neuron with the largest final norm product, counted from 0"),
        "winner_growth": (
            _rounded(final[winner] / run.norm_product[0, winner], 2),
            "factor by which its norm product grows from step 0 to the end",
        ),
    }


def _arrival(run):
    """What an early arrival is worth, in the largest cluster."""
    largest = run.labels == 0
    arrival, final = run.arrival[largest], run.norm_product[-1, largest]
    came = ~np.isnan(arrival)
    slope = np.polyfit(arrival[came], np.log(final[came]), 1)[0]
    return {
        "first_arrival": (
            round(float(np.nanmin(arrival))),
            "step at which the first neuron of the largest cluster arrives",
        ),
        "last_arrival": (
            round(float(np.nanmax(arrival))),
            "step at which the last neuron of the largest cluster arrives",
        ),
        "arrival_order": (
            spelled(abs(_rank_correlation(arrival, final)), 3),
            "rank correlation of earliness with the final norm product, in the largest cluster",
        ),
        "arrival_gap": (ARRIVAL_GAP, "a delay, in steps"),
        "late_by_gap": (
            f"{np.exp(-ARRIVAL_GAP * slope):.0f}",
            "factor in the final norm product that arriving arrival_gap steps later costs, from "
            "the slope of its logarithm on the time of arrival in the largest cluster",
        ),
    }


def _settled(run, turned):
    """From the time on at which the order no longer changes, in the largest cluster."""
    settled, largest = run.time_index(SETTLED), run.labels == 0
    product = run.norm_product[:, largest]  # (T, members)
    share = product / product.sum(axis=1, keepdims=True)
    drift = abs(share[settled] / share[-1] - 1)
    row = min(turned, key=lambda row: abs(row["step"] - run.time[settled]))
    ahead = np.arccos(row["final_span"]) / np.arccos(turned[0]["final_span"])
    at_400 = np.median(run.alignment[run.time_index(400), largest])
    return {
        "settled_step": (
            int(run.time[settled]),
            "recorded step from which on the order of the race no longer changes",
        ),
        "settled_order": (
            f"{_rank_correlation(product[settled], product[-1]):.4f}",
            "rank correlation of the norm products at settled_step and at the end",
        ),
        "settled_drift": (
            f"{np.median(drift):.1%}",
            "median over neurons of how far their share of the cluster's norm products at "
            "settled_step is from that at the end",
        ),
        "settled_drift_worst": (f"{drift.max():.0%}", "the largest of these"),
        "final_alignment_at_400": (
            spelled(at_400, 2),
            "median cosine at step 400, in all inputs, of w1 with the cluster's mean direction at "
            "the end",
        ),
        "turn_ahead": (
            f"{ahead:.0%}",
            "median angle to the final direction at settled_step, as a share of that at step 0, "
            "within the span, over the large clusters",
        ),
    }


def _space(run):
    rest = neurons.norm_in(run.beyond)
    pull = theory.pull(run.at(0), run.x, run.y)[run.labels == 0, :-1].mean(0)
    between = run.x[run.y == 0].mean(0) - run.x[run.y == 1].mean(0)
    return {
        "pull_is_difference": (
            f"{unit(pull) @ unit(between):.2f}",
            "cosine of the mean pull at step 0, over the largest cluster's neurons, with the "
            "difference between the mean samples of the two labels",
        ),
        "rest_share": (
            f"{(rest / run.norm_in[0]).mean():.0%}",
            "mean share of |w1| at step 0 that lies at right angles to all samples",
        ),
    }


def _pruned(run):
    tenth, half = len(run.labels) // 10, len(run.labels) // 2
    _, loss, accuracy = run.pruned
    return {
        "kept_tenth": (tenth, "a tenth of the neurons"),
        "kept_tenth_accuracy": (
            f"{accuracy[tenth]:.0%}",
            "training accuracy with the tenth of the largest final norm products",
        ),
        "kept_tenth_loss": (spelled(loss[tenth], 2), "training loss with that tenth, in nats"),
        "kept_half": (half, "half of the neurons"),
        "kept_half_loss": (
            spelled(loss[half], 2),
            "training loss with the half of the largest final norm products, in nats",
        ),
    }


def _start_orders(run):
    """What of the start is related to the final order, in the largest cluster."""
    largest, final = run.labels == 0, run.norm_product[-1]
    quantities = {
        "incoming": "the cosine of w1 with the pull on it",
        "outgoing": "the part of w2 along the error",
        "growing": "the growing mode (both together)",
    }
    return {
        f"start_order_{name}": (
            f"{_rank_correlation(values[largest], final[largest]):.2f}",
            "rank correlation, over the largest cluster's neurons, of the final norm product with "
            f"{quantities[name]} at step 0, within the span",
        )
        for name, values in _start(run).items()
    }


def _start_cosines(run):
    """Closeness in direction at the start and the final order, in the largest cluster."""
    largest, final, drop = run.labels == 0, run.norm_product[-1], run.fallen(DROP)

    def total(index):
        parts = run.full_w_in(index), run.b[index][:, None], run.w_out[index].T
        return np.concatenate(parts, axis=1)[largest]  # (members, D + 3)

    vectors = {
        "total": ("the total vector [w1, b, w2]", total),
        "w1": ("w1 alone", lambda index: run.full_w_in(index)[largest]),
    }
    targets = {"early": ("when the loss has fallen by 10 %", drop), "late": ("at the end", -1)}

    def order(of, index):
        cosines = unit(of(0)) @ unit(unit(of(index)).mean(0))
        return f"{_rank_correlation(cosines, final[largest]):.2f}".replace("-", "−")

    return {
        f"start_{vector}_{target}": (
            order(of, index),
            "rank correlation of the final norm product with the cosine at step 0, in all inputs, "
            f"of {what} with the mean direction of the cluster's vectors {when}",
        )
        for vector, (what, of) in vectors.items()
        for target, (when, index) in targets.items()
    }


def _early_order(run):
    """Who is near the shared direction early, against who ends up large, in the largest cluster."""
    largest = run.labels == 0
    shared = run.alignment_shared[run.time_index(EARLY), largest]
    return {
        "early_step": (EARLY, "an early step, long before the loss falls"),
        "order_at_100": (
            spelled(_rank_correlation(shared, run.norm_product[-1, largest]), 2),
            "rank correlation, over the largest cluster's neurons, of the final norm product with "
            "the cosine of w1 and the mean direction of the cluster at early_step, within the span",
        ),
    }


def _unlocked(run):
    """Which neurons of the clusters crossed zero, when, and what became of them."""
    inside = np.bincount(run.labels)[run.labels] > 1
    side = np.sign(run.side)  # (T, d)
    changed = inside & (side[0] != side[-1])
    there = np.argmax(side == side[-1], axis=0)  # index of the first time on the final side
    final, held_back = run.norm_product[-1], _loser_of(run)
    return {
        "unlocked": (
            int(changed.sum()),
            "neurons in clusters of more than one whose w2 along the error changes its sign",
        ),
        "last_unlocked": (
            int(run.time[there[changed]].max()),
            "the last recorded step at which one of them does",
        ),
        "held_back": (int(held_back), "the neuron of the largest cluster that arrives last"),
        "held_back_unlocked": (
            int(run.time[there[held_back]]),
            "first recorded step at which its w2 along the error has its final sign",
        ),
        "held_back_arrival": (round(float(run.arrival[held_back])), "step at which it arrives"),
        "held_back_share": (
            _rounded(final[_winner_of(run)] / final[held_back], 1),
            "final norm product of the cluster's winner over that of this neuron",
        ),
        "unlocked_smaller": (
            f"{np.median(final[inside & ~changed]) / np.median(final[changed]):.0f}",
            "median final norm product of the neurons that did not have to unlock, over that of "
            "those that did, in clusters of more than one",
        ),
    }


def _early_steps(run):
    """The rank correlations of the paper's panel c."""
    rows = early(run)["rows"]
    return {
        f"order_{place}": (
            f"{row['order']:.2f}".replace("-", "−"),
            f"rank correlation of the final norm product with the cosine of w1 and the cluster's "
            f"final mean direction, in all inputs, at step {row['step']}",
        )
        for place, row in zip(("at_start", "second", "third", "fourth", "fifth"), rows, strict=True)
    } | {
        "early_times": (
            ", ".join(str(row["step"]) for row in rows[:-1]) + f" and {rows[-1]['step']}",
            "the steps of these",
        )
    }


def _earlier_drops(run):
    """Starts and rates with which the loss drops where the paper's first figure has it."""
    found = {
        "paper_drop": (
            EARLIER_DROP,
            "step near which the loss drops in the first figure of the paper's second version",
        )
    }
    for name, change in zip(("scale", "per_weight", "rate"), EARLIER, strict=True):
        config = dataclasses.replace(run.config, steps=2 * EARLIER_DROP, **change)
        other = simulate(config, task=run.task, rotation=run.rotation).run(0)
        told = ", ".join(f"{key} {value}" for key, value in change.items())
        found |= {
            f"earlier_{name}": (
                str(change.get("init_scale", change.get("lr"))),
                f"a setting with an earlier drop of the loss: {told}",
            ),
            f"earlier_{name}_drop": (
                int(other.time[other.fallen(DROP)]),
                "first recorded step at which the loss is below 90 % of its start, with that",
            ),
        }
    return found


def _alone(run):
    """For how long the theory follows each neuron alone to predict the order."""
    steps = theory.foresight_steps(run.at(0), run.x, run.y, run.config.lr)
    return {
        "alone_steps": (steps, "steps for which the theory follows each neuron alone"),
        "alone_share": (
            f"{steps / run.time[run.fallen(DROP)]:.0%}",
            "the same as a share of the steps until the loss has fallen by 10 %",
        ),
    }


def _start(run):
    """What of the start might predict the end: three quantities (d,), see `arrivals`."""
    way = np.sign(run.modes.growing)
    growing, decaying = run.modes.growing, run.modes.decaying
    return {
        "incoming": (growing + decaying) * way / neurons.norm_in(run.w_in[0]),
        "outgoing": (growing - decaying) * way,
        "growing": abs(growing),
    }


def _rank_correlation(a, b):
    return spearmanr(a, b, nan_policy="omit").statistic


def _large(run):
    """Mask (d,) of the neurons in clusters that are not singletons or nearly so."""
    return np.bincount(run.labels)[run.labels] >= LARGE_CLUSTER


def _rounded(value, digits):
    """A whole number with that many significant digits."""
    return int(float(f"{value:.{digits}g}"))
