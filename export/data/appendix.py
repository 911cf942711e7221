"""What the appendix checks: the equations against autograd, and the theory against the run.

Every maker takes a `racing_core.run.Run`; the file that it makes bears its name.
"""

import numpy as np
import torch

from export.data import base
from export.data.base import field, frame_indices, significant, spelled
from racing_core import neurons, theory
from racing_core.network import Parameters

PREDICTED_FROM = (0, 100, 200, 300)  # steps at which the linear theory is started
PREDICTED_FOR = 200  # steps
PRINTED = "b, as printed"  # the slide's bias equation to the letter, without the gate
PHASE_STEP, RATE_STEP = 300, 200


def files(run) -> dict[str, dict]:
    """The content of each of docs/data/appendix's JSON files, by name."""
    made = {maker.__name__: maker(run) for maker in (equations, prediction, drift, outgoing)}
    return made | {"numbers": numbers(run, made["equations"]["rows"], made["drift"]["rows"])}


def equations(run) -> dict:
    """Largest residual of each equation against autograd, over the neurons and over time."""
    rows = []
    for index in frame_indices(run.time):
        parameters = run.at(index)
        measured = autograd(parameters, run.x, run.y)
        stated = theory.gradients(parameters, run.x, run.y)
        residuals = {
            name: _residual(getattr(stated, name), getattr(measured, name))
            for name in theory.Gradients._fields
        }
        printed = _bias_without_gate(parameters, run.x, run.y)
        residuals[PRINTED] = _residual(printed, measured.b)
        rows += [
            {"step": int(run.time[index]), "equation": name, "residual": residual}
            for name, residual in residuals.items()
        ]
    return base.table(
        "How far the slides' equations are from automatic differentiation, a row per recorded time "
        "and equation.",
        {
            "step": base.STEP,
            "equation": field(
                "the quantity along which the equation states the loss's derivative: phi and theta "
                "are the angles of w2 and w1, norm_out and norm_in their norms, b the bias; "
                f"`{PRINTED}` is the bias equation as the slide prints it, without the gate",
                unit="",
                shape="a word",
            ),
            "residual": field(
                "largest difference over the neurons, divided by the largest derivative of its "
                "kind at that step"
            ),
        },
        rows,
    )


def autograd(parameters, x, y) -> theory.Gradients:
    """The same derivatives as `theory.gradients`, from torch's autograd and the chain rule.

    The derivative along an angle is that along the circle of radius |w| in the plane in which the
    neuron turns: the plane of the outputs for phi, of w1 and its own gradient for theta.
    """
    weights = [torch.tensor(array, requires_grad=True) for array in parameters]
    w_in, b, w_out = weights
    logits = torch.relu(torch.tensor(x) @ w_in.T + b) @ w_out.T
    torch.nn.functional.cross_entropy(logits, torch.tensor(y)).backward()
    g_in, g_b, g_out = (weight.grad.numpy() for weight in weights)
    norm_in, norm_out = neurons.norm_in(parameters.w_in), neurons.norm_out(parameters.w_out)
    unit_in, unit_out = parameters.w_in / norm_in[:, None], parameters.w_out / norm_out
    along_in = (g_in * unit_in).sum(1)
    aside_in = neurons.norm_in(g_in - along_in[:, None] * unit_in)
    return theory.Gradients(
        phi=norm_out * (unit_out[0] * g_out[1] - unit_out[1] * g_out[0]),
        norm_out=(g_out * unit_out).sum(0),
        theta=-norm_in * aside_in,
        norm_in=along_in,
        b=g_b,
    )


def prediction(run) -> dict:
    """Norm product of a few neurons over time, measured, and predicted from some states."""
    early = np.flatnonzero(run.time <= PREDICTED_FROM[-1] + PREDICTED_FOR)[::2]
    predicted = {start: _predicted(run, start, run.time[early]) for start in PREDICTED_FROM}
    rows = []
    for cluster, place, neuron in _followed(run):
        for row, index in enumerate(early):
            step = int(run.time[index])
            rows.append(
                {
                    "step": step,
                    "cluster": cluster + 1,
                    "place": place,
                    "neuron": neuron,
                    "measured": significant(run.norm_product[index, neuron], 3),
                }
                | {
                    f"from_{start}": significant(product[row, neuron], 3)
                    for start, product in predicted.items()
                    if 0 <= step - start <= PREDICTED_FOR
                }
            )
    return base.table(
        "Norm product |w1||w2| of a few neurons of the two largest clusters, measured, and as the "
        "linear theory predicts it from the network at four steps; a row per neuron and recorded "
        "time.",
        PREDICTION_FIELDS,
        rows,
    )


