"""The command line's help as the reference page shows it: `python -m export.help` writes it anew.

One file for each command in docs/reference/, so that the site is built without the core. A test
compares them with what the commands say.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

from racing_core.__main__ import Command

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
TERMINAL = {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}  # for which the help is laid out


def texts() -> dict[str, str]:
    """The help of `racing` and of each of its commands, by file name."""
    names = [get_args(command)[0].__name__.lower() for command in get_args(Command)]
    return {"racing.txt": _help()} | {f"racing-{name}.txt": _help(name) for name in names}


def _help(*command: str) -> str:
    ask = [sys.executable, "-m", "racing_core", *command, "--help"]
    environment = os.environ | TERMINAL
    return subprocess.run(
        ask, cwd=ROOT, env=environment, check=True, capture_output=True, encoding="utf-8"
    ).stdout


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, "utf-8")
