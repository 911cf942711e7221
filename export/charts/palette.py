"""Every colour of the site that means something, once: for charts, drawings, style sheets, the lab.

One meaning has one colour, on a light and on a dark page alike: each stands out from both (see
tests/export/test_palette.py). Ink, the text's own colour, is `currentColor`. Where a chart needs a
colour to tell two things apart, a shape, a dash or a word tells them apart as well.
"""

INK = "currentColor"  # the loss, and what was measured where only one thing was

COLOURS = {
    # The two classes, and the side that a neuron votes for. Circle and square.
    "class-a": "#3f74e0",
    "class-b": "#d2601a",
    # The clusters, the largest first, and neurons that are alone. Circle, square, triangle, cross.
    "cluster-1": "#12876b",
    "cluster-2": "#a07400",
    "cluster-3": "#1590a8",
    "alone": "#858a97",
    # How large a neuron is at the end, from the smallest to the largest; larger dots as well.
    "size-1": "#858ba0",
    "size-2": "#a9709a",
    "size-3": "#c94a7f",
    "size-4": "#de2a5e",
    # A cosine of 1 and of -1; 0 is clear.
    "alike": "#a5621f",
    "opposite": "#17808a",
    # What the theory predicts (dashed), and what is picked at random (dotted).
    "theory": "#9a5bc4",
    "random": "#6f7788",
    # The run before, which stays behind a new one (dashed).
    "last-run": "#878d93",
    # Verdicts on a claim: full, crossed out, half, empty.
    "holds": "#1f7fca",
    "fails": "#cf4a1a",
    "undecided": "#8a8f9c",
    # Incoming (dashed in charts) and outgoing weights.
    "incoming": "#b4631d",
    "outgoing": "#2b78c5",
    # Lines of a chart that have no meaning elsewhere; a legend names them.
    "line-1": "#3079cf",
    "line-2": "#b2760c",
    "line-3": "#1e9268",
    "line-4": "#c1487b",
    "line-5": "#7d63ca",
    "line-6": "#7b828d",
}  # fmt: skip

CLUSTERS = [COLOURS[f"cluster-{k}"] for k in (1, 2, 3)]
LINES = [COLOURS[f"line-{k}"] for k in range(1, 7)]
SMALL_TO_LARGE = [COLOURS[f"size-{k}"] for k in (1, 2, 3, 4)]


def size_colour(share: float) -> str:
    """The colour at a share, from 0 to 1, of the way from the smallest to the largest."""
    place = min(max(share, 0), 1) * (len(SMALL_TO_LARGE) - 1)
    low = min(int(place), len(SMALL_TO_LARGE) - 2)
    part = place - low
    ends = [
        [int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in SMALL_TO_LARGE[low : low + 2]
    ]
    mixed = (round(a + (b - a) * part) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def style() -> str:
    """The colours as properties of a style sheet, `var(--class-a)`."""
    lines = "".join(f"--{name}:{colour};" for name, colour in COLOURS.items())
    return f":root{{{lines}}}"


# What the axes and legends of charts call things: a thing has one name, and a short one where a
# panel is small. Text, lab, command line and data files use the same words.
NAMES = {
    "norm_product": "norm product |w₁||w₂|",
    "norm_product_end": "norm product at the end",
    "norm_product_log": "norm product, log₁₀",
    "shared": "cosine with the shared direction",
    "shared_short": "cosine, shared",
    "final_short": "cosine, final",
    "shares": "median cosine; share of the loss",
    "plane": ("component of w₁/|w₁| across", "component up", "cosine with the first direction",
              "cosine with the second"),
    "step": "step",
    "time": "step + 1",
    "arrival": "step at which the neuron arrives",
    "drop": "step of the drop",
    "loss": "loss (nat)",
    "accuracy": ("accuracy", "accuracy, training", "accuracy, held out"),
    "kept": ("neurons kept", "weights kept, %"),
    "counts": ("live clusters", "clusters that carry 90% of the norm", "how many", "neurons",
               "samples"),
    "setting": ("initial scale", "learning rate", "share of labels flipped"),
    "start": ("w₁ near its pull", "w₂ along the error", "both together"),
    "weights": ("weight × 10⁴", "w₂ along error, ⁴√", "gate open", "angle φ of w₂ (degrees)"),
    "order": ("rank correlation", "rank correlation, within clusters",
              "rank correlation with the end", "share of the plateau used"),
    "edge": ("size of the start, PyTorch's own = 1", "e-foldings before the drop",
             "share of the norm in clusters", "forecast at t = 0",
             "steps it takes / steps to the drop"),
    "cost": ("ms per step", "neurons d", "samples N", "inputs D", "networks side by side S"),
    "claims": ("share", "share of pruning's", "difference in accuracy",
               "exponent, or times the theory's slope"),
    "errors": ("largest relative residual", "largest relative change", "median relative error",
               "theory holds"),
}  # fmt: skip


def titles() -> set[str]:
    """Every name that an axis or a legend may have."""
    return {
        title
        for names in NAMES.values()
        for title in ([names] if isinstance(names, str) else names)
    }
