"""What Markdown can say of speed: `bench`, of one machine, and `scale`, of many."""

import json
from pathlib import Path

from mkdocs.exceptions import PluginError

MEASURED = {
    "bench": ("reference/bench.json", "racing bench --out docs/data"),
    "scale": ("maintainers/scale.json", "python tests/benchmarks/study_cluster.py"),
}


def define_env(env) -> None:
    """Give mkdocs-macros what was measured, from docs/data."""
    for name, (file, command) in MEASURED.items():
        path = Path(env.conf["docs_dir"]) / "data" / file
        if not path.is_file():
            raise PluginError(f"docs/data/{file} is missing: run '{command}'")
        env.variables[name] = json.loads(path.read_text("utf-8"))
