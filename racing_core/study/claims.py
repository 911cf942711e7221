"""The claims: each a number for every network, and the range in which the claim holds.

The ranges are ours, fixed before the study ran; a reader sees the numbers as well as the verdicts
(`racing_core.study.verdicts`).
"""

import dataclasses
from collections.abc import Callable

INF = float("inf")


@dataclasses.dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        name: short, also its address.
        part: which of the study's eight questions it belongs to.
        label: the claim in a few words, for a chart.
        text: the claim, in a sentence.
        measure: what the number is, in words.
        unit: the words that follow the number.
        value: a network's measures (nested, see `measures` and `tickets`) -> the number; KeyError
            where there is nothing to compare.
        low, high: the range in which the claim holds; None for what is only counted.
        kind: which jobs it is read from.
    """

    name: str
    part: int
    label: str
    text: str
    measure: str
    unit: str
    value: Callable[[dict], float]
    low: float | None = -INF
    high: float = INF
    kind: str = "race"


def _of(*path):
    """The number at a path of names in a network's measures."""

    def value(measures):
        for name in path:
            measures = measures[name]
        return measures

    return value


def _minus(path, other):
    """The difference of the numbers at two paths."""
    return lambda measures: _of(*path)(measures) - _of(*other)(measures)


def _gain(measure, way, other, size):
    """By how much a measure is larger for one way to choose a ticket of a size than for another."""
    return _minus(("tickets", way, size, measure), ("tickets", other, size, measure))


def _saved(way, other, size):
    """The share of the steps to the drop that one way to choose a ticket saves over another."""
    drop, other_drop = _of("tickets", way, size, "drop"), _of("tickets", other, size, "drop")
    return lambda measures: 1 - drop(measures) / other_drop(measures)


