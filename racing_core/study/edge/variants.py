"""What is changed of the playground, one thing at a time, and what counts as a race."""

import dataclasses

from racing_core.optimisers import Objective

PLAIN = Objective()
BOTH = ("fan_in", "balanced")
ALL = ("fan_in", "per_weight", "balanced")


@dataclasses.dataclass(frozen=True)
class Rule:
    """Verdicts, fixed before the final seeds were run; all means over seeds.

    No race: the final winners (the top tenth) grew by less than `growth` e-foldings of each layer
    before the drop. Else the order holds, and the forecast holds, from these values on; each is
    weaker down to the second, and fails below. The verdict is the worse of the two.
    """

    growth: float = 1.0
    order: tuple[float, float] = (0.9, 0.6)
    top_tenth: tuple[float, float] = (0.5, 0.2)
    forecast: tuple[float, float] = (0.8, 0.5)
    lost_merged: tuple[float, float] = (0.02, 0.10)
    """Accuracy that one neuron per live cluster may lose."""
    lost_pruned: tuple[float, float] = (0.05, 0.15)
    """Accuracy that the largest 5 % of the neurons may lose."""
    clustered: float = 0.5
    """Clusters form where those of two or more carry this share of all norm products (span)."""


RULE = Rule()


@dataclasses.dataclass(frozen=True)
class Variant:
    """One change of the playground.

    Attributes:
        name: for people.
        trial: order kept and forecast of a first trial of ours, and its verdict, in words.
        reason: why the race fails or is weaker, or holds.
        inits: the starts under which it is run.
        fields: fields of `Config` that it changes.
        optimiser: fields of `Optimiser` but for lr, which is `Config.lr`.
        network: `playground`, `deep`, `convolution` or `classes` (ten, each its own output).
        start: `torch` or `he` instead of the configuration's init.
    """

    name: str
    trial: str
    reason: str
    inits: tuple[str, ...] = BOTH
    fields: dict = dataclasses.field(default_factory=dict)
    optimiser: dict = dataclasses.field(default_factory=dict)
    objective: Objective = PLAIN
    network: str = "playground"
    start: str | None = None


COMMON_NOISE = (
    "Neurons with the same gates feel the same minibatches, so noise cannot change their order; "
    "an epoch adds up to full-batch growth."
)
SIGN = (
    "Adam's steps are additive: nothing grows exponentially, sizes become alike, and the order is "
    "forgotten. Each neuron's steps are measured against its own past, so who was ahead steps less "
    "once the errors fall: at lr 1e-3 the order is reversed."
)
MODES = "The pull has C - 1 = 9 singular modes, which race one after the other."
START = "The weights start as large as they end: the loss falls before anything has grown."

VARIANTS = {
    "base": Variant("the playground itself", "holds", "One growth rate, exponential.", ALL),
    "batch_10": Variant(
        "minibatches of 10", ".998, .99: holds (balanced .87)", COMMON_NOISE, ALL,
        optimiser={"batch": 10},
    ),
    "batch_50": Variant(
        "minibatches of 50", ".998, .99: holds", COMMON_NOISE, optimiser={"batch": 50},
    ),
    "batch_10_scaled": Variant(
        "minibatches of 10, lr / 20", ".998, .99: holds", COMMON_NOISE, ("fan_in",),
        fields={"lr": 0.005, "steps": 20_000}, optimiser={"batch": 10},
    ),
    "batch_50_scaled": Variant(
        "minibatches of 50, lr / 4", ".998, .99: holds", COMMON_NOISE,
        fields={"lr": 0.025, "steps": 8_000}, optimiser={"batch": 50},
    ),
    "momentum": Variant(
        "momentum 0.9", ".99, .98: holds", "A learning rate of lr / (1 - momentum).", ALL,
        fields={"steps": 400}, optimiser={"momentum": 0.9},
    ),
    "weight_decay": Variant(
        "weight decay 0.001", ".99, .98: holds", "All rates fall by the decay alike.",
        optimiser={"weight_decay": 1e-3},
    ),
    "smoothing": Variant(
        "label smoothing 0.1", ".99, .98: holds", "All rates fall by a tenth alike.",
        objective=Objective(smoothing=0.1),
    ),
    "squared_centred": Variant(
        "squared error, targets +-1/2", ".997, .99: holds",
        "The errors at output 0 are those of the cross-entropy.",
        objective=Objective("squared", centred=True),
    ),
    "squared": Variant(
        "squared error, targets 0 and 1", ".5 to .7, .4 to .65: fails",
        "The errors do not add up to 0 over the outputs: the pull has rank 2, and its first mode "
        "is the mean over the classes, which races first. The classes race after it, from where it "
        "left them.",
        objective=Objective("squared"),
    ),
    "adam_1e-3": Variant(
        "Adam, lr 1e-3", "-.85, -.7 to .2: reversed", SIGN, ("fan_in",),
        fields={"lr": 1e-3, "steps": 300}, optimiser={"kind": "adam"},
    ),
    "adam_1e-4": Variant(
        "Adam, lr 1e-4", "-.43, -.7 to .2: reversed", SIGN, ("fan_in",),
        fields={"lr": 1e-4, "steps": 1_500}, optimiser={"kind": "adam"},
    ),
    "samples_1800": Variant(
        "1,800 images", ".997, .995 (balanced .97): holds", "One growth rate, exponential.",
        fields={"per_class": 450, "steps": 1_500},
    ),
    "ten_classes": Variant(
        "ten classes, 20 images each", ".64 to .79, .79 to .84: weaker", MODES,
        fields={"per_class": 20, "steps": 4_000}, network="classes",
    ),
    "two_layers": Variant(
        "two hidden layers", ".95 to .98, .4 to .5: order holds, forecast fails",
        "Each layer's pull is as large as the other's weights: growth is coupled and speeds up, "
        "and the directions that count are made during the plateau.", ("fan_in",),
        fields={"init_scale": 0.1, "lr": 0.3, "steps": 1_500}, network="deep",
    ),
    "convolution": Variant(
        "5x5 convolution, 32 channels", ".75 to .84, .6 to .8: weaker",
        "A channel averages over all positions of an image, each with its own gate: the pulls of "
        "channels differ more, and the network is small.",
        fields={"lr": 1.0, "steps": 2_000}, network="convolution",
    ),
    "torch": Variant(
        "PyTorch's own initialisation", ".73, .71: no race", START, ("fan_in",),
        fields={"init_scale": 1.0}, start="torch",
    ),
    "he": Variant(
        "He initialisation", ".93, .60: no race", START, ("fan_in",),
        fields={"init_scale": 1.0}, start="he",
    ),
    "adam_1e-5": Variant(
        "Adam, lr 1e-5", "-.35, -.7 to .2: reversed", SIGN, ("fan_in",),
        fields={"lr": 1e-5, "steps": 8_000}, optimiser={"kind": "adam"},
    ),
}  # fmt: skip
