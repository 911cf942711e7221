"""What the article's figures draw and its sentences count, from the default run.

Every function takes the default run (a Simulation, and the data set made from it) and returns plain
values; `export/refresh.py` writes them. The race itself, `race.json`, is made in `home.py`.
"""

import base64
import io

import numpy as np
from PIL import Image
from scipy.stats import spearmanr

from export.data.home import LARGE_CLUSTER, frame_indices, significant, spelled
from racing_core import neurons, theory

MATRIX_STEPS = (0, 190, 302, 464, 960, 10_000)
LEVELS = 8  # shades of a cosine matrix, for each sign
POSITIVE, NEGATIVE = (213, 94, 0), (0, 114, 178)  # Okabe and Ito's vermilion and blue
DIMENSIONS = 6
DIMENSIONS_SEED = 1
EARLY = 100  # steps
ARRIVAL_GAP = 100  # steps
SETTLED = 500  # steps after which the order of the race no longer changes


def files(simulation, data) -> dict[str, dict | list]:
    """Content by file name."""
    return {
        "cosines.json": cosines(simulation),
        "arrows.json": arrows(simulation),
        "turning.json": turning(simulation, data),
        "arrivals.json": arrivals(simulation, data),
    }


def cosines(simulation) -> dict:
    """Matrices of cosines between total vectors (d, d) as images, ordered by cluster.

    Within a cluster the neuron that ends up largest comes first. `panels` holds one image a time,
    a PNG as a data URL, one pixel a pair: orange for alike, blue for opposite, clear for neither,
    so that it suits a light and a dark page. `blocks` says where on an axis each large cluster is.
    """
    labels, rest = simulation.labels[0], simulation.rest[0]
    final = _norm_product(simulation, -1)
    order = np.lexsort((-final, labels))
    gram = rest @ rest.T
    panels = []
    for step in MATRIX_STEPS:
        index = _at(simulation, step)
        cosine = neurons.cosine_matrix(simulation.parameters(0, index), gram)
        panels.append(
            {
                "step": int(simulation.trajectory.time[index]),
                "image": _picture(cosine[np.ix_(order, order)]),
            }
        )
    sizes = np.bincount(labels)
    ends = np.cumsum(sizes)
    blocks = [
        {"cluster": k, "neurons": int(sizes[k]), "start": int(ends[k] - sizes[k]), "end": int(end)}
        for k, end in enumerate(ends)
        if sizes[k] >= LARGE_CLUSTER
    ]
    return {"panels": panels, "blocks": blocks, "neurons": len(labels)}


def arrows(simulation) -> dict:
    """Directions of the incoming weights in a few pixels picked at random.

    `frames` holds, for every frame of the race and for every pixel i, the component `u{i}`
    of each neuron's unit vector w1/|w1|, times 10,000.
    """
    inputs = simulation.task.x.shape[1]
    picked = np.random.RandomState(DIMENSIONS_SEED).choice(inputs, DIMENSIONS, replace=False)
    # Pixel p of the original inputs reads row p of the basis.
    basis = simulation.rotation.basis[picked]
    rest = simulation.rest[0]
    frames = []
    for frame, index in enumerate(frame_indices(simulation.trajectory.time)):
        w_in = np.concatenate([simulation.parameters(0, index).w_in, rest], axis=1)
        components = w_in @ basis.T / neurons.norm_in(w_in)[:, None]
        named = {f"u{i}": np.rint(1e4 * u).astype(int).tolist() for i, u in enumerate(components.T)}
        frames.append(
            {
                "frame": frame,
                "step": int(simulation.trajectory.time[index]),
                "neuron": list(range(len(w_in))),
                "cluster": simulation.labels[0].tolist(),
                **named,
            }
        )
    channel, row, column = np.unravel_index(picked, (3, 32, 32))
    names = [
        f"{('red', 'green', 'blue')[c]}, row {r + 1}, column {k + 1}"
        for c, r, k in zip(channel, row, column, strict=True)
    ]
    return {"dimensions": names, "frames": frames}


