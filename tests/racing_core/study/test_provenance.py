"""A job's key covers all that its result depends on: its fields, the code, the libraries."""

import ast
import shutil

import pytest

from racing_core.study import plan, provenance


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A folder with a copy of the package that a test may edit."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(provenance.ROOT / "racing_core", root / "racing_core")
    return root


def modules():
    """Syntax trees, by module, of the code that computes results."""
    found = {}
    provenance._collect(provenance.START, provenance.ROOT, found)
    return found


def assigned(tree):
    """(names, values) for every top-level assignment to names in capitals."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = [part.id for part in ast.walk(node.targets[0]) if isinstance(part, ast.Name)]
            if all(name.isupper() for name in names):
                parts = ast.walk(node.value)
                yield names, [part for part in parts if isinstance(part, ast.Constant)]


def constants():
    """(module, name, position) of every value in the constants of those modules."""
    return [
        (module, "+".join(names), position)
        for module, tree in modules().items()
        for names, values in assigned(tree)
        for position in range(len(values))
    ]


def changed(source, name, position):
    """The source with one value of a constant changed."""
    tree = ast.parse(source)
    value = {"+".join(names): values for names, values in assigned(tree)}[name][position]
    value.value = 2 * value.value if isinstance(value.value, str) else 2 * value.value + 1
    return ast.unparse(tree)


def recomputed(copy):
    return provenance.code.__wrapped__(copy)  # not what it remembers


@pytest.mark.parametrize(("module", "name", "position"), constants())
def test_a_changed_constant_changes_every_key(module, name, position, copy):
    file = copy.joinpath(*module.split(".")).with_suffix(".py")
    kept = file.read_text("utf-8")
    file.write_text(changed(kept, name, position), "utf-8")
    try:
        assert recomputed(copy) != provenance.code()
    finally:
        file.write_text(kept, "utf-8")


def test_the_constants_are_those_of_every_kind():
    """What the test above changes includes what is known to matter."""
    names = {name for _, names, _ in constants() for name in names.split("+")}
    assert names >= {
        "FIRST_ROUND", "SHARES", "LEARNT", "HELD", "REDRAWN", "GROUP", "CARRIED",
        "STIR", "DROP", "FEWEST_ARRIVALS", "FORESIGHT", "KEPT_SHARE", "RANDOM_DRAWS",
        "LEFT", "LIVE_SHARE",
        "CLUSTER_COSINE", "ARRIVAL_COSINE", "RECORDED_TIMES", "SHOWN_NEURONS", "TIMES",
        "DEFAULT_GROUPS", "PLAYGROUND_SPREAD",
    }  # fmt: skip


def test_words_change_no_key(copy):
    file = copy / "racing_core" / "study" / "measures.py"
    kept = file.read_text("utf-8")
    file.write_text('"""Other words."""\n# And a comment.\n' + kept.split('"""', 2)[2], "utf-8")
    assert recomputed(copy) == provenance.code()
    file.write_text(kept, "utf-8")


def test_claims_and_tables_change_no_key():
    """What is made from results is made anew anyway."""
    assert not {"claims", "verdicts", "results", "plan"} & {
        module.rsplit(".", 1)[1] for module in modules()
    }


def test_checks_of_input_change_no_key():
    """They let the samples through as they are, or nothing."""
    used = {module.removeprefix("racing_core.") for module in modules()}
    assert not set(provenance.CHECKS) & used
    assert {"tasks", "cifar10", "descent", "study.measures"} <= used


@pytest.mark.parametrize("part", ["code", "versions"])
def test_the_key_is_made_of_code_and_versions(part, monkeypatch):
    job = plan.jobs(quick=True)[0]
    before = job.key
    monkeypatch.setattr(provenance, part, lambda: "other")
    assert job.key != before
    monkeypatch.undo()
    assert job.key == before
    assert set(provenance.versions()) == {"torch", "numpy", "scipy"}
