"""The figures, the lab's charts and the picture for links, from the newest data and code.

They are drawn in a fresh process, by `export.site.draw`. The process that serves the site
holds the code as it was when it started; the key of a drawing follows the files as they are now.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from export.site.cache import CACHE, ROOT, VERSIONS, fingerprint, keep_newest

FOLDER = CACHE / "drawings"
KEPT = 8  # drawings of earlier data or code, for whoever goes back and forth between two versions


def drawn(data: Path) -> Path:
    """The folder with all that is drawn from the folder `data`, as `export.site.draw` lays it out.

    Raises:
        ValueError: a file of data is missing, or the code of a chart fails; the message says which.
    """
    while True:
        key = _key(data)
        folder = FOLDER / key
        if folder.is_dir():
            folder.touch()
            return folder
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as new:
            _draw(data, Path(new, key))
            # Whoever saves a file while it is drawn gets a drawing of what is there now.
            if _key(data) == key and not folder.exists():
                Path(new, key).rename(folder)
        keep_newest(FOLDER, KEPT)


def figures(data: Path) -> dict[str, dict]:
    """What the pages say about each figure, by its name: see `export.site.draw.figure`."""
    return json.loads((drawn(data) / "figures.json").read_text("utf-8"))


def _key(data: Path) -> str:
    """A name for all that a drawing depends on."""
    return f"{VERSIONS[:16]}-{fingerprint(data, ROOT / 'export')[:32]}"


def _draw(data: Path, out: Path) -> None:
    program = "from export.site.draw import main; main()"
    command = [sys.executable, "-c", program, str(data.resolve()), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())
