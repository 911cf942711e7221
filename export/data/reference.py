"""What the reference page shows of speed, from `racing_core.bench`."""

from export.data import base
from export.data.base import field

FILES = ("reference/bench.json",)
WORD = field("", unit="", shape="words")


def publish(folder, measured) -> list[str]:
    """Write the page's file into `folder`/reference, see `base.publish`."""
    content = base.signed(bench(measured), "racing bench", "export/data/reference.py: bench")
    return base.publish(folder, {FILES[0]: content})


def bench(measured) -> dict:
    """The figures of one machine, and how a step's cost grows."""
    return base.table(
        "How fast one machine trains. `machine`: what it is, with the versions and the date. "
        "`figures`: a row per figure. Rows: a step's cost over one size at a time.",
        {
            "variable": WORD
            | {"meaning": "the size: width, samples, inputs, networks side by side"},
            "value": field("the size"),
            "ms": field("time of a step in float64, median of three turns", "ms"),
            "theory": field(
                "the time at the default size, scaled by the multiplications of a step", "ms"
            ),
        },
        [{**row, "ms": base.significant(row["ms"], 3), "theory": base.significant(row["theory"], 3)}
         for row in measured["curves"]],
        machine=measured["machine"],
        figures=[
            row | {name: base.significant(row[name], 3) for name in ("median", "low", "high")}
            for row in measured["rows"]
        ],
    )  # fmt: skip
