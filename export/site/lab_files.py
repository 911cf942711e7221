"""What the lab asks for: its files, with lengths and hashes."""

import gzip
import hashlib
import json
from pathlib import Path

from export.site.cache import memory

NAME = "assets/lab/files.json"
# All that the lab needs, from the root of the site, but for what lab.json lists itself.
PATTERNS = (
    "lab/index.html",
    "lab/*.js",
    "javascripts/main.js",
    "assets/style.css",
    "assets/lab/*.json",
    "data/lab/lab.json",
    "assets/javascripts/*.js",
    "assets/javascripts/inline/*.js",
    "assets/javascripts/workers/*.js",
    "assets/*.svg",
    "search/search_index.json",
    "sitemap.xml",
    "assets/vendor/fonts/*",
    "assets/vendor/ort/*",
)


def write(site: Path) -> None:
    """Write the list into the folder of the built site."""
    files = sorted({path for pattern in PATTERNS for path in site.glob(pattern)} - {site / NAME})
    listed = {path.relative_to(site).as_posix(): _entry(path.read_bytes()) for path in files}
    (site / NAME).write_text(json.dumps(listed, indent=0), "utf-8")


def _entry(content: bytes) -> dict:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def compressed(path: Path) -> bytes:
    """A file for hosts that do not compress it."""
    return _compressed(path, _entry(path.read_bytes())["sha256"])


@memory.cache
def _compressed(path: Path, digest: str) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
