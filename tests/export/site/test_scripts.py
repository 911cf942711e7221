"""The scripts are bundled from what they are now, and a mistake in one is told with its place."""

import shutil
from pathlib import Path

import pytest

from export.site import scripts, theme_script

ROOT = Path(__file__).parents[3]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A copy of the scripts, to be edited."""
    for name in scripts.FOLDERS:
        shutil.copytree(ROOT / "docs" / name, tmp_path / "docs" / name)
    return tmp_path / "docs"


def edit(script: Path, code: str) -> None:
    script.write_text(script.read_text("utf-8") + code, "utf-8")


def test_an_edit_is_in_the_file_of_whoever_imports_it(docs: Path) -> None:
    before = scripts.bundled(docs, ROOT / "node_modules")
    assert set(before) == {*scripts.OWN, *scripts.LIBRARIES}
    edit(docs / "lab/views/loss.js", 'console.log("edited");\n')
    after = scripts.bundled(docs, ROOT / "node_modules")
    assert [name for name in before if before[name] != after[name]] == ["lab/main.js"]
    assert 'console.log("edited")' in after["lab/main.js"]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("const =", r"loss\.js:\d+:\d+: Expected identifier but found \"=\"$"),
        ('import "./nowhere.js";', r"loss\.js:\d+:\d+: Could not resolve \"\./nowhere\.js\"$"),
    ],
)
def test_a_mistake_is_told_in_one_line(docs: Path, code: str, sentence: str) -> None:
    edit(docs / "lab/views/loss.js", code)
    with pytest.raises(ValueError, match=sentence) as error:
        scripts.bundled(docs, ROOT / "node_modules")
    assert "\n" not in str(error.value)


def test_without_esbuild_it_is_said_how_to_get_it(docs: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="node_modules/esbuild is missing: run 'make serve'"):
        scripts.bundled(docs, tmp_path)


def test_another_script_of_the_theme_is_not_taken_for_the_one_that_is_known() -> None:
    with pytest.raises(ValueError, match=r"the theme's script has changed"):
        theme_script.light("let t=document.body;")
