"""How fast this machine trains, in figures that another machine can be held against.

Every ratio is of two things that took turns, so that a busy machine slows both. `racing bench` runs
it and prints the table.
"""

import datetime
import functools
import importlib.metadata
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import torch

from racing_core import record, tasks
from racing_core.config import Config
from racing_core.descent import _Networks
from racing_core.network import Parameters
from racing_core.run import simulate

ROUNDS = 3
TEXTBOOK_STEPS, TRAINED = 60, 10_000
STEPS, TURNS = 10, 15  # of a microbenchmark: steps per turn, and turns
LARGE = 1024  # a matrix whose product runs at the machine's rate
DTYPES = ("float64", "float32")
# What a step's cost is measured over, one at a time from the default: width d, samples N, inputs D,
# networks trained side by side S.
BASE = {"width": 300, "samples": 200, "inputs": 3072, "networks": 1}
CURVES = {
    "width": (30, 100, 300, 1000),
    "samples": (50, 100, 200, 400),
    "inputs": (64, 256, 1024, 3072),
    "networks": (1, 2, 5, 10),
}


def bench(on_done=lambda: None) -> dict:
    """Measure. `on_done` is called after each of `PARTS` parts.

    Returns:
        `machine`: processor, threads, versions, date; `rows`: one dict per figure, with `what`,
        `unit`, and the median, lowest and highest of some turns; `curves`: milliseconds per step
        over each of CURVES in float64, and `theory`, the base's time scaled by the step's products:
        as d N^2 S where the samples are fewer than twice the inputs' span, else as d r N S.
    """
    rows = []
    for part in (_training, _products, _commands):
        rows += part()
        on_done()
    curves = _curves(on_done)
    return {"machine": machine(), "rows": rows, "curves": curves}


PARTS = 3 + len(CURVES)


def machine() -> dict:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("torch", "numpy")},
        "date": datetime.date.today().isoformat(),
    }


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _row(what, unit, values):
    return {
        "what": what,
        "unit": unit,
        "median": statistics.median(values),
        "low": min(values),
        "high": max(values),
    }


class _Textbook(torch.nn.Module):
    """The same network as most people would write it."""

    def __init__(self, inputs, width, dtype):
        super().__init__()
        self.first = torch.nn.Linear(inputs, width, dtype=dtype)
        self.second = torch.nn.Linear(width, 2, bias=False, dtype=dtype)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


def _textbook_rate(task, config):
    """Steps per second of a textbook loop with autograd."""
    dtype = getattr(torch, config.dtype)
    x, y = torch.tensor(task.x, dtype=dtype), torch.tensor(task.y)
    network = _Textbook(x.shape[1], config.width, dtype)
    optimizer = torch.optim.SGD(network.parameters(), lr=config.lr)
    began = time.perf_counter()
    for _ in range(TEXTBOOK_STEPS):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(x), y).backward()
        optimizer.step()
    return TEXTBOOK_STEPS / (time.perf_counter() - began)


def _training():
    """Steps per second against a textbook loop, recording and preparation included."""
    rows = []
    for dtype in DTYPES:
        config = Config(dtype=dtype, steps=TRAINED)
        task = _samples(BASE["samples"], BASE["inputs"])
        ratios = []
        for _ in range(ROUNDS):
            slow = _textbook_rate(task, config)
            began = time.perf_counter()
            record.dataset(simulate(config, task=task))
            ratios.append(config.steps / (time.perf_counter() - began) / slow)
        rows.append(_row(f"training against a textbook loop, {dtype}", "times as fast", ratios))
    return rows


