"""What is drawn follows the data and the code of the charts, also while the site is served."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# Asks for the drawings as `mkdocs serve` does: again, in the same process, after an edit.
SERVE = """
import shutil
from pathlib import Path
from export.site.drawings import drawn

def edit(name, old, new):
    text = Path(name).read_text("utf-8")
    assert old in text, f"{name} has no {old} any more: edit something else"
    Path(name).write_text(text.replace(old, new), "utf-8")

shutil.copytree(drawn(Path("docs/data")), "before")
edit("export/charts/palette.py", "#3f74e0", "#123456")
edit("export/charts/palette.py", "#3079cf", "#654321")
edit("export/charts/card.py", "#171c30", "#171c3f")
shutil.copytree(drawn(Path("docs/data")), "served")
"""
AFTERWARDS = """
import shutil
from pathlib import Path
from export.site.drawings import drawn
shutil.copytree(drawn(Path("docs/data")), "afterwards")
"""


def copy_of_the_site(folder: Path) -> Path:
    """What is drawn, but of all figures only one."""
    for name in ("docs", "export"):
        shutil.copytree(ROOT / name, folder / name)
    with (folder / "export/charts/__init__.py").open("a") as charts:  # one figure is enough
        charts.write('\nFIGURES = {"residuals": FIGURES["residuals"]}\n')
    for name in ("constraints.txt", "package-lock.json"):  # the versions of what draws
        shutil.copy(ROOT / name, folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def run(folder: Path, *arguments: str) -> None:
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(folder)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_edited_chart_is_drawn_anew_while_serving_and_afterwards(tmp_path: Path) -> None:
    copy = copy_of_the_site(tmp_path)
    run(copy, "-c", SERVE)
    run(copy, "-c", AFTERWARDS)

    def read(build: str, name: str) -> bytes:
        return (copy / build / "assets" / name).read_bytes()

    for build in ("served", "afterwards"):
        assert b"#123456" in read(build, "lab/gates.json"), build
        assert b"#654321" in read(build, "figures/residuals-wide.json"), build
        assert read(build, "card.png") != read("before", "card.png"), build


def test_a_file_saved_while_drawing_is_drawn_as_well(tmp_path, monkeypatch) -> None:
    from export.site import drawings

    data = tmp_path / "data"
    data.mkdir()
    (data / "value").write_text("old")
    times = []

    def draw(data: Path, out: Path) -> None:
        seen = (data / "value").read_text()
        times.append(seen)
        (data / "value").write_text("new")  # as if saved meanwhile
        out.mkdir()
        (out / "drawn").write_text(seen)

    monkeypatch.setattr(drawings, "FOLDER", tmp_path / "drawings")
    monkeypatch.setattr(drawings, "_draw", draw)
    assert (drawings.drawn(data) / "drawn").read_text() == "new"
    assert (drawings.drawn(data) / "drawn").read_text() == "new"
    assert times == ["old", "new"]


def test_missing_data_is_told_in_one_sentence(tmp_path: Path) -> None:
    from export.site import drawings

    data = shutil.copytree(ROOT / "docs" / "data", tmp_path / "data")
    (data / "evidence" / "phase.json").unlink()
    with pytest.raises(ValueError, match=r"^docs/data/.*phase\.json is missing[^\n]*$"):
        drawings.drawn(data)