PREDICTION_FIELDS = {
    "step": base.STEP,
    "cluster": field("the neuron's final cluster, counted from 1, the largest first"),
    "place": field(
        "where in its cluster's final order the neuron stands: first, in the middle, or before the "
        "last tenth",
        unit="",
        shape="words",
    ),
    "neuron": field("the neuron's number, counted from 0"),
    "measured": field("|w1||w2| in the run"),
} | {
    f"from_{start}": field(f"|w1||w2| predicted from step {start}; given for {PREDICTED_FOR} steps")
    for start in PREDICTED_FROM
}


def _followed(run):
    """(cluster, place in its final order, neuron) of three neurons in each of two clusters."""
    for cluster in (0, 1):
        members = np.flatnonzero(run.labels == cluster)
        ranked = members[np.argsort(-run.norm_product[-1, members])]
        for place, share in (("first", 0), ("median", 0.5), ("last tenth", 0.9)):
            yield cluster, place, int(ranked[int(share * len(ranked))])


def drift(run) -> dict:
    """How far what gradient flow conserves, and what the linear theory takes as fixed, moves."""
    start = run.at(0)
    sum_0, balance_0 = theory.conserved(start)
    _, _, gates_0 = theory.errors(start, run.x, run.y)
    large = run.labels < 2
    rows = []
    for index in frame_indices(run.time):
        parameters = run.at(index)
        total, balance = theory.conserved(parameters)
        e, _, gates = theory.errors(parameters, run.x, run.y)
        size = (parameters.w_in**2).sum(1).max() + (parameters.b**2).max()
        length = neurons.norm_out(parameters.w_out).max()
        rows.append(
            {
                "step": int(run.time[index]),
                "balance": significant(abs(balance - balance_0).max() / size, 3),
                "sum": significant(abs(total - sum_0).max() / length, 3),
                "error": significant(abs(e).mean(), 4),
                "gates": significant((gates == gates_0)[:, large].mean(), 4),
            }
        )
    return base.table(
        "How far two conserved quantities have moved since step 0, and whether what the linear "
        "theory holds fixed is fixed; a row per recorded time.",
        {
            "step": base.STEP,
            "balance": field(
                "largest change over the neurons of |w1|^2 + b^2 - |w2|^2, relative to the largest "
                "|w1|^2 + b^2 at that step"
            ),
            "sum": field(
                "largest change over the neurons of the part of w2 along (1, 1), relative to the "
                "largest |w2|"
            ),
            "error": field(
                "mean over the samples of |e|, the size of the error; 1/2 while nothing is learned"
            ),
            "gates": field(
                "share of the pairs of a neuron (of the two largest clusters) and a sample whose "
                "gate is as at step 0"
            ),
        },
        rows,
    )


def outgoing(run) -> dict:
    """Angle phi of every neuron's outgoing weights, over time."""
    frames = frame_indices(run.time)
    w_out = run.w_out[frames]  # (frames, 2, d)
    phi = np.unwrap(np.arctan2(w_out[:, 1], w_out[:, 0]), axis=0)
    # So that neither direction of the error is at the edge.
    end = (phi[-1] + 3 * np.pi / 4) % (2 * np.pi) - 3 * np.pi / 4
    phi = np.degrees(phi - phi[-1] + end)
    return base.table(
        "Angle of every neuron's outgoing weights, a row per recorded time. `shared_clusters` is "
        "the number of clusters of more than one neuron, which come first.",
        {
            "step": base.STEP,
            "neuron": base.NEURON,
            "cluster": base.CLUSTER,
            "phi": field(
                "angle of w2; it ends between -135 and 225, and goes on past these limits rather "
                "than jump",
                unit="degree",
                shape=base.PER_NEURON,
            ),
        },
        [
            {
                "step": int(run.time[index]),
                "neuron": list(range(phi.shape[1])),
                "cluster": (run.labels + 1).tolist(),
                "phi": np.rint(phi[row]).astype(int).tolist(),
            }
            for row, index in enumerate(frames)
        ],
        shared_clusters=base.shared_clusters(run.labels),
    )


