"""Terminals, pipes and folders as they come: names are text, and no way out is a traceback."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from racing_core.__main__ import main
from racing_core.run_file import load

ROOT = Path(__file__).parents[2]
NAMED = "[bold]x[v2]\x1b[31m.npz"


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    """A run on a user's file, with names that a terminal could take for its own."""
    folder = tmp_path_factory.mktemp("odd")
    draw = np.random.default_rng(0)
    labels = np.where(np.arange(40) % 2, "[/pos]", "[neg]\n:smile:")
    np.savez(folder / NAMED, X=draw.normal(size=(40, 3)), y=labels)
    with contextlib.chdir(folder):
        main(["train", "--task", NAMED, "--width", "12", "--steps", "30", "--out", "[run].nc"])
    return folder / "[run].nc"


def racing(*arguments, cwd=None, shell=None, **environment):
    """Run the command in a process of its own; `shell` is what follows it in a shell's line.

    What it writes is kept back for a while, as where nobody has asked for anything else.
    """
    command = [sys.executable, "-m", "racing_core", *map(str, arguments)]
    if shell:
        command = ["bash", "-c", f'"$@" {shell}', "bash", *command]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, timeout=100, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""} | environment,
    )  # fmt: skip


def check_no_traceback(done):
    said = done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    return said


def test_names_are_text_and_no_markup(run_file):
    done = racing("show", run_file, COLUMNS="200")
    check_no_traceback(done)
    said = done.stdout.decode()
    assert "[bold]x[v2]\\x1b[31m.npz [/pos] against [neg]\\n:smile:, all samples" in said


@pytest.mark.parametrize(
    ("encoding", "arguments"), [("cp1252", ["show", "RUN"]), ("ascii", ["--help"])]
)
def test_any_encoding_can_be_written_to(encoding, arguments, run_file):
    arguments = [run_file if word == "RUN" else word for word in arguments]
    done = racing(*arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    check_no_traceback(done)
    said = done.stdout.decode(encoding)
    assert "\\u28" not in said, "a curve of escapes"


def test_a_name_that_is_no_text_is_shown(tmp_path):
    """Latin-1 bytes, as old archives have them."""
    name = os.fsdecode(b"caf\xe9.npz")
    draw = np.random.default_rng(0)
    np.savez(tmp_path / name, X=draw.normal(size=(20, 2)), y=np.arange(20) % 2)
    done = racing("train", "--task", name, "--width", "5", "--steps", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = racing("show", "run.nc", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "caf\\udce9.npz" in shown.stdout.decode()


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_has_seen_enough(more, run_file):
    done = racing("show", run_file, *more, shell="| true; exit ${PIPESTATUS[0]}")
    check_no_traceback(done)
    assert done.returncode == 141


@pytest.mark.parametrize("arguments", [["show", "RUN", "--json"], ["--help"]])
def test_output_that_cannot_be_written(arguments, run_file):
    arguments = [run_file if word == "RUN" else word for word in arguments]
    done = racing(*arguments, shell="> /dev/full")
    assert done.returncode == 2
    said = check_no_traceback(done)
    assert "racing: The output cannot be used (No space left on device)." in said


@pytest.mark.parametrize("errors", ["2> /dev/full", "2>&-"])
def test_where_nobody_can_be_told_the_exit_code_still_tells(errors, tmp_path):
    done = racing("show", "nowhere.nc", cwd=tmp_path, shell=errors)
    assert done.returncode == 2
    assert done.stdout == b""


def test_a_closed_output_does_not_end_in_the_file(tmp_path):
    """The file would become the standard output."""
    done = racing(
        "train", "--task", "playground", "--width", "5", "--steps", "5",
        cwd=tmp_path, shell="<&- >&-",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(load(tmp_path / "run.nc").loss[0]) == 6


def test_a_working_folder_that_was_deleted(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"true; cd {gone}; rmdir {gone}; {sys.executable} -m racing_core train"
    done = racing("--help", shell=f"> /dev/null; {line}")
    assert done.returncode == 2
    assert "racing: The working folder cannot be used" in check_no_traceback(done)


@pytest.mark.parametrize("columns", ["1", "100000", "0", "9" * 5000])
def test_help_and_a_run_in_a_terminal_of_any_width(columns, run_file):
    shown = racing("show", run_file, COLUMNS=columns, LINES=columns)
    assert shown.returncode == 0
    assert "Winners" in shown.stdout.decode()
    done = racing("--help", COLUMNS=columns)
    assert done.returncode == 0
    assert 30 < max(map(len, done.stdout.decode().splitlines())) <= 240


SIGNALLED = """
import os, signal, sys
from racing_core import terminal_set_up
number = signal.Signals[sys.argv[1]]
signal.signal(number, signal.Handlers[sys.argv[2]])
terminal_set_up.end_on_request()
try:
    with terminal_set_up.uninterrupted():
        os.kill(os.getpid(), number)
        print("waited")
    print("went on")
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize(
    ("name", "before", "end"),
    [
        ("SIGTERM", "SIG_DFL", "stopped"),
        ("SIGHUP", "SIG_DFL", "stopped"),
        ("SIGHUP", "SIG_IGN", "went on"),
    ],
    ids=["asked to end", "terminal closed", "nohup"],
)
def test_what_asks_a_command_to_end_is_heard_when_it_can_be(name, before, end):
    """In the middle of an import it made torch abort; a closed terminal killed the command."""
    command = [sys.executable, "-c", SIGNALLED, name, before]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split("\n") == ["waited", end, ""]


def test_words_that_cannot_be_read_are_no_markup(tmp_path):
    done = racing("train", "--init", "[bold]x[/nothing]", cwd=tmp_path)
    assert done.returncode == 2
    check_no_traceback(done)


def test_a_name_that_is_too_long(tmp_path):
    done = racing("train", "--task", "playground", "--out", "x" * 300, cwd=tmp_path)
    assert done.returncode == 2
    assert "File name too long" in check_no_traceback(done)
