"""What the reference page's Markdown can say: `bench`, the figures of speed."""

import json
from pathlib import Path

from mkdocs.exceptions import PluginError


def define_env(env) -> None:
    """Give mkdocs-macros what `racing bench` measured, in docs/data/reference."""
    file = Path(env.conf["docs_dir"]) / "data" / "reference" / "bench.json"
    if not file.is_file():
        raise PluginError("docs/data/reference/bench.json is missing: run 'racing bench'")
    env.variables["bench"] = json.loads(file.read_text("utf-8"))
