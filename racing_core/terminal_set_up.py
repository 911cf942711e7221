"""Terminals, pipes and folders as they come: made fit to write to before a command starts."""

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

from racing_core.errors import InputError

NARROWEST, WIDEST = 40, 240  # columns; in fewer the help never ends


def set_up():
    """Open what is closed, show what cannot be encoded as an escape, and bound the width.

    A process that is asked to end does so by an exception, so that it cleans up.
    """
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    columns, lines = shutil.get_terminal_size()
    bounded = min(max(columns, NARROWEST), WIDEST)
    if "COLUMNS" in os.environ or bounded != columns:  # 0, or no number, would show nothing
        os.environ["COLUMNS"] = str(bounded)
    if "LINES" in os.environ:
        os.environ["LINES"] = str(lines)


def end_on_request():
    """Let SIGTERM, and a terminal that is closed, end the process as Ctrl-C does.

    What is ignored stays so, as by `nohup`. For a process of its own, not in tests.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def uninterrupted():
    """Let signals wait until the block ends: torch aborts where one comes while it is imported."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    waiting = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waiting)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def check_folder():
    """Raise InputError in a working folder that was deleted: torch would abort the process."""
    try:
        Path.cwd()
    except OSError as error:
        raise InputError(
            f"The working folder cannot be used ({error.strerror}); change to one that exists."
        ) from error


def discard(handle):
    """Send what is left of standard output (1) or error (2) nowhere: the way out must not fail."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, handle)
    os.close(null)


def _open_what_is_closed():
    """Put the null device where a standard stream is closed: a file would take its place."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115
