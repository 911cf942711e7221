"""What the evidence page draws and says, from the tables of the study and of the edge.

Every maker takes what `racing_core.study.results.tables` returns, or that of `study.edge.results`;
the file that it makes bears its name. `racing study` and `racing edge` write them (`publish`),
`racing refresh` leaves them alone.
"""

from export.data import base
from export.data.base import field

TASK = field("the two groups of classes, or the task's name", unit="", shape="words")
INIT = field("the initialization", unit="", shape="a word")
MEAN = field("mean over seeds, then over what the row sums up; null where nothing can be compared")
LOW = field("lower end of its bootstrap interval over seeds")
HIGH = field("upper end of the same interval")


def publish(folder, tables) -> list[str]:
    """Write the page's files into `folder`/evidence; their hashes into its manifest, if it has one.

    Args:
        folder: docs/data, or any other.
        tables: see `racing_core.study.results.tables` and `racing_core.study.edge.results.tables`;
            a file is written for each.

    Returns:
        The names of the files.

    Raises:
        InputError: the folder cannot be written to.
    """
    return base.publish(
        folder,
        {
            f"evidence/{maker.__name__}.json": base.signed(
                maker(tables), command, f"export/data/evidence.py: {maker.__name__}"
            )
            for command, makers in MAKERS.items()
            for maker in makers
            if maker.__name__ in tables
        },
    )


def claims(tables) -> dict:
    """Every claim with its verdict, over all cells and in each."""
    word = field("", unit="", shape="words")
    return base.table(
        "The claims, a row per claim, each tested in cells: a cell is a task with an "
        "initialization.",
        {
            "name": word | {"meaning": "the claim's name, also its address on the page"},
            "part": field("which of the study's eight questions it belongs to"),
            "label": word | {"meaning": "the claim in a few words, for a chart"},
            "text": word | {"meaning": "the claim"},
            "measure": word | {"meaning": "what the claim's number is, for each network"},
            "unit": word | {"meaning": "the words that follow the number"},
            "range": field(
                "where the number lies if the claim holds; null for no end, or for a claim that is "
                "only counted",
                shape="[low, high]",
            ),
            "verdict": word
            | {
                "meaning": "for a new grouping: holds, under some initializations, not confirmed, "
                "or counted"
            },
            "condition": word | {"meaning": "the initializations under which the claim holds"},
            "groupings": field(
                "over the drawn groupings, under each initialization: mean with its interval (low, "
                "high; groupings and seeds are both drawn), the least and the most of a grouping, "
                "how many are in_range, of how many, which lie outside, the verdict for a new "
                "grouping; and the counts of the first groupings and of those held_back",
                shape="a list, one entry per initialization",
            ),
            "images": field(
                "the same over the default grouping with other images",
                shape="a list, one entry per initialization",
            ),
            "cells": field(
                "the same in each cell of the tasks that we chose: task, init, mean, low, high, "
                "the seeds that have something to compare, and the verdict: holds, fails, "
                "undecided, nothing to compare",
                shape="a list, one entry per cell",
            ),
        },
        tables["claims"],
    )


def held_back(tables) -> dict:
    """What the first groupings said, and what those that were held back gave."""
    share = "share of groupings in the claims' ranges, mean over these claims: "
    return base.table(
        "The drawn groupings that were looked at once, at the end: a row per verdict that the "
        "first groupings had given for a new one.",
        {
            "verdict": field("the verdict from the first groupings", unit="", shape="words"),
            "claims": field("claims with an initialization that had it"),
            "first": field(share + "of the first ones"),
            "held_back": field(share + "of those held back"),
        },
        tables["held_back"],
    )


def predictors(tables) -> dict:
    """What is known of a neuron at step 0, against when it arrives and how large it ends."""
    return base.table(
        "How well each quantity at step 0 orders the neurons: rank correlations within clusters, a "
        "row per initialization, quantity and outcome, over the drawn groupings.",
        {
            "init": INIT,
            "predictor": field("the quantity at step 0", unit="", shape="words"),
            "outcome": field(
                "arrival: how early the neuron arrives; final: its final norm product",
                unit="",
                shape="a word",
            ),
            "mean": MEAN,
            "low": LOW,
            "high": HIGH,
        },
        tables["predictors"],
    )


def scans(tables) -> dict:
    """Clusters where one thing is varied."""
    return base.table(
        "Networks where one thing is varied, a row per variable, value, task and initialization: "
        "means over seeds.",
        {
            "variable": field(
                "width: neurons; scale: initial scale; samples: training samples; noise: share of "
                "the labels that are flipped",
                unit="",
                shape="a word",
            ),
            "value": field("what the variable is"),
            "task": TASK,
            "init": INIT,
            "seeds": field("networks"),
            "live_span": field(
                "clusters within the span that carry at least 1% of the strongest one's norm "
                "product"
            ),
            "live_span_low": LOW,
            "live_span_high": HIGH,
            "live_full": field("the same by total vectors in the full space"),
            "directions_full": field(
                "clusters in the full space that carry 90% of the summed norm products"
            ),
            "loss_end": field("training loss at the end", "nat"),
            "accuracy_held_out": field("accuracy on held-out samples at the end"),
        },
        tables["scans"],
    )


