"""What it costs to know the order in advance: how well it is known after a share of the plateau."""

import numpy as np

from racing_core import theory
from racing_core.study.measures import DROP, spearman

SHARES = tuple(n / 8 for n in range(9))  # of the steps until the loss has fallen by 10 %


def foresight(run) -> dict | None:
    """How well the growing mode orders the final norms, after each share of the plateau.

    Both ways read the same number, the growing mode (see `theory.Modes`) after so many steps: of
    neurons that are followed alone, and of the real network, whose neurons feel one another. At a
    share of 0 they are the same, the linear theory of t = 0.

    Args:
        run: a `racing_core.run.Run`.

    Returns:
        `alone`, `real`: {share: Spearman with the final norm products}, among all neurons;
        `two_foldings`: the share of the plateau that `theory.predict` follows neurons for. None
        where the loss never fell by 10 %.
    """
    drop = run.fallen(DROP)
    if drop is None:
        return None
    plateau = int(run.time[drop])
    places = [int(abs(run.time - share * plateau).argmin()) for share in SHARES]
    x, y, lr, start = run.x, run.y, run.config.lr, run.at(0)
    network, done, alone = start, 0, []
    for place in places:
        network = theory.lone_neurons(network, x, y, lr, int(run.time[place]) - done)
        done = int(run.time[place])
        alone.append(network)

    def known(networks):
        orders = [abs(theory.modes(network, x, y).growing) for network in networks]
        found = [spearman(order, run.norm_product[-1]) for order in orders]
        return {f"{share:g}": float(value) for share, value in zip(SHARES, found, strict=True)
                if np.isfinite(value)}  # fmt: skip

    return {
        "alone": known(alone),
        "real": known([run.at(place) for place in places]),
        "two_foldings": theory.foresight_steps(start, x, y, lr) / plateau,
    }
