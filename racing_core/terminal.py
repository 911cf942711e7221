"""A run's summary, drawn in a terminal."""

import plotext
from rich.table import Table
from rich.text import Text

from racing_core import own_samples
from racing_core.errors import printable

CLUSTERS_SHOWN = 5
PLAIN = str.maketrans("┌┐└┘┤├┬┴┼─│", "+++++++++-|")  # where there are no other signs
KEPT_SHOWN = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def show(summary, console):
    """Print `summary.summarise`'s dict to a rich console; names in it are text, not markup."""
    config = summary["configuration"]
    own = own_samples.is_file(config["task"])
    samples = "all samples" if own else f"{config['per_class']} per class"
    if config["sample_seed"] is not None:
        samples += f" drawn by seed {config['sample_seed']}"
    groups = " against ".join(",".join(config[group]) for group in ("group_a", "group_b"))
    console.print(
        Text(printable(config["task"]), "bold"),
        Text(
            f"{printable(groups)}, {samples}; {config['width']} neurons, "
            f"{config['init']} x {config['init_scale']:g}, lr {config['lr']:g}, "
            f"{config['steps']} steps, {config['dtype']}"
        ),
    )
    for seed in summary["seeds"]:
        console.rule(f"seed {seed['seed']}")
        console.print(f"loss {seed['loss']:.4g}, accuracy {seed['accuracy']:.4g}")
        if not seed["learned"]:
            console.print("This network has not learned: its loss has stayed where it started.")
        _loss_curve(seed["loss_curve"], console)
        console.print(_clusters(seed["clusters"]))
        console.print(_capacity(seed["capacity"]))
        console.print(_winners(seed["winners"]))


def _loss_curve(curve, console):
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(min(console.width, 78), 14)
    plotext.xscale("log")
    plain = not console.encoding.startswith("utf")
    marker = "*" if plain else "braille"
    plotext.plot([time + 1 for time in curve["time"]], curve["loss"], marker=marker)
    ticks = [0] + [10**power for power in range(1, 7) if 10**power <= curve["time"][-1]]
    plotext.xticks([tick + 1 for tick in ticks], [f"{tick:,}" for tick in ticks])
    plotext.title("training loss, step on a logarithmic axis")
    drawn = plotext.build()
    console.print(Text.from_ansi(drawn.translate(PLAIN) if plain else drawn))


def _clusters(clusters):
    table = Table(
        "cluster", "neurons", "sum of |w1||w2|", "share", title="Clusters, strongest first"
    )
    for cluster in clusters[:CLUSTERS_SHOWN]:
        table.add_row(
            str(cluster["cluster"] + 1),  # from 1, as in the figures
            str(cluster["neurons"]),
            f"{cluster['norm_product']:.4g}",
            f"{cluster['share']:.2%}",
        )
    if others := clusters[CLUSTERS_SHOWN:]:
        table.add_row(
            f"{len(others)} more",
            str(sum(cluster["neurons"] for cluster in others)),
            f"{sum(cluster['norm_product'] for cluster in others):.4g}",
            f"{sum(cluster['share'] for cluster in others):.2%}",
        )
    return table


def _capacity(capacity):
    table = Table(
        "neurons kept", "loss", "accuracy", title="Capacity: weakest neurons pruned first"
    )
    for row in capacity["pruned"]:
        if row["kept"] in KEPT_SHOWN or row["kept"] == capacity["neurons"]:
            table.add_row(str(row["kept"]), f"{row['loss']:.4g}", f"{row['accuracy']:.4g}")
    table.add_section()
    table.add_row(
        f"merged to {capacity['merged_neurons']}",
        f"{capacity['merged_loss']:.4g}",
        f"{capacity['merged_accuracy']:.4g}",
    )
    return table


def _winners(winners):
    table = Table("neuron", "cluster", "|w1||w2|", "at the start", "arrived", title="Winners")
    for winner in winners:
        arrival = winner["arrival_time"]
        table.add_row(
            str(winner["neuron"]),
            str(winner["cluster"] + 1),
            f"{winner['norm_product']:.4g}",
            f"{winner['norm_product_at_start']:.2g}",
            "never" if arrival is None else f"step {arrival:.0f}",
        )
    return table


def bench(measured, console):
    """Print `bench.bench`'s dict to a rich console."""
    machine = measured["machine"]
    console.print(
        f"{machine['processor']}, {machine['threads']} threads; torch {machine['torch']}, "
        f"numpy {machine['numpy']}, Python {machine['python']}; {machine['date']}",
        markup=False,
        highlight=False,
    )
    table = Table("", "median", "lowest to highest", "", padding=(0, 1))
    for row in measured["rows"]:
        ends = f"{row['low']:.3g} to {row['high']:.3g}"
        table.add_row(row["what"].replace("`", ""), f"{row['median']:.3g}", ends, row["unit"])
    console.print(table)
    table = Table("a step's cost over", "", "ms", "theory", padding=(0, 1))
    for row in measured["curves"]:
        table.add_row(
            row["variable"], str(row["value"]), f"{row['ms']:.3g}", f"{row['theory']:.3g}"
        )
    console.print(table)