CLAIMS = (
    Claim(
        "turn-first-span", 1, "turn before growing, in the span",
        "Neurons turn before they grow, within the span of the samples.",
        "share of turning minus share of growth that is over when the loss has fallen by 1%",
        "lead of turning over growth",
        _of("turned_first", "span"), low=0.25,
    ),
    Claim(
        "turn-first-full", 1, "turn before growing, full space",
        "Neurons turn before they grow, in the full input space.",
        "share of turning minus share of growth that is over when the loss has fallen by 1%, "
        "with the constant part of the weights counted in",
        "lead of turning over growth",
        _of("turned_first", "full"), low=0.25,
    ),
    Claim(
        "few-directions-full", 2, "few directions, full space",
        "A few shared directions carry the network (total vectors in the full space, as in the "
        "talk).",
        "clusters that carry 90% of the summed norm products",
        "clusters",
        _of("directions", "full"), high=10,
    ),
    Claim(
        "few-directions-span", 2, "few directions, in the span",
        "A few shared directions carry the network (within the span of the samples).",
        "clusters that carry 90% of the summed norm products",
        "clusters",
        _of("directions", "span"), high=10,
    ),
    Claim(
        "capacity-flat", 2, "more width, same capacity",
        "The capacity in use stays the same when there are more neurons.",
        "exponent of the number of live clusters in the width: 0 is flat, 1 grows along",
        "as exponent of the width",
        _of("exponent"), low=-0.25, high=0.25, kind="width",
    ),
    Claim(
        "arrival-norm", 3, "earlier arrival, larger norm",
        "Within a cluster, neurons that arrive earlier end up larger.",
        "rank correlation of earliness with the final norm product",
        "rank correlation",
        _of("arrival_rank"), low=0.8,
    ),
    Claim(
        "arrival-slope", 3, "exponentially, at the theory's rate",
        "A head start becomes an exponential lead in size, at twice the theory's growth rate.",
        "slope of the log norm product on arrival time, over the theory's slope",
        "times the theory's slope",
        _of("slope_ratio"), low=0.75, high=1.33,
    ),
    Claim(
        "start-direction", 4, "start: w₁ to the final direction",
        "Neurons whose incoming weights start closer to the final direction arrive earlier "
        "(full space).",
        "rank correlation of the cosine at the start with earliness",
        "rank correlation",
        _of("predictors", "cosine", "arrival"), low=0.5,
    ),
    Claim(
        "start-direction-drop", 4, "start: w₁ to the early direction",
        "Neurons whose incoming weights start closer to the direction shared when the loss "
        "drops arrive earlier (full space).",
        "rank correlation of the cosine at the start with earliness",
        "rank correlation",
        _of("predictors", "cosine_drop", "arrival"), low=0.5,
    ),
    Claim(
        "start-direction-span", 4, "start: w₁ to the early one, in the span",
        "Neurons whose incoming weights start closer to the direction shared when the loss "
        "drops arrive earlier (within the span of the samples).",
        "rank correlation of the cosine at the start with earliness",
        "rank correlation",
        _of("predictors", "cosine_span", "arrival"), low=0.5,
    ),
    Claim(
        "start-total", 4, "start: total vector to the final one",
        "Neurons whose total vector starts closer to the final direction arrive earlier.",
        "rank correlation of the cosine at the start with earliness",
        "rank correlation",
        _of("predictors", "total", "arrival"), low=0.5,
    ),
    Claim(
        "start-total-drop", 4, "start: total vector to the early one",
        "Neurons whose total vector starts closer to the direction shared when the loss drops "
        "arrive earlier.",
        "rank correlation of the cosine at the start with earliness",
        "rank correlation",
        _of("predictors", "total_drop", "arrival"), low=0.5,
    ),
    Claim(
        "start-out", 4, "start: w₂ along the error",
        "Neurons whose outgoing weights start further along the error arrive earlier.",
        "rank correlation of w_out along the error at the start with earliness",
        "rank correlation",
        _of("predictors", "out", "arrival"), low=0.5,
    ),
    Claim(
        "start-norm", 4, "start: norm product",
        "Neurons that start with a larger norm product end up larger.",
        "rank correlation of the norm product at the start with the final one",
        "rank correlation",
        _of("predictors", "product", "final"), low=0.5,
    ),
    Claim(
        "start-growing", 4, "start: growing mode",
        "Neurons whose growing mode starts larger end up larger (linear theory, gates held).",
        "rank correlation of the growing mode at the start with the final norm product",
        "rank correlation",
        _of("predictors", "growing", "final"), low=0.5,
    ),
    Claim(
        "start-foreseen", 4, "start: neuron alone, in clusters",
        "The theory that follows each neuron alone predicts the final order within clusters.",
        "rank correlation of the predicted order with the final norm product",
        "rank correlation",
        _of("predictors", "foreseen", "final"), low=0.8,
    ),
    Claim(
        "start-foreseen-all", 4, "start: neuron alone, among all",
        "The theory that follows each neuron alone predicts the final order among all neurons.",
        "rank correlation of the predicted order with the final norm product",
        "rank correlation",
        _of("all", "predicted"), low=0.8,
    ),
    Claim(
        "start-foreseen-top", 4, "start: top tenth, in clusters",
        "The theory that follows each neuron alone names the final top tenth within clusters.",
        "share of the final top tenth that it names",
        "of the top tenth",
        _of("top_predicted"), low=0.5,
    ),
    Claim(
        "start-foreseen-all-top", 4, "start: top tenth, among all",
        "The theory that follows each neuron alone names the final top tenth among all neurons.",
        "share of the final top tenth that it names",
        "of the top tenth",
        _of("all", "top_predicted"), low=0.5,
    ),
    Claim(
        "order-kept", 5, "order kept, in clusters",
        "The order when the loss drops is kept until the end, within clusters.",
        "rank correlation of norm products at the drop and at the end",
        "rank correlation",
        _of("order_kept"), low=0.8,
    ),
    Claim(
        "order-kept-all", 5, "order kept, among all",
        "The order when the loss drops is kept until the end, among all neurons.",
        "rank correlation of norm products at the drop and at the end",
        "rank correlation",
        _of("all", "order_kept"), low=0.8,
    ),
    Claim(
        "order-kept-top", 5, "top tenth kept, in clusters",
        "The top tenth when the loss drops is the top tenth at the end, within clusters.",
        "share of the final top tenth that is the top tenth at the drop",
        "of the top tenth",
        _of("top_kept"), low=0.5,
    ),
    Claim(
        "order-kept-all-top", 5, "top tenth kept, among all",
        "The top tenth when the loss drops is the top tenth at the end, among all neurons.",
        "share of the final top tenth that is the top tenth at the drop",
        "of the top tenth",
        _of("all", "top_kept"), low=0.5,
    ),
    Claim(
        "unlocked", 6, "share that unlocks",
        "Some neurons unlock: their outgoing weights along the error change sign.",
        "share of neurons",
        "of the neurons",
        _of("unlocking", "share"), low=None,
    ),
    Claim(
        "gates-open", 6, "more gates open at the drop",
        "Neurons become active on more samples before the loss drops.",
        "open gates at the drop minus open gates at the start, mean share of samples",
        "of the samples",
        _minus(("gates", "drop"), ("gates", "start")), low=None,
    ),
    Claim(
        "unlocked-foretold", 6, "theory predicts who unlocks",
        "The theory predicts at the start which neurons unlock.",
        "neurons predicted and unlocked, over those predicted or unlocked",
        "overlap with those that do",
        _of("unlocking", "overlap"), low=0.5,
    ),
    Claim(
        "capacity-carried", 7, "what the largest 5% carry",
        "The largest 5% of the neurons carry more than their share of the norm.",
        "their share of the summed norm products",
        "of the norm",
        _of("kept_carries"), low=None,
    ),
    Claim(
        "capacity-norm", 7, "largest 5% beat a random 5%",
        "The largest 5% of the neurons do better than a random 5%.",
        "training accuracy with them, minus that with random ones",
        "difference in training accuracy",
        _minus(("pruned", "norm", "kept"), ("pruned", "random", "kept")), low=0.05,
    ),
    Claim(
        "capacity-foreseen", 7, "theory's 5% beat a random 5%",
        "The 5% of the neurons that the theory names at the start do better than a random 5%.",
        "training accuracy with them, minus that with random ones",
        "difference in training accuracy",
        _minus(("pruned", "foreseen", "kept"), ("pruned", "random", "kept")), low=0.05,
    ),
    Claim(
        "capacity-threshold", 7, "largest 5%, threshold moved",
        "With nothing but the threshold moved, the largest 5% of the neurons do as well as "
        "the whole network.",
        "training accuracy with the best threshold, minus the whole network's",
        "difference in training accuracy",
        _minus(("pruned", "norm", "threshold"), ("accuracy", "training")), low=-0.01,
    ),
    Claim(
        "capacity-threshold-random", 7, "random 5%, threshold moved",
        "With nothing but the threshold moved, a random 5% of the neurons do as well as the "
        "whole network.",
        "training accuracy with the best threshold, minus the whole network's",
        "difference in training accuracy",
        _minus(("pruned", "random", "threshold"), ("accuracy", "training")), low=-0.01,
    ),
    Claim(
        "capacity-merged", 7, "merging costs nothing (training)",
        "Merging each cluster into one neuron costs no accuracy on training samples.",
        "change of training accuracy",
        "difference in training accuracy",
        _of("merged", "change"), low=-0.01,
    ),
    Claim(
        "capacity-merged-held-out", 7, "merging costs nothing (held out)",
        "Merging each cluster into one neuron costs no accuracy on held-out samples.",
        "change of held-out accuracy",
        "difference in held-out accuracy",
        _of("merged", "held_out_change"), low=-0.01,
    ),
    Claim(
        "ticket-neurons", 8, "theory names pruning's neurons",
        "Before training, the theory names the neurons that magnitude pruning would find.",
        "share of iterative magnitude pruning's tenth of the neurons that the theory names",
        "of pruning's neurons",
        _of("tickets", "foreseen", "30", "overlap"), low=0.5, kind="neuron_tickets",
    ),
    Claim(
        "ticket-earlier", 8, "theory's ticket learns earlier",
        "The theory's ticket of neurons learns earlier than a random one.",
        "share of the steps to the drop that it saves",
        "of the steps saved",
        _saved("foreseen", "random", "30"), low=0.05, kind="neuron_tickets",
    ),
    Claim(
        "ticket-fit", 8, "theory's ticket fits as well",
        "The theory's ticket of neurons fits the training samples as well as a random one.",
        "training accuracy of the theory's ticket minus a random one's",
        "difference in training accuracy",
        _gain("accuracy", "foreseen", "random", "30"), low=-0.02, kind="neuron_tickets",
    ),
    Claim(
        "ticket-sided", 8, "per class: names pruning's neurons",
        "When it names as many neurons for either class, the theory names those that magnitude "
        "pruning would find.",
        "share of iterative magnitude pruning's tenth of the neurons that the theory names",
        "of pruning's neurons",
        _of("tickets", "sided", "30", "overlap"), low=0.5, kind="neuron_tickets",
    ),
    Claim(
        "ticket-sided-earlier", 8, "per class: learns earlier",
        "The theory's ticket with as many neurons for either class learns earlier than a "
        "random one.",
        "share of the steps to the drop that it saves",
        "of the steps saved",
        _saved("sided", "random", "30"), low=0.05, kind="neuron_tickets",
    ),
    Claim(
        "ticket-sided-fit", 8, "per class: fits as well",
        "The theory's ticket with as many neurons for either class fits the training samples "
        "as well as a random one.",
        "training accuracy of the theory's ticket minus a random one's",
        "difference in training accuracy",
        _gain("accuracy", "sided", "random", "30"), low=-0.02, kind="neuron_tickets",
    ),
    Claim(
        "ticket-better", 8, "pruning's neurons beat random ones",
        "A ticket of neurons found by pruning ends at a better accuracy than a random one.",
        "held-out accuracy of iterative magnitude pruning's ticket minus a random one's",
        "difference in held-out accuracy",
        _gain("held_out", "imp", "random", "30"), low=0.02, kind="neuron_tickets",
    ),
    Claim(
        "ticket-weights", 8, "theory names pruning's weights",
        "Before training, the theory names the single weights that magnitude pruning would "
        "find.",
        "share of iterative magnitude pruning's tenth of the weights that the theory names",
        "of pruning's weights",
        _of("tickets", "foreseen", "100", "overlap"), low=0.5, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-few", 8, "pruning's weights lie in few neurons",
        "The single weights that pruning finds lie in few neurons.",
        "share of the neurons that hold 90% of its 1% of the weights",
        "of the neurons",
        _of("tickets", "imp", "10", "lies_in"), high=0.2, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-earlier", 8, "theory's weights learn earlier",
        "The theory's ticket of single weights learns earlier than a random one.",
        "share of the steps to the drop that its 1% saves, against a random 1%",
        "of the steps saved",
        _saved("foreseen", "random", "10"), low=0.05, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-fit", 8, "pruning's weights fit better",
        "A ticket of single weights found by pruning fits the training samples better than a "
        "random one.",
        "training accuracy of iterative magnitude pruning's 1% minus a random 1%",
        "difference in training accuracy",
        _gain("accuracy", "imp", "random", "10"), low=0.02, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-named-fit", 8, "theory's weights fit better",
        "The ticket of single weights that the theory names before training fits the training "
        "samples better than a random one.",
        "training accuracy of the theory's 1% minus a random 1%",
        "difference in training accuracy",
        _gain("accuracy", "foreseen", "random", "10"), low=0.02, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-better", 8, "pruning's weights beat random ones",
        "A ticket of single weights found by pruning ends at a better held-out accuracy than a "
        "random one.",
        "held-out accuracy of iterative magnitude pruning's 1% minus a random 1%",
        "difference in held-out accuracy",
        _gain("held_out", "imp", "random", "10"), low=0.02, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-named", 8, "theory's weights beat random ones",
        "Before training, the theory names a ticket of single weights that ends at a better "
        "held-out accuracy than a random one.",
        "held-out accuracy of the theory's 1% minus a random 1%",
        "difference in held-out accuracy",
        _gain("held_out", "foreseen", "random", "10"), low=0.02, kind="weight_tickets",
    ),
    Claim(
        "ticket-weights-equal", 8, "theory's weights equal pruning's",
        "The theory's ticket of single weights ends as good as the one that pruning finds.",
        "held-out accuracy of the theory's 1% minus iterative magnitude pruning's 1%",
        "difference in held-out accuracy",
        _gain("held_out", "foreseen", "imp", "10"), low=-0.02, kind="weight_tickets",
    ),
    Claim(
        "ticket-redrawn", 8, "the ticket's own start matters",
        "The initial weights of pruning's ticket matter: drawn anew, the ticket does worse.",
        "held-out accuracy of that 1% minus the same weights drawn anew",
        "difference in held-out accuracy",
        _gain("held_out", "imp", "redrawn", "10"), low=0.02, kind="weight_tickets",
    ),
    Claim(
        "ticket-redrawn-learnt", 8, "drawn anew, it learns less often",
        "Drawn anew, pruning's ticket of single weights learns its samples less often.",
        "share of networks that learn with that 1% minus the share that do with it drawn anew",
        "of the networks",
        _gain("learnt", "imp", "redrawn", "10"), low=0.05, kind="weight_tickets",
    ),
)  # fmt: skip
