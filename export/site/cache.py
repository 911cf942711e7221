"""What is made once stays in .cache until what it was made from changes."""

import atexit
import contextlib
import functools
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import platformdirs
from joblib import Memory

ROOT = Path(__file__).parents[2]


def folder(root: Path) -> Path:
    """Where to keep what is made: `.cache` in the checkout, or the user's if that is read-only.

    Where neither can be written to, in a folder that goes when the process ends.
    """
    for place in (root / ".cache", platformdirs.user_cache_path("racing-site")):
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            if os.access(place, os.W_OK):
                return place
    passing = tempfile.TemporaryDirectory()
    atexit.register(passing.cleanup)
    return Path(passing.name)


CACHE = folder(ROOT)


def fingerprint(*folders: Path, names: str = "*") -> str:
    """A hash of the files below the folders that are called so, by name and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob(names)):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(folder)).encode() + b"\0")
                found = file.stat()
                digest.update(_content(file, found.st_mtime_ns, found.st_size))
    return digest.hexdigest()


@functools.lru_cache(maxsize=4096)  # at each edit most files are as they were
def _content(file: Path, modified: int, size: int) -> bytes:
    """The hash of a file that was last modified at that time."""
    return hashlib.sha256(file.read_bytes()).digest()


def keep_newest(folder: Path, count: int) -> None:
    """Remove all but the `count` newest entries of a folder of the cache."""
    entries = sorted(folder.glob("*"), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries[count:]:
        shutil.rmtree(entry, ignore_errors=True)


# Other versions of the libraries make everything anew.
VERSIONS = hashlib.sha256(
    (ROOT / "constraints.txt").read_bytes() + (ROOT / "package-lock.json").read_bytes()
).hexdigest()
# What this process makes, it makes with its code as it was loaded: an edit that comes later, while
# the site is served, must not be taken for the maker.
_LOADED_CODE = fingerprint(Path(__file__).parent)
memory = Memory(CACHE / "joblib" / f"{VERSIONS[:16]}-{_LOADED_CODE[:16]}", verbose=0)
