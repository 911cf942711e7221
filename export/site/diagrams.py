"""Drawings that no data stands behind: inline SVG, in the page's own colours."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from export.charts.palette import COLOURS

NEURONS, INPUTS = 5, 8
CELL = 15  # px, a weight
TINTS = tuple(
    COLOURS[name] for name in ("class-b", "class-a", "cluster-1", "theory", "cluster-2")
)  # one per neuron


@dataclass(frozen=True)
class Diagram:
    """A drawing and its caption.

    Attributes:
        svg: the drawing, one line of SVG or HTML, with its text alternative in it.
        caption: what to see.
    """

    svg: Callable[[], str]
    caption: str


def balance() -> str:
    """The trade-off: a box, a playground, an elephant, and what each is good for."""
    label = (
        "Two curves over the complexity of the setup. What it explains rises, what can be proved "
        "about it falls. Left: a box, too simple to explain anything. Right: an elephant, too "
        "complex to formalize. In the middle a small network: the playground."
    )
    box = (
        '<path d="M60 196h46v40H60zM60 196l16-16h46l-16 16M106 236l16-16v-40"/>'
        '<path d="M60 236q-14-6-12-20q1-8-4-10" />'
    )
    nodes = [(322, 190), (322, 212), (322, 234), (352, 183), (352, 202), (352, 221), (352, 240),
             (382, 200), (382, 224)]  # fmt: skip
    edges = "".join(
        f'<path class="thin" d="M{x} {y}L{u} {v}"/>'
        for x, y in nodes
        for u, v in nodes
        if u - x == 30
    )
    dots = "".join(f'<circle class="solid" cx="{x}" cy="{y}" r="5"/>' for x, y in nodes)
    elephant = (
        '<path d="M556 240v-26c-8-10-8-34 8-44c14-9 42-10 58-2c8 4 12 10 13 16'
        'c10 3 14 12 12 24c-1 10-1 18 5 22c5 3 9 0 9-5"/>'
        '<path d="M556 240h14v-20q14 5 26 0v20h14v-22q10-4 14-10"/>'
        '<path d="M610 178c-13-3-20 8-17 20c3 9 12 13 19 9c5-3 7-9 6-15"/>'
        '<circle class="solid" cx="629" cy="190" r="1.8"/>'
        '<path d="M634 206q6 6 12 4M558 196q-10 4-9 18"/>'
    )
    people = "".join(
        f'<circle class="solid" cx="{x}" cy="{y}" r="4"/>'
        f'<path d="M{x} {y + 5}v15M{x} {y + 9}{arm}"/>'
        for x, y, arm in ((534, 214, "l13-2"), (676, 210, "l-12 6"), (584, 146, "l2 12"))
    )
    return _svg(
        "balance", label, 720, 290,
        '<rect class="band" x="268" y="14" width="168" height="232" rx="8"/>'
        '<path class="rises" d="M40 138C240 134 300 96 360 74S560 28 690 24"/>'
        '<path class="falls" d="M40 26C220 32 300 52 360 76S520 134 690 138"/>'
        '<text class="rises" x="688" y="16" text-anchor="end">what it explains</text>'
        '<text class="falls" x="44" y="16">what can be proved</text>'
        f"<g class='ink'>{box}{edges}{dots}{elephant}{people}</g>"
        '<path class="ink" d="M30 248h660m-7-4l7 4l-7 4"/>'
        + "".join(
            f'<text x="{x}" y="270" text-anchor="middle">{first}'
            f'<tspan class="second" x="{x}" dy="1.1em">{second}</tspan></text>'
            for x, first, second in (
                (92, "too simple", "to explain"),
                (352, "the", "playground"),
                (616, "too complex", "to formalize"),
            )
        ),
    )  # fmt: skip


def _vector(kind, x, end, angle, norm, at):
    """A vector from (x, 190) to `end`, with its angle and its norm written at it."""
    return (
        f'<path class="axis" d="M{x} 190v-140M{x} 190h130"/>'
        f'<path class="{kind} arrow" d="M{x} 190L{end[0]} {end[1]}" '
        f'marker-end="url(#{kind}-tip)"/>'
        f'<path class="{kind} arc" d="M{x + 44} 190A44 44 0 0 0 {at[0]} {at[1]}"/>'
        f'<text class="{kind} maths" x="{x + 52}" y="172">{angle}'
        f'<tspan dy="0.45em" class="sub">α</tspan></text>'
        f'<text class="{kind} maths" x="{end[0] + 8}" y="{end[1] - 2}">'
        f'‖w<tspan dy="-0.55em" class="sub">({norm})</tspan>'
        '<tspan dx="-1.3em" dy="1em" class="sub">α</tspan>'
        '<tspan dx="0.45em" dy="-0.3em">‖</tspan></text>'
    )


def network() -> str:
    """The playground's network, with one neuron's four quantities marked."""
    label = (
        "A network of inputs, one hidden layer and two outputs. One hidden neuron is picked out. "
        "Left, its incoming weights as an arrow of length |w1| at an angle theta; right, its "
        "outgoing weights as an arrow of length |w2| at an angle phi."
    )
    inputs = [(252, 40 + 28 * i) for i in range(7)]
    hidden = [(360, 26 + 28 * i) for i in range(8)]
    outputs = [(468, 96), (468, 152)]
    picked = hidden[3]
    faint = "".join(
        f'<path class="faint" d="M{x} {y}L{u} {v}"/>'
        for left, right in ((inputs, hidden), (hidden, outputs))
        for x, y in left
        for u, v in right
    )
    strong_in = "".join(
        f'<path class="in" d="M{x} {y}L{picked[0]} {picked[1]}"/>' for x, y in inputs
    )
    strong_out = "".join(
        f'<path class="out" d="M{picked[0]} {picked[1]}L{x} {y}"/>' for x, y in outputs
    )
    circles = "".join(
        f'<circle class="node{" picked" if (x, y) == picked else ""}" cx="{x}" cy="{y}" r="8"/>'
        for x, y in inputs + hidden + outputs
    )

    tips = "".join(
        f'<marker id="{kind}-tip" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="6" '
        f'markerHeight="6" orient="auto"><path class="{kind} tip" d="M0 0L10 5L0 10z"/></marker>'
        for kind in ("in", "out")
    )
    return _svg(
        "network", label, 720, 276,
        f"<defs>{tips}</defs>{faint}{strong_in}{strong_out}{circles}"
        + _vector("in", 50, (130, 78), "θ", 1, (76, 154))
        + _vector("out", 540, (628, 112), "ϕ", 2, (573, 161))
        + '<text x="112" y="216" text-anchor="middle">what comes in</text>'
        '<text x="604" y="216" text-anchor="middle">what goes out</text>'
        '<text x="252" y="262" text-anchor="middle">pixels</text>'
        '<text x="360" y="262" text-anchor="middle">neurons</text>'
        '<text x="468" y="262" text-anchor="middle">classes</text>',
    )  # fmt: skip


def views() -> str:
    """Weight matrices that turn into one vector per neuron, without a script."""
    label = (
        "The same weights sorted in two ways. As matrices: incoming weights with a row per neuron, "
        "biases, outgoing weights with a column per neuron. As vectors: one line per neuron, with "
        "its incoming weights, its bias and its outgoing weights."
    )
    cells = []
    top, left = 74, 112
    for neuron, tint in enumerate(TINTS):
        row = top + neuron * (CELL + 2)
        line = 46 + neuron * 34
        # Where each weight lies as part of a matrix, and where as part of its neuron's vector.
        places = [
            ((left + i * (CELL + 2), row), (180 + i * (CELL + 2), line)) for i in range(INPUTS)
        ]
        places.append(((330, row), (180 + INPUTS * (CELL + 2) + 12, line)))
        places += [
            ((430 + neuron * (CELL + 2), 91 + k * (CELL + 2)),
             (180 + (INPUTS + 1 + k) * (CELL + 2) + 24, line))
            for k in range(2)
        ]  # fmt: skip
        for i, ((x, y), (u, v)) in enumerate(places):
            depth = 0.35 + 0.65 * ((neuron * 7 + i * 5) % 11) / 10  # some weights are larger
            cells.append(
                f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="2" '
                f'style="--dx:{u - x}px;--dy:{v - y}px;--tint:{tint};--depth:{depth:.2f}"/>'
            )
    labels = (
        '<g class="as-matrices">'
        '<text x="178" y="64" text-anchor="middle">incoming W⁽¹⁾</text>'
        '<text x="338" y="64" text-anchor="middle">b</text>'
        '<text x="472" y="64" text-anchor="middle">outgoing W⁽²⁾</text></g>'
        '<g class="as-vectors">'
        + "".join(
            f'<text x="168" y="{58 + i * 34}" text-anchor="end">neuron {i + 1}</text>'
            for i in range(NEURONS)
        )
        + '<text x="248" y="30" text-anchor="middle">w⁽¹⁾</text>'
        '<text x="336" y="30" text-anchor="middle">b</text>'
        '<text x="373" y="30" text-anchor="middle">w⁽²⁾</text></g>'
    )
    picture = _svg("views", label, 560, 216, labels + f'<g class="cells">{"".join(cells)}</g>')
    return (
        '<fieldset class="views-switch"><legend>Sorted by</legend>'
        '<label><input type="radio" name="views" id="views-matrices"> layer</label>'
        '<label><input type="radio" name="views" id="views-vectors" checked> neuron</label>'
        f"</fieldset>{picture}"
    )


def texture() -> str:
    """A shape, a texture, and the one filled with the other."""
    label = (
        "Three drawings. A cat's outline: its shape says cat. A patch of wrinkled skin: its "
        "texture says elephant. The cat's outline filled with the wrinkled skin: which is it?"
    )
    cat = (
        "M22 112c-8-30 2-52 22-60l-6-34 26 20c10-3 22-3 32 0l26-20-6 34c20 8 30 30 22 60"
        "c-12 22-104 22-116 0z"
    )
    wrinkles = "".join(
        f'<path class="thin" d="M{-8 + 26 * i + 9 * (j % 2)} {12 * j}q7 {5 if (i + j) % 2 else -5} '
        f'13 1t12 {2 if i % 2 else -2}M{-2 + 26 * i + 9 * (j % 2)} {12 * j + 1}l4 8"/>'
        for i in range(8)
        for j in range(14)
    )
    face = (
        '<circle class="solid" cx="60" cy="84" r="4"/>'
        '<circle class="solid" cx="100" cy="84" r="4"/>'
        '<path d="M74 102q6 6 12 0M80 97v4M36 98l-26-4M36 104l-26 4M124 98l26-4M124 104l26 4"/>'
    )
    clip = f'<clipPath id="cat"><path d="{cat}"/></clipPath>'
    square = '<clipPath id="patch"><rect x="6" y="14" width="140" height="120" rx="6"/></clipPath>'
    words = "".join(
        f'<text x="{x}" y="164" text-anchor="middle">{said}</text>'
        for x, said in (
            (130, "a cat’s shape"),
            (350, "an elephant’s texture"),
            (580, "which is it?"),
        )
    )
    return _svg(
        "texture", label, 720, 176,
        f'<defs>{clip}{square}</defs><g class="ink">'
        f'<g transform="translate(50 4)"><path d="{cat}"/>{face}</g>'
        f'<g transform="translate(275 0)"><g clip-path="url(#patch)">{wrinkles}</g>'
        '<rect x="6" y="14" width="140" height="120" rx="6" fill="none"/></g>'
        f'<g transform="translate(500 4)"><g clip-path="url(#cat)">{wrinkles}</g>'
        f'<path d="{cat}"/></g></g>{words}',
    )  # fmt: skip


def stages() -> str:
    """The three stages, between whom each is, and what each must balance."""
    label = (
        "Three boxes, one after the other. One, build your own intuition: you, your computer, your "
        "sheet of paper; too simple against too complex. Two, formalize it: the same, with "
        "audience and reviewers in mind; understanding against formal statements. Three, share it "
        "and convince: you, your audience, your reviewers; the same balance again."
    )
    boxes = (
        ("1", "Build your", "own intuition", ("you, your computer,", "your sheet of paper"),
         ("too simple", "too complex")),
        ("2", "Formalize it,", "for yourself", ("… with audience and", "reviewers in mind"),
         ("understanding", "formal argument")),
        ("3", "Share it,", "and convince", ("you, your audience,", "your reviewers"),
         ("understanding", "formal argument")),
    )  # fmt: skip
    drawn = ""
    for number, first, second, whom, (left, right) in boxes:
        content = (
            '<rect class="stage-box" x="2" y="8" width="216" height="196" rx="10"/>'
            f'<text class="stage-number" x="16" y="48">{number}</text>'
            f'<text class="stage-name" x="48" y="34">{first}</text>'
            f'<text class="stage-name" x="48" y="54">{second}</text>'
            f'<text x="110" y="88" text-anchor="middle">{whom[0]}</text>'
            f'<text x="110" y="108" text-anchor="middle">{whom[1]}</text>'
            '<path class="ink" d="M42 142H178M110 142l-9 18h18z"/>'
            f'<text class="small" x="110" y="132" text-anchor="middle">{left}</text>'
            f'<text class="small" x="110" y="182" text-anchor="middle">or {right}?</text>'
        )
        if number != "3":
            content += '<path class="stage-arrow" d="M221 106h16m-6-5l6 5l-6 5"/>'
        drawn += f'<svg viewBox="0 0 240 212" style="aspect-ratio:240/212">{content}</svg>'
    return f'<div class="diagram-stages" role="img" aria-label="{escape(label)}">{drawn}</div>'


def _svg(name: str, label: str, width: int, height: int, content: str) -> str:
    return (
        f'<svg class="diagram-{name}" viewBox="0 0 {width} {height}" '
        f'style="aspect-ratio:{width}/{height}" role="img" aria-label="{escape(label)}">'
        f'<g aria-hidden="true">{content}</g></svg>'
    )


DIAGRAMS = {
    "texture": Diagram(
        texture,
        "Shape or texture? Asked about a picture like the one on the right, networks trained on "
        "photographs tend to go by the texture. (A drawing of ours, not a stimulus of the study.)",
    ),
    "stages": Diagram(
        stages,
        "The three stages of the talk's recipe: between whom each is, and what it has to balance.",
    ),
    "balance": Diagram(
        balance,
        "A balancing act (schematic). The more complex the setup, the more it can explain and the "
        "less can be proved about it. The elephant is no box, but between the two a playground "
        "is possible.",
    ),
    "network": Diagram(
        network,
        "The playground's network (far fewer inputs and neurons are drawn than there are), and one "
        "neuron as the talk sees it: an arrow for what comes in, an arrow for what goes out. "
        "Two norms, two angles.",
    ),
    "views": Diagram(
        views,
        "The same weights, sorted by layer or by neuron. A color is a neuron. The talk looks at "
        "the lines.",
    ),
}


def define_env(env) -> None:
    """Give mkdocs-macros `diagram`."""

    @env.macro
    def diagram(name: str) -> str:
        """A drawing of DIAGRAMS with its caption."""
        drawing = DIAGRAMS[name]
        return (
            f'<figure class="diagram" id="figure-{name}" markdown>\n{drawing.svg()}\n'
            f'<figcaption markdown="span">{drawing.caption}</figcaption>\n</figure>'
        )
