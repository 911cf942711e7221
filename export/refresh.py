"""All that the site needs, from one command: train, export, and put it in place when complete."""

import json
import shutil
import tempfile
from pathlib import Path

from export.data import appendix, article, home, lab
from export.onnx_models import any_forward_model, forward_model, step_model
from racing_core import record
from racing_core.config import Config
from racing_core.errors import InputError
from racing_core.study import results

COMMAND = "racing refresh"


def refresh(out, data_dir, progress):
    """Write everything under `out` anew; what is there stays until the new data is complete.

    The study's results, which take half an hour and come from `racing study`, are kept.

    Args:
        out: the folder to replace (docs/data).
        data_dir: folder with CIFAR-10, or None (see `racing_core.tasks.load`).
        progress: a rich Progress that shows how far the work has come.

    Raises:
        InputError: no CIFAR-10, or a place that cannot be written to.
    """
    config = Config(data_dir=data_dir)
    out = Path(out)
    try:
        new = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}).") from error
    try:
        bar = progress.add_task("Training the default run", total=config.steps)
        simulation = record.simulate(config, lambda steps: progress.advance(bar, steps))
        data = record.dataset(simulation)
        study = {
            name: (out / name).read_bytes() for name in results.FILES if (out / name).is_file()
        }
        _write_all(new, simulation, data, study)
        _replace(out, new)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write_all(folder, simulation, data, study):
    files_of_lab = lab.files(simulation.config.data_dir)
    replay, states = lab.replay(simulation)
    drawn = article.files(simulation, data) | appendix.files(simulation)
    trained = simulation.parameters(0, -1)
    files = {
        "race.json": _json(home.race(simulation, data)),
        "numbers.json": _json(_numbers(simulation, data), indent=1),
        **{name: _json(content) for name, content in drawn.items()},
        "lab.json": _json(files_of_lab.pop("lab.json")),
        **files_of_lab,
        "replay.json": _json(replay),
        replay["file"]: states,
        "step.onnx": step_model().SerializeToString(),
        "model.onnx": forward_model(*trained).SerializeToString(),
        "forward.onnx": any_forward_model().SerializeToString(),
        **study,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = {
        "command": COMMAND,
        "configuration": json.loads(data.attrs["configuration"]) | {"data_dir": None},
        "versions": json.loads(data.attrs["versions"]),
        "data_hash": data.attrs["data_hash"],
        "files": {name: results.entry(content) for name, content in sorted(files.items())},
    }
    (folder / "manifest.json").write_bytes(_json(manifest, indent=1))


def _numbers(simulation, data):
    return home.numbers(data) | article.numbers(simulation, data) | appendix.numbers(simulation)


def _json(value, indent=None):
    separators = (",", ":") if indent is None else None
    return (json.dumps(value, indent=indent, separators=separators) + "\n").encode()


def _replace(out, new):
    """Put the folder `new` in the place of `out`."""
    new.chmod(0o755)
    old = new.with_name(f"{new.name}.old")
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)
