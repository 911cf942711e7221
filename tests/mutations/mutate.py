"""Break the code one line at a time and see whether the tests notice: `mutate.py --out table.md`.

A mutation changes one sign, bound, threshold or order of axes in `racing_core` or `export`. Which
ones is drawn by a seed, over lines, without looking at the tests. Each runs the whole suite on a
copy of the tracked files until a first test fails: first the published data made again, then the
tests of the changed file's folder, then the others, those in a browser last. A mutation that no
test notices has survived; one that makes a test hang counts as noticed.
"""

import argparse
import ast
import dataclasses
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.progress import track

ROOT = Path(__file__).parents[2]
PACKAGES = "racing_core", "export"
TIMEOUT = 900  # seconds for one part of the suite

COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
OPERATORS = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.BitAnd: "|", ast.BitOr: "&",
    ast.MatMult: "*", ast.Pow: "*", ast.FloorDiv: "%", ast.Mod: "//",
}  # fmt: skip
AXIS_CALLS = {"sum", "mean", "max", "min", "argmax", "any", "all", "cumsum", "median", "norm",
              "concatenate", "stack", "swapaxes", "expand_dims", "percentile"}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One change: `old`, at an offset of a file's text, becomes `new`."""

    file: str
    line: int
    offset: int
    old: str
    new: str
    kind: str


def mutations(file: Path) -> list[Mutation]:
    """Every mutation of a file, in the order of its text."""
    text = file.read_text("utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    code = text.encode()

    def position(node, end=False):
        line, column = (
            (node.end_lineno, node.end_col_offset) if end else (node.lineno, node.col_offset)
        )
        return starts[line - 1] + column

    def between(left, right, pattern, new, kind):
        """A mutation of the operator that stands between two nodes."""
        begin, end = position(left, end=True), position(right)
        found = re.search(pattern, code[begin:end].decode())
        if not found:
            return None
        at = begin + len(code[begin:end].decode()[: found.start()].encode())
        return Mutation(str(file.relative_to(ROOT)), left.end_lineno, at, found[0], new, kind)

    def number(node, kind):
        old = code[position(node) : position(node, end=True)].decode()
        value = node.value
        new = repr(value + 1) if isinstance(value, int) else repr(value * 2 if value else 1.0)
        return Mutation(str(file.relative_to(ROOT)), node.lineno, position(node), old, new, kind)

    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            new = COMPARISONS[type(node.ops[0])]
            operator = r"not in|is not|[<>=!]=?|in|is"
            found.append(between(node.left, node.comparators[0], operator, new, "bound"))
            found += [
                number(side, "threshold")
                for side in (node.left, node.comparators[0])
                if _is_number(side)
            ]
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS and _is_sum(node):
            new = OPERATORS[type(node.op)]
            found.append(between(node.left, node.right, r"\*\*|//|[-+*/&|@%]", new, "sign"))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            kind = "axis" if _is_number(node.operand) else "sign"
            at = position(node)
            found.append(Mutation(str(file.relative_to(ROOT)), node.lineno, at, "-", "", kind))
        elif isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            found.append(between(node.values[0], node.values[1], rf"\b{old}\b", new, "bound"))
        elif isinstance(node, ast.Assign) and _is_number(node.value) and _is_constant(node):
            found.append(number(node.value, "threshold"))
        elif isinstance(node, ast.Call) and _called(node) in AXIS_CALLS:
            axes = [k.value for k in node.keywords if k.arg == "axis"] or node.args[-1:]
            found += [number(axis, "axis") for axis in axes if _is_number(axis)]
    return sorted({m for m in found if m}, key=lambda m: (m.offset, m.new))


def _is_number(node):
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    )


def _is_constant(node):
    """A named number of a module, such as CLUSTER_COSINE."""
    return isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()


def _is_sum(node):
    """Arithmetic, not the joining of texts or the union of types."""
    sides = ast.walk(node)
    return not any(
        isinstance(side, ast.JoinedStr | ast.List | ast.Dict)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str | type(None)))
        for side in sides
    )


def _called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def drawn(count: int, seed: int) -> list[Mutation]:
    """Mutations of `count` different lines, drawn blindly."""
    by_line: dict[tuple, list[Mutation]] = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for mutation in mutations(file):
                by_line.setdefault((mutation.file, mutation.line), []).append(mutation)
    draw = random.Random(seed)
    lines = draw.sample(sorted(by_line), count)
    return [draw.choice(by_line[line]) for line in lines]


def copy(folder: Path) -> None:
    """The tracked files, and links to what is installed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(ROOT / name)


def parts(file: str) -> list[list[str]]:
    """The suite in the order in which it is run for a change of `file`."""
    near = f"tests/{Path(file).parent}"
    beside = [[near]] if (ROOT / near).is_dir() else []
    return [
        ["tests/export/test_published.py", "-n", "0"],
        *beside,
        ["tests", "--ignore=tests/browser"],
        ["tests/browser"],
    ]


def noticed(mutation: Mutation, folder: Path) -> str | None:
    """The first test that fails with the mutation in place; None if all pass."""
    file = folder / mutation.file
    whole = file.read_bytes()
    begin, end = mutation.offset, mutation.offset + len(mutation.old.encode())
    assert whole[begin:end].decode() == mutation.old, mutation
    file.write_bytes(whole[:begin] + mutation.new.encode() + whole[end:])
    images = {
        "RACING_DATA_DIR": str(ROOT.parent / "shared" / "data")
    }  # as tests/conftest.py has it
    own = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = images | os.environ | own
    command = [sys.executable, "-m", "pytest", "-x", "-rfE", "-p", "no:cacheprovider"]
    try:
        for part in parts(mutation.file):
            try:
                done = subprocess.run(
                    [*command, *part], cwd=folder, env=environment, capture_output=True,
                    text=True, timeout=TIMEOUT,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return "no end within the time limit"
            if done.returncode:
                failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
                return failed[1] if failed else done.stdout.strip().splitlines()[-1]
        return None
    finally:
        file.write_bytes(whole)


def table(results: list[tuple[Mutation, str | None]], seed: int) -> str:
    """The results as Markdown."""
    survived = sum(test is None for _, test in results)
    lines = [
        "# Mutations",
        "",
        f"Made by `python tests/mutations/mutate.py --count {len(results)} --seed {seed}`, "
        f"{time.strftime('%Y-%m-%d')}: {len(results) - survived} of {len(results)} noticed.",
        "",
        "| line | kind | change | noticed by |",
        "|---|---|---|---|",
    ]
    for mutation, test in results:
        change = f"`{mutation.old}` to `{mutation.new or 'nothing'}`".replace("|", "\\|")
        place = f"{mutation.file}:{mutation.line}"
        lines.append(f"| {place} | {mutation.kind} | {change} | {test or '**survived**'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Draw, run, and write the table after every mutation."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=40, help="how many lines to break")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("table.md"))
    parser.add_argument("--work", type=Path, default=Path("/tmp/racing-mutations"))
    parser.add_argument("--list", action="store_true", help="only list what would be broken")
    chosen = parser.parse_args()
    found = drawn(chosen.count, chosen.seed)
    if chosen.list:
        for mutation in found:
            print(f"{mutation.file}:{mutation.line} {mutation.old!r} -> {mutation.new!r}")
        return
    shutil.rmtree(chosen.work, ignore_errors=True)
    copy(chosen.work)
    results = []
    for mutation in track(found, "Breaking lines"):
        results.append((mutation, noticed(mutation, chosen.work)))
        chosen.out.write_text(table(results, chosen.seed), "utf-8")
    print(chosen.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