def turning(simulation, data) -> list[dict]:
    """How far the neurons of the large clusters have turned, three ways, beside the loss.

    One row a frame with the medians: `shared_span`, the cosine with the direction that the cluster
    shares at that time within the samples' span; `shared_full`, the same in all inputs;
    `final_span`, the cosine within the span with where the shared direction ends up. `loss_left` is
    the loss as a share of its start.
    """
    large, labels = _large(simulation), simulation.labels[0]
    rest, run = simulation.rest[0], data.isel(seed=0)
    shared = run.alignment_shared.values
    end = simulation.parameters(0, -1).w_in
    targets = neurons.target_directions(end, labels)
    nothing = np.zeros((len(labels), 0))
    rows = []
    for index in frame_indices(simulation.trajectory.time):
        w_in = simulation.parameters(0, index).w_in
        full = np.concatenate([w_in, rest], axis=1)[None]
        shared_full = neurons.alignment_shared(full, labels)[0]
        final = neurons.alignment(w_in, nothing, targets, labels)
        rows.append(
            {
                "step": int(simulation.trajectory.time[index]),
                "loss_left": significant(run.loss.values[index] / run.loss.values[0], 4),
                "shared_span": significant(np.median(shared[index, large]), 3),
                "shared_full": significant(np.median(shared_full[large]), 3),
                "final_span": significant(np.median(final[large]), 3),
            }
        )
    return rows


def arrivals(simulation, data) -> list[dict]:
    """One row a neuron of the large clusters: where it started, when it arrived, what it became.

    `incoming` is the cosine of w1 at the start with the pull on it, within the samples' span,
    towards the side on which the neuron ends; `outgoing` the part of w2 along the error on that
    side;
    `growing` half the sum of both, with w1 not divided by its norm: the growing mode of the theory.
    A neuron that never arrives has no row.
    """
    run = data.isel(seed=0)
    arrival = neurons.arrival_time(run.time.values, run.alignment_shared.values)
    final = (run.norm_in * run.norm_out).values[-1]
    start = _start(simulation)
    return [
        {
            "neuron": int(neuron),
            "cluster": int(simulation.labels[0][neuron]),
            "arrival": significant(arrival[neuron], 4),
            "norm_product_end": significant(final[neuron], 3),
            **{name: significant(values[neuron], 3) for name, values in start.items()},
        }
        for neuron in np.flatnonzero(_large(simulation) & ~np.isnan(arrival))
    ]