def longer(tables) -> dict:
    """What longer training changes, on the default task."""
    return base.table(
        "What longer training changes on the default task, a row per initialization and measure: "
        "means over the first seeds.",
        {
            "init": INIT,
            "measure": field("what is measured", unit="", shape="words"),
            "short": field("its mean at the end of the study's usual training"),
            "long": field("its mean at the end of longer training"),
        },
        tables["longer"],
    )


def pruning(tables) -> dict:
    """What few neurons can do without training again."""
    return base.table(
        "Trained networks of which few neurons are left, a row per task, initialization, way to "
        "choose them and number left: means over seeds.",
        {
            "task": TASK,
            "init": INIT,
            "way": field(
                "norm: the largest final norm products; foreseen: named by the theory at step 0; "
                "random: drawn at random; merged: each live cluster merged into one neuron",
                unit="",
                shape="a word",
            ),
            "left": field("neurons left"),
            "accuracy": field("training accuracy"),
            "loss": field("training loss", "nat"),
            "held_out": field("accuracy on held-out samples"),
            "held_out_loss": field("loss on held-out samples", "nat"),
        },
        tables["pruning"],
    )


def tickets(tables) -> dict:
    """Parts of networks, trained alone from their own start."""
    return base.table(
        "Lottery tickets: parts of a network trained alone from their own start, a row per kind, "
        "task, initialization, way to choose and size: means over seeds.",
        {
            "kind": field(
                "neuron_tickets: whole neurons; weight_tickets: single incoming weights",
                unit="",
                shape="a word",
            ),
            "task": TASK,
            "init": INIT,
            "way": field(
                "imp: iterative magnitude pruning; oneshot: pruning once; foreseen: the theory at "
                "step 0; sided: the same, as many neurons of each side; growing: the growing mode "
                "at step 0; random; redrawn: iterative "
                "pruning's, with its start drawn anew",
                unit="",
                shape="a word",
            ),
            "size": field("neurons kept; of single weights, thousandths kept"),
            "accuracy": field("training accuracy at the end"),
            "held_out": field("accuracy on held-out samples at the end"),
            "loss": field("training loss at the end", "nat"),
            "drop": field("when the loss has fallen by 10%", "step"),
            "overlap": field("share of iterative pruning's ticket of that size that is in it"),
        },
        tables["tickets"],
    )


def foresight(tables) -> dict:
    """What it costs to know the order in advance."""
    return base.table(
        "How well the growing mode orders the final norm products after a share of the plateau, a "
        "row per initialization, way to look ahead and share: means over the first groupings.",
        {
            "init": INIT,
            "way": field(
                "alone: neurons that are followed alone; real: the network itself is trained; two "
                "e-foldings: where the prediction of the other figures stands",
                unit="",
                shape="words",
            ),
            "share": field("share of the steps until the loss has fallen by 10%"),
            "mean": field("rank correlation among all neurons, mean over groupings"),
            "low": field("lower end of its bootstrap interval over groupings"),
            "high": HIGH,
        },
        tables["foresight"],
    )


def validity(tables) -> dict:
    """One network per initialization over time, and how far the theory is from it."""
    per_time = "a list, one number per time"
    return base.table(
        "One network per initialization over time, and how far two theories are from it.",
        {
            "init": INIT,
            "time": field("steps done", "step", per_time),
            "loss": field("training loss", "nat", per_time),
            "order": field("rank correlation of the norm products with the end's", "1", per_time),
            "gates": field("mean share of the samples that a gate lets through", "1", per_time),
            "turned": field("median share of all turning that is over, in the span", "1", per_time),
            "grown": field("median share of all growth that is over, in the span", "1", per_time),
            "error_frozen": field(
                "median |log| of the predicted over the real norm product, within the span, for "
                "the linear theory: gates and errors as at step 0",
                "1",
                per_time,
            ),
            "error_alone": field(
                "the same for neurons followed alone: only the errors as at step 0", "1", per_time
            ),
        },
        tables["validity"],
    )  # fmt: skip


