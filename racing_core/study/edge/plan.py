"""Which runs the edge is made of: a cell per variant and start, and per size of a start."""

import dataclasses
import hashlib
import json

from racing_core.errors import InputError
from racing_core.study import provenance
from racing_core.study.edge import scales
from racing_core.study.edge.variants import VARIANTS, Variant

SEEDS = (90, 91, 92)  # none on which anything here was tried out: those were 0 to 5 and 60 to 62
WIDTH = 300
STEPS = 2_000
BASE = {"width": WIDTH, "steps": STEPS, "dtype": "float32", "seeds": SEEDS}
INPUTS = 3_072  # of the default task, to which a start's size is relative
START = "racing_core.study.edge.cells"  # what computes a cell's result


@dataclasses.dataclass(frozen=True)
class Cell:
    """A few networks, one per seed, trained side by side under one variant and start.

    Attributes:
        variant: a key of VARIANTS.
        init: the start, one of `Config.init` or the variant's own.
        fields: of `Config`.
        relative: size of the start in the curve over sizes (see `scales`); None for a variant.
    """

    variant: str
    init: str
    fields: dict
    relative: float | None = None

    @property
    def changes(self) -> Variant:
        return VARIANTS[self.variant]

    @property
    def name(self) -> str:
        """What people call it: `momentum/fan_in`, or `scales/he/0.1`."""
        if self.relative is None:
            return f"{self.variant}/{self.init}"
        return f"scales/{self.init}/{self.relative:g}"

    @property
    def key(self) -> str:
        """Its address: a hash of everything that its result depends on (see `provenance`)."""
        content = [
            self.fields, self.changes.plain(), provenance.code(start=START), provenance.versions(),
        ]  # fmt: skip
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return f"edge-{digest[:16]}"


def cells(only=None, device="cpu") -> list[Cell]:
    """All cells, those of the variants first.

    Args:
        only: a key of VARIANTS, or `scales`, to have its cells alone.
        device: where they train.

    Raises:
        InputError: there is no such variant.
    """
    if only not in (None, "scales", *VARIANTS):
        raise InputError(f"There is no variant {only!r}; there are {', '.join(VARIANTS)}, scales.")
    base = BASE | {"device": device}
    found = [
        Cell(name, variant.start or init, base | {"init": init} | variant.fields)
        for name, variant in VARIANTS.items()
        if only in (None, name)
        for init in variant.inits
    ]
    if only in (None, "scales"):
        found += [
            Cell(variant, start, base | fields, relative)
            for start in scales.STARTS
            for relative in scales.RELATIVE
            for variant, fields in [scales.planned(start, relative, INPUTS)]
        ]
    return found
