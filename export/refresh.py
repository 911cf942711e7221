"""All that the site needs, from one command: train, export, and put it in place when complete."""

import json
import tempfile
from pathlib import Path

import vl_convert

from export.charts import home as charts
from export.charts.base import CONFIG, TEXT
from export.data import appendix, article, base, evidence, home, lab, maintainers, reference
from export.site.draw import filled_in
from racing_core import files, record
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.run import simulate

COMMAND = "racing refresh"
PICTURE = "home/race.png"
MANIFEST = "manifest.json"
# What `racing study`, `racing edge`, `racing bench` and one benchmark publish.
OTHERS = (*evidence.FILES, *reference.FILES, *maintainers.FILES)
PAGES = {"home": home, "article": article, "appendix": appendix, "lab": lab}


def refresh(out, data_dir, progress):
    """Write everything under `out` anew; what is there stays until the new data is complete.

    What other commands have published is kept: the study takes half an hour, see `OTHERS`.

    Args:
        out: the folder to replace (docs/data).
        data_dir: folder with CIFAR-10, or None (see `racing_core.tasks.load`).
        progress: a rich Progress that shows how far the work has come.

    Raises:
        InputError: no CIFAR-10, or a place that cannot be written to or holds something else.
    """
    config = Config(data_dir=data_dir)
    out = Path(out)
    _check(out)
    with files.replaced(out) as new:
        bar = progress.add_task("Training the default run", total=config.steps)
        run = simulate(config, lambda steps: progress.advance(bar, steps)).run(0)
        _write_all(new, run, _others(out))


def _check(out):
    """Raise InputError for a folder whose files no one meant to lose, a home folder, say."""
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise InputError(
            f"{out} holds other files, which would be lost; name an empty folder, or one that "
            f"`{COMMAND}` wrote."
        )


def _others(out):
    """The files of OTHERS as they are, by name."""
    return {name: (out / name).read_bytes() for name in OTHERS if (out / name).is_file()}


def _write_all(folder, run, others):
    contents = _files(run) | others
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / MANIFEST).write_bytes(base.as_json(_manifest(run, contents)))


def _files(run) -> dict[str, bytes]:
    """Everything but what other commands publish and the manifest, by name."""
    source = _source(run)
    found = {}
    for page, module in PAGES.items():
        for name, content in module.files(run).items():
            if isinstance(content, bytes):
                found[f"{page}/{name}"] = content
            else:
                signed = base.signed(content, source, f"export/data/{page}.py: {name}")
                found[f"{page}/{name}.json"] = base.as_json(signed)
    return found | {PICTURE: _picture(found["home/race.json"])}


def _picture(race) -> bytes:
    """The home page's race as it opens, for the README, from the content of its file."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "home").mkdir()
        (data / "home" / "race.json").write_bytes(race)
        config = CONFIG | {"background": "white"}
        spec = charts.race(data).to_dict() | {"config": config, "width": 688}
        filled = filled_in(spec, data)
    drawn = json.dumps(filled).replace("currentColor", TEXT["light"])
    return vl_convert.vegalite_to_png(drawn, scale=1.5)


def _source(run) -> str:
    """Where the files come from: the command, and the run."""
    config = run.config
    return (
        f"`{COMMAND}`: {config.task}, {' and '.join(config.group_a)} against "
        f"{' and '.join(config.group_b)}, {config.width} neurons, initialization {config.init} x "
        f"{config.init_scale}, learning rate {config.lr}, {config.steps:,} steps, seed {run.seed}"
    )


def _manifest(run, files) -> dict:
    return {
        "command": COMMAND,
        "configuration": run.config.plain() | {"data_dir": None},
        "versions": record.versions(),
        "data_hash": run.task.data_hash,
        "files": {name: base.entry(content) for name, content in sorted(files.items())},
    }
