"""The study's verdicts and rows, and the edge's, drawn in a terminal."""

import itertools

from rich.table import Table

from racing_core.console import Console
from racing_core.study import plan
from racing_core.study import results as tables

EDGE_COLUMNS = (
    "change", "start", "order_kept", "top_tenth", "forecast_full_batch", "forecast_extended",
    "growth", "accuracy", "merged", "pruned", "verdict",
)  # fmt: skip


def verdicts(results):
    """Print every claim with its verdict for a new grouping, from (job, result) pairs."""
    if not (judged := tables.judged(results)):
        return
    table = Table("", "claim", *plan.INITS, title="Claims, for a new grouping", padding=(0, 1))
    for claim in judged:
        told = {group["init"]: _over_groupings(group) for group in claim["groupings"]}
        table.add_row(
            str(claim["part"]), claim["label"], *(told.get(init, "-") for init in plan.INITS)
        )
    Console().print(table)


def cell(results):
    """Print what one cell comes to: its claims, its row of a scan or of the phase diagram."""
    table = Table("", "claim", "mean", "95% interval", "verdict", padding=(0, 1))
    for claim in tables.judged(results):
        for found in claim["cells"] + claim["groupings"] + claim["images"]:
            table.add_row(
                str(claim["part"]), claim["label"], *_numbers(found), found.get("verdict", "")
            )
    if table.row_count:
        Console().print(table)
    for row in tables.scans(results) + tables.longer(results) + tables.phase(results):
        Console().print(_row(row))


def grouping(rows, name):
    """Print how one grouping did against the page, see `results.against_the_page`."""
    table = Table("", "claim", *plan.INITS, title=name, padding=(0, 1))
    for (part, text), claim in itertools.groupby(rows, lambda row: (row["part"], row["text"])):
        told = {row["init"]: _against_the_page(row) for row in claim}
        table.add_row(str(part), text, *(told.get(init, "-") for init in plan.INITS))
    Console().print(table)
    predicted = [row["came_out"] for row in rows if row["came_out"] is not None]
    print(f"Of {len(predicted)} predictions for a new grouping, {sum(predicted)} came out.")


def _against_the_page(row):
    if row["mean"] is None:
        return "-"
    place = {True: ", in range", False: ", not in range", None: ""}[row["in_range"]]
    came_out = {True: "as expected", False: "NOT as expected", None: "it depends"}[row["came_out"]]
    return f"{row['mean']:.3g}{place}: {came_out}"


def _over_groupings(group):
    if group["mean"] is None:
        return "-"
    counted = "" if group["in_range"] is None else f", {group['in_range']} of {group['of']}"
    return f"{group['mean']:.3g}{counted}: {group['verdict']}"


def _numbers(found):
    if found["mean"] is None:
        return "-", "-"
    return f"{found['mean']:.4g}", f"{found['low']:.4g} to {found['high']:.4g}"


def edge(tables):
    """Print the edge's tables, of `study.edge.results.tables`."""
    for name, table in tables.items():
        shown = Table(*EDGE_COLUMNS, title=name, padding=(0, 1))
        for row in table["rows"]:
            head = [row.get("name") or f"{row['start']} x {row['relative']:g}", row.get("init", "")]
            numbers = [row.get(column) for column in EDGE_COLUMNS[2:-1]]
            shown.add_row(
                *head, *("-" if one is None else f"{one:.3g}" for one in numbers), row["verdict"]
            )
        Console().print(shown)


def _row(row):
    """The plain values of a row, one below the other: a name and a value."""
    table = Table("", "", show_header=False, padding=(0, 1))
    for name, value in row.items():
        if not isinstance(value, dict | list):
            table.add_row(name, "-" if value is None else f"{value}")
    return table
