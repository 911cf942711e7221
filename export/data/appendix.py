"""What the appendix checks: the equations against autograd, and the theory against the run.

Every function takes the default run (a Simulation) and returns plain values; `export/refresh.py`
writes them.
"""

import numpy as np
import torch

from export.data.home import frame_indices, significant, spelled
from racing_core import neurons, theory
from racing_core.network import Parameters

PREDICTED_FROM = (0, 100, 200, 300)  # steps at which the linear theory is started
PREDICTED_FOR = 200  # steps


def files(simulation) -> dict[str, list]:
    """Content by file name."""
    return {
        "equations.json": equations(simulation),
        "prediction.json": prediction(simulation),
        "drift.json": drift(simulation),
        "outgoing.json": outgoing(simulation),
    }


def equations(simulation) -> list[dict]:
    """One row a frame and equation: its largest residual over the neurons, against autograd.

    The residual is relative to the largest derivative of its kind at that time. `printed` is true
    for the bias equation as the slide prints it, without the gate.
    """
    x, y = _samples(simulation)
    rows = []
    for index in frame_indices(simulation.trajectory.time):
        parameters = simulation.parameters(0, index)
        measured = autograd(parameters, x, y)
        stated = theory.gradients(parameters, x, y)
        step = int(simulation.trajectory.time[index])
        for name in theory.Gradients._fields:
            residual = _residual(getattr(stated, name), getattr(measured, name))
            rows.append({"step": step, "equation": name, "residual": residual})
        residual = _residual(_bias_without_gate(parameters, x, y), measured.b)
        rows.append({"step": step, "equation": "b, as printed", "residual": residual})
    return rows


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


def prediction(simulation) -> list[dict]:
    """Norm product over time, measured, and predicted from the state at some times.

    For a few neurons: at the front, in the middle and near the end of the race in each of the two
    largest clusters. A row has
    `measured`, and `from_START` for each of PREDICTED_FROM that lies at most PREDICTED_FOR steps
    before it.
    """
    time, measured = simulation.trajectory.time, _products(simulation)
    early = np.flatnonzero(time <= PREDICTED_FROM[-1] + PREDICTED_FOR)
    predicted = {start: _predicted(simulation, start, time[early]) for start in PREDICTED_FROM}
    rows = []
    for cluster in (0, 1):
        members = np.flatnonzero(simulation.labels[0] == cluster)
        ranked = members[np.argsort(-measured[-1, members])]
        for place, share in (("first", 0), ("median", 0.5), ("last tenth", 0.9)):
            neuron = int(ranked[int(share * len(ranked))])
            for i in early[::2]:
                row = {
                    "step": int(time[i]),
                    "cluster": cluster,
                    "place": place,
                    "neuron": neuron,
                    "measured": significant(measured[i, neuron], 3),
                }
                for start, product in predicted.items():
                    if 0 <= time[i] - start <= PREDICTED_FOR:
                        row[f"from_{start}"] = significant(product[i, neuron], 3)
                rows.append(row)
    return rows


def drift(simulation) -> list[dict]:
    """How far what gradient flow conserves has moved, one row a frame.

    `balance` is the largest change of |w1|^2 + b^2 - |w2|^2 since the start, relative to the
    largest |w1|^2 + b^2 at that time; `sum` the largest change of (w2[0] + w2[1]) / sqrt(2),
    relative to the largest |w2|; `error` the mean of |e|, which is 1/2 while nothing has been
    learned; `gates` the share of (neuron, sample) pairs of the two largest clusters whose gate is
    as at the start.
    """
    x, y = _samples(simulation)
    start = simulation.parameters(0, 0)
    sum_0, balance_0 = theory.conserved(start)
    _, _, gates_0 = theory.errors(start, x, y)
    large = simulation.labels[0] < 2
    rows = []
    for index in frame_indices(simulation.trajectory.time):
        parameters = simulation.parameters(0, index)
        total, balance = theory.conserved(parameters)
        e, _, gates = theory.errors(parameters, x, y)
        size = (parameters.w_in**2).sum(1).max() + (parameters.b**2).max()
        rows.append(
            {
                "step": int(simulation.trajectory.time[index]),
                "balance": float(f"{abs(balance - balance_0).max() / size:.3g}"),
                "sum": float(
                    f"{abs(total - sum_0).max() / neurons.norm_out(parameters.w_out).max():.3g}"
                ),
                "error": significant(abs(e).mean(), 4),
                "gates": significant((gates == gates_0)[:, large].mean(), 4),
            }
        )
    return rows


