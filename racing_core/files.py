"""Writing files: whole or not at all, what belongs together at once, and nothing left lying about.

Whatever is written is written to a folder `.racing-...` beside its place, and moved when all of it
is there. The folder is locked for as long as its process lives: one that a killed process left is
known by its free lock, and the next one that writes beside it removes it.
"""

import contextlib
import functools
import os
import re
import shutil
import tempfile
from pathlib import Path

from racing_core.errors import InputError

PREFIX = ".racing-"


@contextlib.contextmanager
def atomic(path):
    """A temporary path that takes the place of `path` when the block ends without an error.

    Raises InputError when the folder cannot be written to, or a device or a pipe is there.
    """
    place = _place(path, Path.is_file, "regular file")
    with _told(path), workspace(place.parent) as folder:
        new = folder / place.name
        new.touch()  # told at once, not when the work is done
        yield new
        _move(new, place)


@contextlib.contextmanager
def together(path):
    """A folder whose files take their places below `path` when the block ends without an error.

    All are written before the first is moved, so that a full disk changes none.

    Raises InputError when the folder cannot be written to.
    """
    path = Path(path)
    with _told(path), workspace(path) as folder:
        yield folder
        for new in sorted(file for file in folder.rglob("*") if file.is_file()):
            _move(new, path / new.relative_to(folder))


@contextlib.contextmanager
def replaced(path):
    """A folder that takes the place of the folder `path` when the block ends without an error.

    Raises InputError when it cannot be written, or no folder is there.
    """
    place = _place(path, Path.is_dir, "folder")
    with _told(path), workspace(place.parent) as folder:
        new, old = folder / "new", folder / "old" / place.name
        for made in (new, old.parent):
            made.mkdir()
        new.chmod(0o755)
        yield new
        there = place.exists()
        if there:
            place.rename(old)
        try:
            new.rename(place)
        except OSError:
            if there:
                old.rename(place)
            raise


@contextlib.contextmanager
def workspace(parent):
    """A folder in `parent` for what is not finished; it is gone when the block ends."""
    clean(Path(parent).absolute())
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def make_folder(path):
    """Make a folder, with those above it, where it is not there. InputError when that fails."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be made ({error.strerror}); name another.") from error


@functools.cache  # once per folder and process: a study writes a thousand files into one
def clean(parent):
    """Remove what processes that died left in a folder; put back what they had moved away."""
    for left in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = _lock(left)
            if lock is None:
                continue
            for old in left.glob("old/*"):
                if not (parent / old.name).exists():
                    old.rename(parent / old.name)
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def _lock(folder):
    """A handle that keeps a folder locked while it is open; None where there are no such locks.

    Raises BlockingIOError when a living process holds the lock.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:  # a file system without locks
        os.close(handle)
        return None
    return handle


def _place(path, fits, kind):
    """What a path leads to: a link stays. InputError if something of another kind is there."""
    place = Path(os.path.realpath(path))
    with _told(path):
        if place.exists() and not fits(place):  # root would replace even a device
            raise InputError(f"{path} is no {kind}; name another.")
    return place


def _move(new, path):
    new.chmod(0o644)
    path.parent.mkdir(exist_ok=True)
    new.replace(path)


@contextlib.contextmanager
def _told(path):
    """An OSError inside is one sentence that names `path`."""
    try:
        yield
    except OSError as error:
        # HDF5 says it in the middle of its own words, and leaves `strerror` empty.
        told = re.search(r"error message = '([^']*)'", str(error))
        reason = error.strerror or (told[1] if told else str(error))
        raise InputError(
            f"{path} cannot be written ({reason}); name a place that exists, is writable and has "
            "space left."
        ) from error