def unlocking(tables) -> dict:
    """One neuron per initialization whose outgoing weight along the error changes its sign."""
    per_time = "a list, one number per time"
    return base.table(
        "One neuron per initialization that unlocks: its w2 along the error changes its sign. Of "
        "those, the one with the largest final norm product.",
        {
            "init": INIT,
            "time": field("steps done", "step", per_time),
            "neuron": field("the neuron's number, counted from 0"),
            "neurons": field("how many of the network's neurons unlock"),
            "side": field("part of w2 along the error", "1", per_time),
            "toward": field("part of [w1, b] along its final direction", "1", per_time),
            "norm_product": field("|w1||w2|", "1", per_time),
            "gates": field("share of the samples that its gate lets through", "1", per_time),
        },
        tables["unlocking"],
    )


def phase(tables) -> dict:
    """Initial scale against learning rate."""
    return base.table(
        "The phase diagram, a row per width, learning rate and initial scale: means over the seeds "
        "that did not diverge. All rows train for the same lr * steps.",
        {
            "scale": field("initial scale"),
            "lr": field("learning rate"),
            "width": field("hidden neurons"),
            "steps": field("length of the training", "step"),
            "diverged": field("share of the seeds whose loss ends above its start or not finite"),
            "live": field("live clusters at the end, within the span"),
            "predicted": field(
                "rank correlation of the theory's order at step 0 with the final norm products"
            ),
            "drop": field("when the loss has fallen by 10%", "lr * steps"),
            "loss": field("training loss at the end", "nat"),
            "accuracy": field("training accuracy at the end"),
            "race": field(
                "one network: `time` in steps, `loss` at each time, and for some of its neurons "
                "`log_norm_product`, the decimal logarithm of |w1||w2| at each time",
                "",
                "three lists; null where all diverged",
            ),
        },
        tables["phase"],
    )


def edge(tables) -> dict:
    """What becomes of the race beyond the playground."""
    word = field("", unit="", shape="words")
    verdict = word | {"shape": "holds, weaker or fails"}
    return _edge_table(
        "What becomes of the race beyond the playground: one thing of it is changed, a row per "
        "change, initialization and hidden layer, means over seeds.",
        {
            "variant": word | {"meaning": "the change, as `racing edge --only` names it"},
            "name": word | {"meaning": "the change, for people"},
            "init": INIT,
            "layer": field("first or second; null where there is one", unit="", shape="a word"),
            "width": field("hidden neurons per layer; a convolution has 32 channels"),
            **EDGE_FIELDS,
            "directions": field("clusters that carry 90% of all norm products"),
            "order_first": field(
                "as `order_kept`, from where the loss is below 90% of its start; the same but "
                "where the mean over the classes is learnt first"
            ),
            "top_tenth_first": field("as `top_tenth`, from there"),
            "spread_drop": field("90th percentile of the norm products over the 10th, at the drop"),
            "spread_end": field("the same at the end"),
            "merged": field("accuracy with one neuron per live cluster"),
            "pruned": field("accuracy with the largest 5% of the neurons"),
            "random": field("accuracy with a random 5%, mean over draws"),
            "verdict_order": verdict | {"meaning": "on order_kept and top_tenth"},
            "verdict_forecast": verdict | {"meaning": "on forecast_extended"},
            "verdict_merging": verdict | {"meaning": "on the accuracy that merging loses"},
            "verdict_pruning": verdict | {"meaning": "on the accuracy that pruning loses"},
            "clusters": field("whether clusters form, by the rule", unit="", shape="true or false"),
            "reason": word | {"meaning": "why"},
            "by_seed": field("the same numbers for each seed", shape="a list per number"),
            "trial": field(
                "what a first trial of ours had found: order and (full-batch) forecast, lowest and "
                "highest, and its verdict; `met`, whether ours lie within 0.05 of them",
                shape="a dict; null where there was no trial",
            ),
        },
        tables["edge"],
    )


def edge_scales(tables) -> dict:
    """How small is small: the race from starts of every size."""
    return _edge_table(
        "How small is small? The playground's race from starts of every size, a row per start and "
        "size, means over seeds. `ends`: for each start and sign the largest size up to which all "
        "sizes show it; null where the smallest does not. The signs: growth, at least one "
        "e-folding per layer of the final winners before the drop; clusters and clusters_full, "
        "most norm products in clusters, in the samples' span and in all inputs; order and "
        "forecast, as the rule has them; foresight, that the forecast takes no longer than the "
        "drop.",
        {
            "start": field(
                "the initialization; torch and he are the standard ones", unit="", shape="a word"
            ),
            "relative": field(
                "standard deviation of the incoming weights, over that of PyTorch's own start"
            ),
            "init_scale": field("the same as `init_scale` of `racing train`, or its factor"),
            **EDGE_FIELDS,
        },
        tables["edge_scales"],
    )


def _edge_table(about, fields, table):
    """A table of the edge: rows with as many digits as three seeds justify, and how it was made."""
    rows = [
        {name: base.significant(v, 4) if isinstance(v, float) else v for name, v in row.items()}
        for row in table["rows"]
    ]
    more = {name: value for name, value in table.items() if name != "rows"}
    return base.table(f"{about} {EDGE_SETUP}", fields, rows, **more)