def numbers(simulation, data) -> dict:
    """What the article's sentences say, by name: values as a reader should see them."""
    run = data.isel(seed=0)
    time, loss = run.time.values, run.loss.values
    labels = simulation.labels[0]
    biggest, singles = labels == 0, np.bincount(labels)[labels] == 1
    norm_in, norm_out = run.norm_in.values, run.norm_out.values
    product = norm_in * norm_out
    final, strength = product[-1], np.bincount(labels, weights=product[-1])
    arrival = neurons.arrival_time(time, run.alignment_shared.values)
    turned = int(np.abs(time - np.nanmedian(arrival[biggest])).argmin())
    settled = _at(simulation, SETTLED)
    winner, second = int(final.argmax()), int(np.argsort(final)[-2])
    came = biggest & ~np.isnan(arrival)
    slope = np.polyfit(arrival[came], np.log(final[came]), 1)[0]
    share = product[:, biggest] / product[:, biggest].sum(axis=1, keepdims=True)
    drift = abs(share[settled] / share[-1] - 1)
    targets = simulation.targets[0]
    phi = np.degrees(np.arctan2(*simulation.parameters(0, -1).w_out[::-1]))
    rest = neurons.norm_in(simulation.rest[0])
    w_out = simulation.trajectory.parameters.w_out[0]
    side = w_out[:, 0] - w_out[:, 1]  # along the error's direction

    def rank_correlation(a, b):
        return spearmanr(a[biggest], b[biggest], nan_policy="omit").statistic

    def median_of_largest(values):
        return float(np.median(values[biggest]))

    def final_alignment(step):
        return spelled(median_of_largest(run.alignment.values[_at(simulation, step)]), 2)

    return {
        "samples_per_class": simulation.config.per_class,
        "cluster_threshold": neurons.CLUSTER_COSINE,
        "arrival_cosine": neurons.ARRIVAL_COSINE,
        **_phases(time, time[turned]),
        "in_clusters": int((labels < 3).sum()),
        "third_cluster": int((labels == 2).sum()),
        "singletons": int(singles.sum()),
        "third_share": f"{strength[2] / strength.sum():.1%}",
        "singletons_share": f"{final[singles].sum() / final.sum():.2%}",
        "opposite_targets": f"{targets[0] @ targets[1]:.2f}".replace("-", "−"),
        "alike_targets": f"{targets[1] @ targets[2]:.2f}",
        "turned_step": int(time[turned]),
        "turned_loss_fall": f"{1 - loss[turned] / loss[0]:.1%}",
        "turned_growth": f"{median_of_largest(product[turned] / product[0]):.0f}",
        "turned_growth_in": f"{median_of_largest(norm_in[turned] / norm_in[0]) - 1:.0%}",
        "turned_growth_out": f"{median_of_largest(norm_out[turned] / norm_out[0]):.0f}",
        "later_growth": f"{_rounded(median_of_largest(final / product[turned]), 2):,}",
        "winner": winner,
        "winner_growth": f"{_rounded(final[winner] / product[0, winner], 2):,}",
        "winner_norm_product": spelled(final[winner], 2),
        "second_norm_product": spelled(final[second], 2),
        "first_arrival": round(float(np.nanmin(arrival[biggest]))),
        "last_arrival": round(float(np.nanmax(arrival[biggest]))),
        "arrival_order": spelled(abs(rank_correlation(arrival, final)), 3),
        "arrival_gap": ARRIVAL_GAP,
        "late_by_gap": f"{np.exp(-ARRIVAL_GAP * slope):.0f}",
        "settled_step": int(time[settled]),
        "settled_order": f"{rank_correlation(product[settled], final):.4f}",
        "settled_drift": f"{np.median(drift):.1%}",
        "settled_drift_worst": f"{drift.max():.0%}",
        "unlocked": int((np.sign(side[0]) != np.sign(side[-1]))[labels < 3].sum()),
        "rest_share": f"{(rest / norm_in[0]).mean():.0%}",
        "final_alignment_at_400": final_alignment(400),
        "final_alignment_at_1000": final_alignment(1000),
        "turn_ahead": _turn_ahead(simulation, data, settled),
        "early_step": EARLY,
        "phi_1": f"{np.median(phi[labels == 0]):.0f}",
        "phi_2": f"{np.median(phi[labels == 1]):.0f}".replace("-", "−"),
        "kept_tenth": len(labels) // 10,
        "kept_tenth_accuracy": f"{run.pruned_accuracy.values[len(labels) // 10]:.0%}",
        "kept_tenth_loss": spelled(run.pruned_loss.values[len(labels) // 10], 2),
        "kept_half": len(labels) // 2,
        "kept_half_loss": spelled(run.pruned_loss.values[len(labels) // 2], 2),
        **{
            f"start_order_{name}": f"{rank_correlation(values, final):.2f}"
            for name, values in _start(simulation).items()
        },
    }


def _turn_ahead(simulation, data, index):
    """Angle to the final direction, as a share of that at the start; a median, within the span."""
    rows = turning(simulation, data)
    row = min(rows, key=lambda row: abs(row["step"] - simulation.trajectory.time[index]))
    ahead = np.arccos(row["final_span"]) / np.arccos(rows[0]["final_span"])
    return f"{ahead:.0%}"


def _phases(time, turned):
    """First and last frame of the mechanism's three statements, as the page's script reads them."""
    steps = time[frame_indices(time)]
    ends = [0, *(int(np.abs(steps - step).argmin()) for step in (turned, SETTLED, time[-1]))]
    return {f"phase_{i + 1}_frames": f"{ends[i]} {ends[i + 1]}" for i in range(3)}


def _start(simulation):
    """What of the start might foretell the end: three quantities (d,), see `arrivals`."""
    start = simulation.parameters(0, 0)
    modes = theory.modes(start, simulation.rotation.to_span(simulation.task.x), simulation.task.y)
    way = np.sign(modes.growing)
    return {
        "incoming": (modes.growing + modes.decaying) * way / neurons.norm_in(start.w_in),
        "outgoing": (modes.growing - modes.decaying) * way,
        "growing": abs(modes.growing),
    }


def _picture(cosine):
    """A matrix of cosines as a PNG in a data URL, with a palette of 2 LEVELS + 1 shades."""
    shades = np.rint(cosine * LEVELS).astype(np.int8) + LEVELS
    image = Image.fromarray(shades.astype(np.uint8), mode="P")
    strengths = np.arange(-LEVELS, LEVELS + 1)
    image.putpalette([v for s in strengths for v in (POSITIVE if s > 0 else NEGATIVE)])
    clear = bytes(round(255 * abs(s) / LEVELS) for s in strengths)
    file = io.BytesIO()
    image.save(file, "PNG", transparency=clear, optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _large(simulation):
    """Mask (d,) of the neurons in clusters that are not singletons or nearly so."""
    labels = simulation.labels[0]
    return np.bincount(labels)[labels] >= LARGE_CLUSTER


def _norm_product(simulation, index):
    w_in, _, w_out = simulation.parameters(0, index)
    return neurons.norm_product(w_in, w_out, (simulation.rest[0] ** 2).sum(-1))


def _at(simulation, step):
    """Position of the recorded time nearest to `step`."""
    return int(np.abs(simulation.trajectory.time - step).argmin())


def _rounded(value, digits):
    """A whole number with that many significant digits."""
    return int(float(f"{value:.{digits}g}"))