def _samples(samples, inputs):
    """A task of random samples: speed does not depend on what they show."""
    x = np.random.RandomState(0).standard_normal((samples, inputs))
    y = (np.arange(samples) >= samples // 2).astype(np.int64)
    none = x[:0], y[:0]
    return tasks.Task("random", ("a",), ("b",), x / np.sqrt(inputs), y, *none, "")


def _networks(width, samples, rank, networks, dtype):
    draw = np.random.RandomState(0)
    start = Parameters(
        1e-2 * draw.standard_normal((networks, width, rank)),
        np.zeros((networks, width)),
        1e-2 * draw.standard_normal((networks, 2, width)),
    )
    x, y = draw.standard_normal((samples, rank)), np.arange(samples) % 2
    return _Networks(start, x, y, 1e-3, torch.device("cpu"), getattr(torch, dtype), True)


def _seconds(*calls):
    """Seconds per call, a list of TURNS for each of some calls that take turns."""
    found = [[] for _ in calls]
    for _ in range(TURNS):
        for call, times in zip(calls, found, strict=True):
            began = time.perf_counter()
            for _ in range(STEPS):
                call()
            times.append((time.perf_counter() - began) / STEPS)
    return found


def _products():
    """The share of a step that is its one matrix product, and that product's share of the peak."""
    rows, size, width = [], BASE["samples"], BASE["width"]
    for dtype in DTYPES:
        networks, kind = _networks(width, size, size, 1, dtype), getattr(torch, dtype)
        push, large = torch.rand(width, size, dtype=kind), torch.rand(LARGE, LARGE, dtype=kind)
        step, product, whole = _seconds(
            networks.step,
            functools.partial(torch.mm, push, networks.gram),
            functools.partial(torch.mm, large, large),
        )
        shares = [one / all_ for one, all_ in zip(product, step, strict=True)]
        work = width * size**2 / LARGE**3
        rates = [work * all_ / one for one, all_ in zip(product, whole, strict=True)]
        rows.append(_row(f"a step, {dtype}", "ms", [1e3 * one for one in step]))
        rows.append(_row(f"its matrix product, {dtype}", "share of a step", shares))
        rows.append(_row(f"the product's rate, {dtype}", f"share of that of {LARGE} cubed", rates))
    return rows


def _commands():
    """The commands as whole processes, against the training alone, and their memory."""
    train, show, report, memory = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "run.nc"))
        for _ in range(ROUNDS):
            options = ("--task", "digits", "--out", file, "--force")
            began = time.perf_counter()
            record.run(Config(task="digits"))
            alone = time.perf_counter() - began
            seconds, peak = _command("train", *options)
            train.append(seconds / alone)
            memory.append(peak)
            show.append(_command("show", file)[0])
            page = str(Path(folder, "r.html"))
            report.append(_command("report", file, "--out", page, "--force")[0])
    return [
        _row("`racing train` on digits, against its training alone", "times as long", train),
        _row("`racing show`", "s", show),
        _row("`racing report`", "s", report),
        _row("memory of `racing train` on digits, at its peak", "MB", memory),
    ]


# A process begins with its parent's peak as its own: a small one stands between.
SMALL_PARENT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _command(*arguments):
    """Seconds that a command of `racing` takes, and its largest memory (MB)."""
    command = [sys.executable, "-m", "racing_core", *arguments]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", SMALL_PARENT, *command], check=True, capture_output=True
    )
    return time.perf_counter() - began, int(done.stdout) / 1e3


def _curves(on_done):
    rows = []
    for variable, values in CURVES.items():
        found = [_at(BASE | {variable: value}) for value in values]
        base_ms, base_cost = found[values.index(BASE[variable])]
        for value, (milliseconds, cost) in zip(values, found, strict=True):
            theory = base_ms * cost / base_cost
            rows.append(
                {"variable": variable, "value": value, "ms": milliseconds, "theory": theory}
            )
        on_done()
    return rows


def _at(sizes):
    """Milliseconds per step at some sizes, and the multiplications of its products."""
    width, samples, count = sizes["width"], sizes["samples"], sizes["networks"]
    rank = min(samples, sizes["inputs"])
    networks = _networks(width, samples, rank, count, "float64")
    milliseconds = 1e3 * statistics.median(_seconds(networks.step)[0])
    steps_weights = samples >= 2 * (rank + 1)
    return milliseconds, count * width * samples * (2 * (rank + 1) if steps_weights else samples)
