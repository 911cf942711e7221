"""What the makers of all pages share: files that say what they hold, frames of a race, rounding."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np

from racing_core.files import make_folder, together

FRAMES = 64
# An animation of the race: from step to step, the share of its length. Slow where the race is
# decided, and logarithmic in the long end, in which only the sizes still grow.
CLOCK = ((0, 0.0), (60, 0.12), (600, 0.78))


def field(meaning, unit="1", shape="a number"):
    """What a file says of one field of its rows."""
    return {"meaning": meaning, "unit": unit, "shape": shape}


PER_NEURON = "a list, one number per neuron"
STEP = field("gradient-descent steps done", "step")
NEURON = field("the neurons' numbers, counted from 0", shape=PER_NEURON)
CLUSTER = field(
    "the cluster in which each neuron ends, counted from 1, the largest first",
    shape=PER_NEURON,
)
RACE_FIELDS = {
    "step": STEP,
    "clock": field("when an animation of the race shows this row, as a share of its length"),
    "loss": field("mean cross-entropy of the training samples", "nat"),
    "accuracy": field("share of the training samples that are classified correctly"),
    "neuron": NEURON,
    "cluster": CLUSTER,
    "norm_product": field("|w1||w2| of each neuron at this step", shape=PER_NEURON),
    "norm_product_end": field("|w1||w2| of each neuron at the end", shape=PER_NEURON),
    "shared": field(
        "cosine of w1 with the mean direction at this step of the neuron's cluster, within the "
        "span of the samples",
        shape=PER_NEURON,
    ),
    "final": field(
        "cosine of w1 with the mean direction at the end of the neuron's cluster, in all inputs",
        shape=PER_NEURON,
    ),
}


def table(about, fields, rows, **more) -> dict:
    """The content of a figure's file; `more` are further named values, described in `about`."""
    return {"about": about, "fields": fields, **more, "rows": rows}


def numbers_file(about, numbers) -> dict:
    """The content of a numbers.json, from {name: (value, meaning)}."""
    entries = {
        name: {"value": value, "meaning": meaning} for name, (value, meaning) in numbers.items()
    }
    return {"about": about, "numbers": entries}


def signed(content, source, made_by) -> dict:
    """The same content, with where it comes from told right after what it is."""
    about = {"about": content["about"]}
    return about | {"source": source, "made_by": made_by} | content


def as_json(content) -> bytes:
    """JSON for people, too: one row, or one named value, per line.

    Raises:
        ValueError: NaN or infinity, which JSON has not.
    """
    parts = [f" {_compact(name)}: {_lines(value)}" for name, value in content.items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def entry(content: bytes) -> dict:
    """What the manifest says of a file."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def publish(folder, contents) -> list[str]:
    """Write some files of `folder`, and their hashes into its manifest, if it has one.

    Args:
        folder: docs/data, or any other.
        contents: {name: content}, a name such as `evidence/claims.json`, see `signed`.

    Returns:
        The names of the files.

    Raises:
        InputError: the folder cannot be written to.
    """
    folder = Path(folder)
    make_folder(folder)
    files = {name: as_json(content) for name, content in contents.items()}
    manifest = folder / "manifest.json"
    if manifest.exists():
        told = json.loads(manifest.read_text("utf-8"))
        entries = {name: entry(content) for name, content in files.items()}
        told["files"] = dict(sorted((told["files"] | entries).items()))
        files["manifest.json"] = as_json(told)
    with together(folder) as new:
        for name, content in files.items():
            (new / name).parent.mkdir(exist_ok=True)
            (new / name).write_bytes(content)
    return list(contents)


def _lines(value):
    if isinstance(value, dict):
        entries = (f"  {_compact(name)}: {_compact(one)}" for name, one in value.items())
        return "{\n" + ",\n".join(entries) + "\n }"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"  {_compact(row)}" for row in value) + "\n ]"
    return _compact(value)


def _compact(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def race(about, time, labels, over_time, per_neuron, opening_step, indices=None) -> dict:
    """The content of a race's file: a row per frame, with a list over the neurons per quantity.

    Args:
        time: recorded steps (T,). labels: cluster of each neuron (d,), counted from 0.
        over_time: {name: (T,)}, of RACE_FIELDS.
        per_neuron: {name: (T, d)}, of RACE_FIELDS, `norm_product` among them.
        opening_step: step with which the figures open.
        indices: of the recorded times to take, if not those of `frame_indices`.
    """
    indices = frame_indices(time) if indices is None else indices
    end = significant(per_neuron["norm_product"][-1], 3)
    rows = [
        {
            "step": int(time[index]),
            **{name: significant(values[index], 4) for name, values in over_time.items()},
            "neuron": list(range(len(labels))),
            "cluster": (labels + 1).tolist(),
            "norm_product_end": end,
            **{name: significant(values[index], 3) for name, values in per_neuron.items()},
        }
        for index in indices
    ]
    return table(
        f"{about} `opening` is the row with which the figures open, counted from 0; "
        "`shared_clusters` the number of clusters of more than one neuron, which come first: only "
        "these have a direction to share.",
        {name: RACE_FIELDS[name] for name in rows[0]},
        rows,
        opening=min(range(len(rows)), key=lambda i: abs(rows[i]["step"] - opening_step)),
        shared_clusters=shared_clusters(labels),
    )


def shared_clusters(labels) -> int:
    """How many clusters have more than one neuron; they are numbered by size, so come first."""
    return int((np.bincount(labels) > 1).sum())


def frame_indices(time):
    """Indices of about FRAMES recorded times, evenly spaced in log(1 + time)."""
    wanted = np.expm1(np.linspace(0, np.log1p(time[-1]), FRAMES))
    return np.unique(np.abs(time[:, None] - wanted).argmin(axis=0))


def clock(steps, last):
    """When an animation of `last` steps shows the given ones, as shares (n,) of its length."""
    slow_until, share = CLOCK[-1]
    steps = np.asarray(steps, float)
    early = np.interp(steps, *zip(*CLOCK, strict=True))
    late = share + (1 - share) * np.log(np.maximum(steps, slow_until) / slow_until) / np.log(
        last / slow_until
    )
    return np.where(steps <= slow_until, early, late)


def clock_indices(time):
    """Indices of about FRAMES recorded times, evenly spaced on the animation's clock."""
    shown = clock(time, time[-1])
    return np.unique(np.abs(shown[:, None] - np.linspace(0, 1, FRAMES)).argmin(axis=0))


def significant(values, digits):
    """Floats with that many significant digits; None for what is not finite, as JSON wants it."""
    rounded = [
        float(f"{value:.{digits}g}") if math.isfinite(value) else None
        for value in np.atleast_1d(values)
    ]
    return rounded if np.ndim(values) else rounded[0]


def spelled(value, digits):
    """A number as text with that many significant digits, never in exponential notation."""
    return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")