def numbers(run, residuals, drifts) -> dict:
    """What the appendix's sentences say, from the rows of `equations` and of `drift`, too."""
    return base.numbers_file(
        "The numbers in the appendix's sentences.",
        _residuals(residuals)
        | _angles(run)
        | {
            "phase_step": (PHASE_STEP, "a step at which the neurons turn"),
            "rate_step": (RATE_STEP, "a step at which the neurons turn"),
        }
        | _rates(run)
        | _misses(run)
        | _drifts(drifts),
    )


def _residuals(rows):
    def worst(*names):
        return max(row["residual"] for row in rows if row["equation"] in names)

    return {
        "residual_worst": (
            _power(worst(*theory.Gradients._fields)),
            "power of ten above the largest residual of the five equations",
        ),
        "residual_printed": (
            f"{worst(PRINTED):.0%}",
            "largest residual of the bias equation as the slide prints it",
        ),
    }


def _angles(run):
    phi = np.degrees(np.arctan2(run.w_out[-1, 1], run.w_out[-1, 0]))
    return {
        f"phi_{cluster + 1}": (
            f"{np.median(phi[run.labels == cluster]):.0f}".replace("-", "−"),
            f"median angle of w2 at the end in cluster {cluster + 1}, in degrees",
        )
        for cluster in (0, 1)
    }


def _rates(run):
    def median_rate(step):
        state = theory.modes(run.at(run.time_index(step)), run.x, run.y)
        return float(np.median(state.rate[run.labels < 2]))

    start, later = median_rate(0), median_rate(RATE_STEP)
    meaning = "median growth rate at step {}, per unit of lr * steps, in the two largest clusters"
    return {
        "rate_at_start": (spelled(start, 2), meaning.format(0)),
        "rate_at_200": (spelled(later, 2), meaning.format(RATE_STEP)),
        "growth_time": (
            round(1 / (run.config.lr * later)),
            "steps in which the growing mode grows by a factor of e at the rate of rate_at_200",
        ),
    }


def _misses(run):
    def median_miss(start, steps):
        index = run.time_index(start + steps)
        predicted = _predicted(run, start, run.time[[index]])[0]  # (d,)
        return np.median(abs(predicted / run.norm_product[index] - 1)[run.labels < 2])

    meaning = (
        "median relative error of the norm product {} steps after the linear theory was started "
        "at step {}, in the two largest clusters"
    )
    starts = {
        "miss_from_0": (0, 100),
        "miss_from_0_later": (0, 200),
        "miss_from_200": (200, 100),
        "miss_from_300": (300, 200),
    }
    return {
        name: (f"{median_miss(start, steps):.0%}", meaning.format(steps, start))
        for name, (start, steps) in starts.items()
    }


def _drifts(rows):
    def drifted(step):
        return min(rows, key=lambda row: abs(row["step"] - step))

    return {
        "balance_drift": (
            _power(max(row["balance"] for row in rows)),
            "power of ten above the largest relative change of |w1|^2 + b^2 - |w2|^2",
        ),
        "sum_drift": (
            _power(max(row["sum"] for row in rows)),
            "power of ten above the largest relative change of the part of w2 along (1, 1)",
        ),
        "error_at_300": (
            spelled(drifted(PHASE_STEP)["error"], 3),
            f"mean of |e| at about step {PHASE_STEP}",
        ),
        "error_at_500": (spelled(drifted(500)["error"], 2), "mean of |e| at about step 500"),
        "gates_at_100": (
            f"{drifted(100)['gates']:.0%}",
            "share of the two largest clusters' gates that are at about step 100 as at step 0",
        ),
    }


def _predicted(run, start, time):
    """Norm products (T, d) if errors and gates stayed as they are at the recorded time `start`."""
    index = run.time_index(start)
    state = theory.modes(run.at(index), run.x, run.y)
    later = np.maximum(time - run.time[index], 0)
    p, c = theory.predicted(state, later, run.config.lr)
    norm_in = np.sqrt(p**2 + state.aside_in**2 + run.rest)
    return norm_in * np.sqrt(c**2 + state.aside_out**2)


def _bias_without_gate(parameters: Parameters, x, y):
    """-|w2| <|dy| cos(phi_dy - phi)>: the slide's bias equation to the letter."""
    e, _, _ = theory.errors(parameters, x, y)
    return -e.mean() * (parameters.w_out[0] - parameters.w_out[1])


def _residual(stated, measured):
    return significant(abs(stated - measured).max() / abs(measured).max(), 3)


def _power(value):
    """The power of ten just above a small number, as KaTeX writes it."""
    return f"10^{{{int(np.ceil(np.log10(value)))}}}" if value > 0 else "0"