EDGE_SETUP = (
    "How it was made: `task`, `seeds` (none on which anything was tried out), `steps` where a "
    "change names no other, `rule`, the limits of the verdicts (see "
    "racing_core/study/edge/variants.py; fixed before these seeds were run), `code`, a hash of the "
    "code that computed the rows, `versions` of its libraries, `machine`, and `cpu_seconds`."
)
EDGE_FIELDS = {
    "accuracy": field("training accuracy at the end"),
    "loss": field("training loss at the end"),
    "dropped": field("seeds whose loss dropped; the numbers below are theirs"),
    "drop": field("when the loss is 10% below that of the best constant output", "step"),
    "followed": field("steps that the forecast takes, over those to the drop"),
    "order_kept": field("rank correlation of the norm products at the drop with the final ones"),
    "order_start": field("the same at step 0"),
    "top_tenth": field("share of the largest tenth at the drop that is among the final one"),
    "growth": field(
        "e-foldings of each layer before the drop, median of the final top tenth, within the span"
    ),
    "clustered": field("share of the final norm products in clusters of two or more, in the span"),
    "clustered_full": field("the same in the full space"),
    "live": field("live clusters at the end, in the span"),
    "forecast_full_batch": field(
        "rank correlation with the final norm products of what the playground's theory says at t = "
        "0"
    ),
    "forecast_extended": field("the same for the theory that knows of the change"),
    "verdict": field(
        "the worse of order and forecast: holds, weaker or fails; else no race, never dropped or "
        "diverged",
        unit="",
        shape="words",
    ),
}


def setup(tables) -> dict:
    """How the study was made, for the page's sentences."""
    return base.numbers_file(
        "How the study was made: the numbers in the evidence page's sentences.",
        {name: (tables["setup"][name], meaning) for name, meaning in SETUP.items()},
    )


SETUP = {
    "versions": "versions of what the numbers depend on",
    "data_hashes": "SHA-256 of the samples of each task",
    "networks": "networks trained, all in all",
    "tasks": "number of tasks",
    "inits": "number of initializations",
    "task_names": "the tasks",
    "init_names": "the initializations",
    "confidence": "confidence of the intervals, in percent",
    "arrival_cosine": "cosine with the cluster's mean direction at which a neuron has arrived",
    "kept_percent": "share of the neurons that is kept where pruning is tested, in percent",
    "groupings": "groupings of CIFAR-10's classes that were drawn",
    "first_groupings": "those that were looked at first",
    "held_back_groupings": "those that were looked at once, at the end",
    "image_sets": "sets of other images of the default grouping",
    "drawn_seed": "seed of the first groupings",
    "held_back_seed": "seed of those held back",
    "drawn_network_seeds": "seeds of the networks of a drawn grouping or set of images",
    "most_percent": "a claim holds where more than this share of new groupings is in its range",
    "fewest_percent": "it fails where less than this share is",
    "false_discoveries_percent": "share of these verdicts that may be due to chance",
    "double_groupings": "drawn groupings that were trained in float64, too",
    "double_networks": "networks that were trained in float32 and in float64",
    "double_numbers": "numbers of claims that were compared between the two",
    "double_moved": "how many of them changed by more than a hundredth",
    "double_crossed": "how many of them left or entered the claim's range",
    "double_verdicts": "claims with an initialization that were compared",
    "double_changed": "in how many of them another number of groupings lies in the range",
    "seeds": "seeds of each cell of the tasks that we chose",
    "few_seeds": "seeds where one thing is varied, of tickets of weights and of longer training",
    "first_seed": "the first of these",
    "steps": "steps of training in the cells",
    "long_steps": "steps of the longer training",
    "scan_rate": "learning rate where one thing is varied",
    "scan_steps": "steps where one thing is varied",
    "scan_width": "neurons where another thing than the width is varied",
    "widest": "neurons of the widest networks",
    "ticket_widths": "neurons of the networks of which single weights are drawn, by task",
    "ticket_rate": "learning rate of the tickets of single weights",
    "ticket_steps": "most steps of the tickets of single weights",
    "ticket_learnt": "loss at which the training of a ticket of single weights ends, in nats",
    "phase_seeds": "seeds of a cell of the phase diagram",
    "phase_widths": "widths of the phase diagram",
    "flow_time": "lr * steps of every cell of the phase diagram",
}
MAKERS = {
    "racing study": (
        claims, held_back, predictors, scans, longer, pruning, tickets, foresight, validity,
        unlocking, phase, setup,
    ),
    "racing edge": (edge, edge_scales),
}  # fmt: skip
FILES = tuple(f"evidence/{maker.__name__}.json" for makers in MAKERS.values() for maker in makers)
