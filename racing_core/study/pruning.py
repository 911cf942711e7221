"""What a few neurons of a network can do: pruned in several ways, merged, threshold moved."""

import numpy as np

from racing_core import capacity
from racing_core.network import forward, loss_and_accuracy

KEPT_SHARE = 0.05  # ours: the share of neurons left when ways to prune are compared
SAME_ACCURACY = 0.99  # ours: of the whole network's, when counting the neurons that suffice
RANDOM_DRAWS = 20  # random prunings that are averaged
LEFT = (1, 2, 3, 5, 10, 20, 30, 60, 100, 200, 300)  # neurons left, for the curves of pruning
LEFT_MEASURES = ("accuracy", "loss", "held_out", "held_out_loss")


def pruning(run) -> dict[str, float]:
    """Accuracy and loss when few neurons are left, chosen in four ways, and after merging.

    `left_MEASURE_WAY_COUNT` are the curves: MEASURE of LEFT_MEASURES, with COUNT neurons left.

    Args:
        run: a `racing_core.run.Run`.
    """
    final = run.at(-1)
    whole, held_out, y_held_out = run.whole(), run.x_held_out, run.task.y_held_out
    width = len(final.b)
    kept = max(1, round(KEPT_SHARE * width))
    draw = np.random.RandomState(0)
    largest = np.sort(run.norm_product[-1])[::-1]
    found = {"kept": kept, "kept_carries": largest[:kept].sum() / largest.sum()}
    ways = {
        "norm": run.norm_product[-1],
        "foreseen": run.predicted_order,
        "growing": abs(run.modes.growing),
    } | {f"random{i}": draw.rand(width) for i in range(RANDOM_DRAWS)}
    counts = [count for count in LEFT if count <= width]
    strengths = np.array(list(ways.values()))
    _, train_loss, train = capacity.pruning_curve(final, run.x, run.y, strengths)
    _, test_loss, test = capacity.pruning_curve(whole, held_out, y_held_out, strengths)
    suffice = np.argmax(train >= SAME_ACCURACY * train[:, -1:], axis=1)
    thresholds = [
        _with_threshold(run, whole, held_out, np.argsort(-strength)[:kept])
        for strength in strengths
    ]
    rows = np.column_stack([train[:, kept], test[:, kept], suffice, thresholds])
    curves = np.stack([curve[:, counts] for curve in (train, train_loss, test, test_loss)], axis=1)
    rows, curves = (
        np.concatenate([every[:3], every[3:].mean(0, keepdims=True)]) for every in (rows, curves)
    )
    for way, row, curve in zip(
        ("norm", "foreseen", "growing", "random"), rows, curves, strict=True
    ):
        names = f"kept_{way}", f"kept_{way}_held_out", f"suffice_{way}"
        names += f"threshold_{way}", f"threshold_{way}_held_out"
        found |= dict(zip(names, row, strict=True))
        for measure, values in zip(LEFT_MEASURES, curve, strict=True):
            found |= {
                f"left_{measure}_{way}_{count}": value
                for count, value in zip(counts, values, strict=True)
            }
    found["accuracy"], found["accuracy_held_out"] = train[0, -1], test[0, -1]
    small = capacity.merge(whole, capacity.live_clusters(run.span_labels, run.norm_product[-1]))
    found["merged"] = len(small.b)
    found["merged_change"] = _accuracy(small, _padded(run, whole), run.y) - found["accuracy"]
    found["merged_change_held_out"] = (
        _accuracy(small, held_out, y_held_out) - found["accuracy_held_out"]
    )
    return found


def _with_threshold(run, whole, held_out, left):
    """Accuracy with only the neurons `left` and the threshold that suits the training samples.

    On the training samples, where the threshold is chosen, and on those held out.
    """
    small = capacity.keep(whole, left)
    margin, unseen = (
        logits[:, 0] - logits[:, 1]
        for logits in (forward(small, x)[0] for x in (_padded(run, whole), held_out))
    )
    threshold = capacity.best_threshold(margin, run.y)
    return (
        ((margin > threshold) == (run.y == 0)).mean(),
        ((unseen > threshold) == (run.task.y_held_out == 0)).mean(),
    )


def _padded(run, whole):
    """The training samples in all coordinates of the whole network: 0 beyond the span."""
    return np.pad(run.x, ((0, 0), (0, whole.w_in.shape[1] - run.x.shape[1])))


def _accuracy(parameters, x, y):
    return loss_and_accuracy(forward(parameters, x)[0], y)[1]
