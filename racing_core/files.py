"""Writing files: whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from racing_core.errors import InputError


@contextlib.contextmanager
def atomic(path, suffix=""):
    """A temporary path beside `path` that takes its place when the block ends without an error.

    Raises InputError when the folder cannot be written to.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(suffix, f".{path.name}.", path.parent)
        os.close(handle)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); choose a folder that exists and is "
            "writable."
        ) from error
    try:
        yield Path(name)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        Path(name).unlink(missing_ok=True)


def make_folder(path):
    """Make a folder, with those above it, where it is not there. InputError when that fails."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be made ({error.strerror}); name another.") from error
