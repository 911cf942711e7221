"""What a few neurons of a network can do: pruned in several ways, merged, threshold moved."""

import numpy as np

from racing_core import capacity
from racing_core.network import forward, loss_and_accuracy

KEPT_SHARE = 0.05  # ours: the share of neurons left when ways to prune are compared
RANDOM_DRAWS = 20  # random prunings that are averaged
LEFT = (1, 2, 3, 5, 10, 20, 30, 60, 100, 200, 300)  # neurons left, for the curves of pruning


def pruning(run) -> dict:
    """Accuracy and loss when few neurons are left, chosen in three ways, and after merging.

    Args:
        run: a `racing_core.run.Run`.

    Returns:
        `accuracy`: {"training", "held_out"} of the whole network; `kept_carries`: the share of the
        summed norm products that the largest KEPT_SHARE of the neurons have; `pruned`: for each way
        (`norm` keeps the largest norm products, `foreseen` the front of the predicted order,
        `random` is a mean over draws) `kept`, the training accuracy with KEPT_SHARE of the neurons,
        `threshold`, the same with the threshold moved to the best place, and `left`, by the number
        of neurons left, `accuracy`, `loss`, `held_out` (accuracy) and `held_out_loss`; `merged`:
        `neurons` left when live clusters are merged, and the changes of both accuracies,
        `change` and `held_out_change`.
    """
    width = len(run.b[-1])
    kept = max(1, round(KEPT_SHARE * width))
    largest = np.sort(run.norm_product[-1])[::-1]
    train, held_out = _curves(run, run.norm_product[-1])
    accuracy = {"training": train.accuracy[-1], "held_out": held_out.accuracy[-1]}
    draws = np.random.RandomState(0).rand(RANDOM_DRAWS, width)
    return {
        "accuracy": accuracy,
        "kept_carries": largest[:kept].sum() / largest.sum(),
        "pruned": {
            "norm": _way(run, run.norm_product[-1:], kept),
            "foreseen": _way(run, run.predicted_order[None], kept),
            "random": _way(run, draws, kept),
        },
        "merged": _merged(run, accuracy),
    }


def _way(run, strengths, kept):
    """What is left when neurons are kept by their strength, the largest first.

    A mean over `strengths` (n, d): one, or several draws.
    """
    train, held_out = _curves(run, strengths)  # (n, d + 1)
    thresholds = [
        _best_threshold_accuracy(run, np.argsort(-strength)[:kept]) for strength in strengths
    ]
    kept_accuracy, threshold = np.column_stack([train.accuracy[:, kept], thresholds]).mean(0)
    curves = {
        "accuracy": train.accuracy,
        "loss": train.loss,
        "held_out": held_out.accuracy,
        "held_out_loss": held_out.loss,
    }
    counts = [count for count in LEFT if count <= strengths.shape[1]]
    return {
        "kept": kept_accuracy,
        "threshold": threshold,
        "left": {
            str(count): {name: curve.mean(0)[count] for name, curve in curves.items()}
            for count in counts
        },
    }


def _curves(run, strength):
    """Curves of pruning (..., d + 1) on training samples and on those held out."""
    train = capacity.pruning_curve(run.at(-1), run.x, run.y, strength)
    held_out = run.x_held_out, run.task.y_held_out
    return train, capacity.pruning_curve(run.whole(), *held_out, strength)


def _best_threshold_accuracy(run, left):
    """Training accuracy with only the neurons `left` and the threshold that suits the samples."""
    logits, _ = forward(capacity.keep(run.whole(), left), _padded(run))
    margin = logits[:, 0] - logits[:, 1]
    threshold = capacity.best_threshold(margin, run.y)
    return ((margin > threshold) == (run.y == 0)).mean()


def _merged(run, accuracy):
    """The network with each live cluster of the span merged into one neuron."""
    live = capacity.live_clusters(run.span_labels, run.norm_product[-1])
    small = capacity.merge(run.whole(), live)
    train = loss_and_accuracy(forward(small, _padded(run))[0], run.y)
    held_out = loss_and_accuracy(forward(small, run.x_held_out)[0], run.task.y_held_out)
    return {
        "neurons": len(small.b),
        "change": train[1] - accuracy["training"],
        "held_out_change": held_out[1] - accuracy["held_out"],
    }


def _padded(run):
    """The training samples (N, D) in all rotated coordinates: 0 beyond the span."""
    return np.pad(run.x, ((0, 0), (0, run.beyond.shape[1])))
