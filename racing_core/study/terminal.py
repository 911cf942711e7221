"""The study's verdicts and rows, drawn in a terminal."""

from rich.console import Console
from rich.table import Table

from racing_core.study import results as tables


def verdicts(results):
    """Print every claim with its verdict, from the study's (job, result) pairs."""
    if judged := tables.judged(results):
        Console().print(_claims(judged))


def cell(results):
    """Print what one cell comes to: its claims, its row of a scan or of the phase diagram."""
    verdicts(results)
    for row in tables.scans(results) + tables.longer(results) + tables.phase(results):
        Console().print(_row(row))


def _claims(judged):
    table = Table("", "claim", "mean", "95 % interval", "verdict", title="Claims", padding=(0, 1))
    for claim in judged:
        verdict = claim["verdict"]
        if claim["of"] > 1 and verdict != "counted":
            verdict += f" ({claim['holds_in']} of {claim['of']} cells)"
        mean, low, high = claim["mean"], claim["low"], claim["high"]
        numbers = ("-", "-") if mean is None else (f"{mean:.4g}", f"{low:.4g} to {high:.4g}")
        table.add_row(str(claim["part"]), claim["text"], *numbers, verdict)
    return table


def _row(row):
    """The plain values of a row, one below the other: a name and a value."""
    table = Table("", "", show_header=False, padding=(0, 1))
    for name, value in row.items():
        if not isinstance(value, dict | list):
            table.add_row(name, "-" if value is None else f"{value}")
    return table
