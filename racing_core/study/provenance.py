"""What a result depends on beside a job's fields: the code that computes it, and the libraries.

The code is all of `racing_core` that `study.jobs` imports (or another module, which has results of
its own), directly or not, without comments, docstrings and layout. A changed threshold, formula or
order of summation there changes every job's key, and no old result is taken for a new one; a
changed comment costs nothing. Nor does a changed check of a user's input: what the checks let
through is the samples as the file has them.
"""

import ast
import functools
import hashlib
import importlib.metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = "racing_core.study.jobs"
CHECKS = ("memory", "own_samples", "cifar10_batch", "errors")  # modules that only let through
LIBRARIES = ("torch", "numpy", "scipy")  # what the numbers are computed with


@functools.cache
def versions() -> dict[str, str]:
    """Versions of the libraries that the numbers are computed with."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


@functools.cache
def code(root=ROOT, start=START) -> str:
    """Hash of `start` and all that it imports, in the package that lies below `root`."""
    trees = {}
    _collect(start, root, trees)
    content = "\n".join(f"# {name}\n{_unparsed(trees[name])}" for name in sorted(trees))
    return hashlib.sha256(content.encode()).hexdigest()


def _collect(module, root, trees):
    """Put the syntax tree of a module, and of those that it imports, into `trees` by name."""
    file = root.joinpath(*module.split(".")).with_suffix(".py")
    if module in trees or not file.is_file():  # a package, or a name inside a module
        return
    if module.removeprefix("racing_core.") in CHECKS:
        return
    trees[module] = tree = _parsed(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                if name.split(".")[0] == "racing_core":
                    _collect(name, root, trees)


_unparsed = functools.cache(ast.unparse)


@functools.cache
def _parsed(source):
    """The tree of a module without what stands in it as a bare string: docstrings, nothing else."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [
                one
                for one in node.body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ] or [ast.Pass()]
    return tree
