"""`make lint` refuses an import that crosses the project's layers, in any file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DRAWN = [
    path.relative_to(ROOT)
    for package in ("charts", "site")
    for path in sorted((ROOT / "export" / package).glob("*.py"))
]
FORBIDDEN = (
    "racing_core", "export.data.home", "numpy", "onnx", "scipy", "torch", "xarray", "importlib",
)  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    """The packages and the rules, to be broken."""
    for package in ("racing_core", "export"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(folder):
    # -P: only the copy's packages are found, not this checkout's.
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as l; l()"]
    done = subprocess.run(
        [*command, "--no-cache"], cwd=folder, env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_rules_are_kept(copy):
    code, said = _lint(copy)
    assert code == 0, said


@pytest.mark.parametrize("module", FORBIDDEN)
def test_charts_and_site_import_neither_the_core_nor_its_libraries(module, copy):
    """Not one file of the two packages, within a function either."""
    for file in DRAWN:
        with (copy / file).open("a", encoding="utf-8") as text:
            text.write(f"\n\ndef _late():\n    import {module}\n")
    code, said = _lint(copy)
    assert code != 0
    for file in DRAWN:
        name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        assert f" {name} -> {module} (l." in said, f"{name}\n{said}"


def test_only_the_command_line_imports_export(copy):
    files = [
        file for file in sorted((copy / "racing_core").rglob("*.py")) if file.name != "__main__.py"
    ]
    for file in files:
        with file.open("a", encoding="utf-8") as text:
            text.write("\n\ndef _late():\n    import export.refresh\n")
    code, said = _lint(copy)
    assert code != 0
    for file in files:
        name = ".".join(file.relative_to(copy).with_suffix("").parts).removesuffix(".__init__")
        assert f" {name} -> export.refresh (l." in said, f"{name}\n{said}"


def test_nothing_is_imported_around_the_rules():
    """What a graph of imports cannot see."""
    for file in (ROOT / path for path in DRAWN):
        text = file.read_text("utf-8")
        assert "__import__" not in text, file
        assert "exec(" not in text, file
