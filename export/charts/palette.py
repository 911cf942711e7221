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
    # Verdicts on a claim: full, crossed out, half, empty.
    "holds": "#1f7fca",
    "fails": "#cf4a1a",
    "undecided": "#8a8f9c",
    # Incoming and outgoing weights in the drawings.
    "incoming": "#b4631d",
    "outgoing": "#2b78c5",
}  # fmt: skip

CLUSTERS = [COLOURS[f"cluster-{k}"] for k in (1, 2, 3)]
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
