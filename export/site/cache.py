"""What is drawn once stays on disk until what it was drawn from changes."""

import hashlib
from pathlib import Path

from joblib import Memory

ROOT = Path(__file__).parents[2]
# Other versions of the libraries draw anew.
versions = hashlib.sha256(
    (ROOT / "constraints.txt").read_bytes() + (ROOT / "package-lock.json").read_bytes()
).hexdigest()
memory = Memory(ROOT / ".cache" / "joblib" / versions[:16], verbose=0)


def fingerprint(*folders: Path) -> str:
    """A hash of every file below the folders, by name and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(folder)).encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
