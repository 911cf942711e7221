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
class Trial:
    """What a first trial of ours found, to be met or refuted.

    Attributes:
        order, forecast: (low, high), rank correlations of the order kept from the drop, and of the
            full-batch theory's forecast, with the final order.
        verdict: in words.
        balanced: (low, high) of the forecast under `balanced`, where it was told apart.
    """

    order: tuple[float, float]
    forecast: tuple[float, float]
    verdict: str
    balanced: tuple[float, float] | None = None


@dataclasses.dataclass(frozen=True)
class Variant:
    """One change of the playground.

    Attributes:
        name: for people.
        trial: None where there was none.
        reason: why the race fails or is weaker, or holds.
        inits: the starts under which it is run.
        fields: fields of `Config` that it changes.
        optimiser: fields of `Optimiser` but for lr, which is `Config.lr`.
        network: `playground`, `deep`, `convolution` or `classes` (ten, each its own output).
        start: `torch` or `he` instead of the configuration's init.
    """

    name: str
    trial: Trial | None
    reason: str
    inits: tuple[str, ...] = BOTH
    fields: dict = dataclasses.field(default_factory=dict)
    optimiser: dict = dataclasses.field(default_factory=dict)
    objective: Objective = PLAIN
    network: str = "playground"
    start: str | None = None

    def plain(self) -> dict:
        """What a result depends on, as JSON can write it: no words, and not `fields`."""
        changed = dataclasses.asdict(self)
        return {name: changed[name] for name in ("optimiser", "objective", "network", "start")}


COMMON_NOISE = (
    "Neurons with the same gates feel the same minibatches, so noise cannot change their order; "
    "an epoch adds up to full-batch growth."
)
SIGN = (
    "Adam's steps add where gradient descent multiplies: no lead grows, and whoever was ahead "
    "steps less when the errors fall. The order reverses."
)
MODES = "The pull has C - 1 = 9 singular modes, which race one after the other."
START = "The weights start as large as they end: the loss falls before anything has grown."
NOISY = Trial((0.998, 0.998), (0.99, 0.99), "holds")
SMOOTH = Trial((0.99, 0.99), (0.98, 0.98), "holds", balanced=(0.92, 0.96))

VARIANTS = {
    "base": Variant("the playground itself", None, "One growth rate, exponential.", ALL),
    "batch_10": Variant(
        "minibatches of 10", dataclasses.replace(NOISY, balanced=(0.87, 0.87)), COMMON_NOISE, ALL,
        optimiser={"batch": 10},
    ),
    "batch_50": Variant("minibatches of 50", NOISY, COMMON_NOISE, optimiser={"batch": 50}),
    "batch_10_scaled": Variant(
        "minibatches of 10, lr / 20", NOISY, COMMON_NOISE, ("fan_in",),
        fields={"lr": 0.005, "steps": 20_000}, optimiser={"batch": 10},
    ),
    "batch_50_scaled": Variant(
        "minibatches of 50, lr / 4", NOISY, COMMON_NOISE,
        fields={"lr": 0.025, "steps": 8_000}, optimiser={"batch": 50},
    ),
    "momentum": Variant(
        "momentum 0.9", SMOOTH, "A learning rate of lr / (1 - momentum).", ALL,
        fields={"steps": 400}, optimiser={"momentum": 0.9},
    ),
    "weight_decay": Variant(
        "weight decay 0.001", SMOOTH, "All rates fall by the decay alike.",
        optimiser={"weight_decay": 1e-3},
    ),
    "smoothing": Variant(
        "label smoothing 0.1", SMOOTH, "All rates fall by a tenth alike.",
        objective=Objective(smoothing=0.1),
    ),
    "squared_centred": Variant(
        "squared error, targets ±1/2", Trial((0.997, 0.997), (0.99, 0.99), "holds"),
        "The errors at output 0 are those of the cross-entropy.",
        objective=Objective("squared", centred=True),
    ),
    "squared": Variant(
        "squared error, targets 0 and 1", Trial((0.5, 0.7), (0.4, 0.65), "fails"),
        "The errors do not add up to 0 over the outputs: the pull has rank 2, and its first mode "
        "is the mean over the classes, which races first. The classes race after it, from where it "
        "left them.",
        objective=Objective("squared"),
    ),
    "adam_1e-3": Variant(
        "Adam, lr 1e-3", Trial((-0.85, -0.85), (-0.7, 0.2), "fails: reversed"), SIGN, ("fan_in",),
        fields={"lr": 1e-3, "steps": 300}, optimiser={"kind": "adam"},
    ),
    "adam_1e-4": Variant(
        "Adam, lr 1e-4", Trial((-0.43, -0.43), (-0.7, 0.2), "fails: reversed"), SIGN, ("fan_in",),
        fields={"lr": 1e-4, "steps": 3_000}, optimiser={"kind": "adam"},
    ),
    # The same way as at the other rates, steps times lr; narrower, since it takes so many.
    "adam_1e-5": Variant(
        "Adam, lr 1e-5", Trial((-0.35, -0.35), (-0.7, 0.2), "fails: reversed"), SIGN, ("fan_in",),
        fields={"lr": 1e-5, "steps": 30_000, "width": 100}, optimiser={"kind": "adam"},
    ),
    "samples_1800": Variant(
        "1,800 images", Trial((0.997, 0.997), (0.995, 0.995), "holds", balanced=(0.97, 0.97)),
        "One growth rate, exponential.", fields={"per_class": 450, "steps": 1_500},
    ),
    "ten_classes": Variant(
        "ten classes, 20 images each", Trial((0.64, 0.79), (0.79, 0.84), "weaker"), MODES,
        fields={"per_class": 20, "steps": 4_000}, network="classes",
    ),
    "two_layers": Variant(
        "two hidden layers",
        Trial((0.95, 0.98), (0.4, 0.5), "fails: the order holds, the forecast does not"),
        "Each layer's pull is as large as the other's weights: growth is slow at first and then "
        "sudden, and the directions that count are made meanwhile.", ("fan_in",),
        fields={"init_scale": 0.1, "lr": 0.3, "steps": 1_500}, network="deep",
    ),
    "convolution": Variant(
        "5×5 convolution, 32 channels", Trial((0.75, 0.84), (0.6, 0.8), "weaker"),
        "A channel averages over all positions of an image, each with its own gate: the pulls of "
        "channels differ more, and the network is small.",
        fields={"lr": 1.0, "steps": 2_000}, network="convolution",
    ),
    "torch": Variant(
        "PyTorch's own initialization", Trial((0.73, 0.73), (0.71, 0.71), "no race"), START,
        ("fan_in",), fields={"init_scale": 1.0}, start="torch",
    ),
    "he": Variant(
        "He initialization", Trial((0.93, 0.93), (0.60, 0.60), "no race"), START, ("fan_in",),
        fields={"init_scale": 1.0}, start="he",
    ),
}  # fmt: skip