def outgoing(simulation) -> list[dict]:
    """Angle phi of w2 in degrees, one row a frame with a list over the neurons.

    It ends between -135 and 225, so that neither direction of the error is at the edge, and goes
    on past these limits rather than jump.
    """
    frames = frame_indices(simulation.trajectory.time)
    w_out = simulation.trajectory.parameters.w_out[0, frames]
    phi = np.unwrap(np.arctan2(w_out[:, 1], w_out[:, 0]), axis=0)
    end = (phi[-1] + 3 * np.pi / 4) % (2 * np.pi) - 3 * np.pi / 4
    phi = np.degrees(phi - phi[-1] + end)
    return [
        {
            "step": int(simulation.trajectory.time[index]),
            "neuron": list(range(phi.shape[1])),
            "cluster": simulation.labels[0].tolist(),
            "phi": np.rint(phi[i]).astype(int).tolist(),
        }
        for i, index in enumerate(frames)
    ]


def numbers(simulation) -> dict:
    """What the appendix's sentences say."""
    x, y = _samples(simulation)
    rows, drifts = equations(simulation), drift(simulation)
    large = simulation.labels[0] < 2

    def worst(*names):
        return max(row["residual"] for row in rows if row["equation"] in names)

    def at(step):
        return int(np.abs(simulation.trajectory.time - step).argmin())

    def median_rate(step):
        state = theory.modes(simulation.parameters(0, at(step)), x, y)
        return float(np.median(state.rate[large]))

    def median_miss(start, steps):
        index = at(start + steps)
        predicted = _predicted(simulation, start, simulation.trajectory.time[[index]])[0]
        return np.median(abs(predicted / _products(simulation)[index] - 1)[large])

    def drifted(step):
        return min(drifts, key=lambda row: abs(row["step"] - step))

    return {
        "residual_worst": _power(worst(*theory.Gradients._fields)),
        "residual_printed": f"{worst('b, as printed'):.0%}",
        "phase_step": 300,
        "rate_step": 200,
        "rate_at_start": spelled(median_rate(0), 2),
        "rate_at_200": spelled(median_rate(200), 2),
        "growth_time": round(1 / (simulation.config.lr * median_rate(200))),
        "miss_from_0": f"{median_miss(0, 100):.0%}",
        "miss_from_0_later": f"{median_miss(0, 200):.0%}",
        "miss_from_200": f"{median_miss(200, 100):.0%}",
        "miss_from_300": f"{median_miss(300, 200):.0%}",
        "balance_drift": _power(max(row["balance"] for row in drifts)),
        "sum_drift": _power(max(row["sum"] for row in drifts)),
        "error_at_300": spelled(drifted(300)["error"], 3),
        "error_at_500": spelled(drifted(500)["error"], 2),
        "gates_at_100": f"{drifted(100)['gates']:.0%}",
        "gates_at_300": f"{drifted(300)['gates']:.0%}",
    }


def _samples(simulation):
    return simulation.rotation.to_span(simulation.task.x), simulation.task.y


def _products(simulation):
    """Norm products (T, d) of all recorded times."""
    w_in, _, w_out = simulation.trajectory.parameters
    rest = (simulation.rest[0] ** 2).sum(-1)
    return neurons.norm_product(w_in[0], w_out[0], rest)


def _predicted(simulation, start, time):
    """Norm products (T, d) if errors and gates stayed as they are at the recorded time `start`."""
    x, y = _samples(simulation)
    index = int(np.abs(simulation.trajectory.time - start).argmin())
    state = theory.modes(simulation.parameters(0, index), x, y)
    later = np.maximum(time - simulation.trajectory.time[index], 0)
    p, c = theory.predicted(state, later, simulation.config.lr)
    rest = (simulation.rest[0] ** 2).sum(-1)
    norm_in = np.sqrt(p**2 + state.aside_in**2 + rest)
    return norm_in * np.sqrt(c**2 + state.aside_out**2)


def _bias_without_gate(parameters: Parameters, x, y):
    """-|w2| <|dy| cos(phi_dy - phi)>: the slide's bias equation to the letter."""
    e, _, _ = theory.errors(parameters, x, y)
    return -e.mean() * (parameters.w_out[0] - parameters.w_out[1])


def _residual(stated, measured):
    return float(f"{abs(stated - measured).max() / abs(measured).max():.3g}")


def _power(value):
    """The power of ten just above a small number, as KaTeX writes it."""
    return f"10^{{{int(np.ceil(np.log10(value)))}}}" if value > 0 else "0"
