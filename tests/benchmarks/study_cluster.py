"""What a study costs on a cluster: python tests/benchmarks/study_cluster.py [--out docs/data]

Gives the same jobs to a scheduler with one worker and to one with two, in turn, through the address
that `racing study --scheduler` takes; then jobs that do nothing, for what dask itself costs. Prints
networks per second, the efficiency of two workers, and what a million networks would cost; with
--out it writes them for the page on many machines. Takes five minutes; nothing else should run.
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from distributed import Client, LocalCluster
from rich.progress import track

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from export.data import maintainers  # noqa: E402
from racing_core import bench  # noqa: E402
from racing_core.study import plan, runner  # noqa: E402

WANTED = 1_000_000  # networks
TURNS = (1, 2, 2, 1, 1, 2)  # workers
PER_START = 2  # jobs per initialization and turn
EMPTY = 5_000  # jobs that do nothing


def some_jobs() -> list[plan.Job]:
    """Races of the default task, as the study trains them."""
    wanted = [plan.Cell(plan.DEFAULT, init) for init in plan.INITS]
    races = [job for job in plan.jobs() if job.kind == "race" and job.cell in wanted]
    return [job for cell in wanted for job in [j for j in races if j.cell == cell][:PER_START]]


def cluster(workers: int) -> LocalCluster:
    """Processes of one thread each, as on machines of their own."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )


def turn(workers: int, jobs: list[plan.Job], data_dir: str | None) -> dict:
    """The jobs from nothing, on workers that have imported everything."""
    with cluster(workers) as ours, tempfile.TemporaryDirectory() as folder:
        address = ours.scheduler_address
        with Client(address) as client:
            client.run(_ready)
        began = time.perf_counter()
        runner.run(jobs, folder, data_dir, scheduler=address)
        seconds = time.perf_counter() - began
        sizes = [file.stat().st_size for file in Path(folder).iterdir()]
        with Client(address) as client:
            memory = max(client.run(_memory_mb).values())
    return {"workers": workers, "seconds": seconds, "bytes": statistics.mean(sizes), "mb": memory}


def _ready():
    import racing_core.study.jobs  # noqa: F401


def _memory_mb():
    return psutil.Process().memory_info().rss / 1e6


def empty() -> dict:
    """What dask needs for a job: milliseconds, and kilobytes of client and scheduler."""
    with cluster(1) as ours, Client(ours) as client:
        client.submit(_nothing, -1).result()
        here = psutil.Process()
        before, began = here.memory_info().rss, time.perf_counter()
        futures = [client.submit(_nothing, number) for number in range(EMPTY)]
        memory = here.memory_info().rss - before
        client.gather(futures)
        seconds = time.perf_counter() - began
    return {"ms": 1e3 * seconds / EMPTY, "kb_waiting": memory / 1e3 / EMPTY}


def _nothing(number):
    return number


def million(job: dict, dispatch: dict) -> dict:
    """What WANTED networks cost: from one job's cost, without further assumptions."""
    jobs = WANTED / job["networks"]
    return {
        "networks": WANTED,
        "jobs": round(jobs),
        "hours": jobs * job["seconds"] / 3600,
        "busy_workers": 1e3 * job["seconds"] / dispatch["ms"],
        "hours_dispatch": jobs * dispatch["ms"] / 3.6e6,
        "gb": jobs * job["bytes"] / 1e9,
        "gb_waiting": jobs * dispatch["kb_waiting"] / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder of the site's data")
    out = parser.parse_args().out
    jobs = some_jobs()
    networks = sum(len(job.fields["seeds"]) for job in jobs)
    data_dir = os.environ.get("RACING_DATA_DIR")
    turns = [turn(workers, jobs, data_dir) for workers in track(TURNS, "Taking turns")]
    rows = [
        {"workers": one["workers"], "networks_per_second": networks / one["seconds"]}
        for one in turns
    ]
    alone = [one["seconds"] for one in turns if one["workers"] == 1]
    job = {
        "networks": networks / len(jobs),
        "seconds": statistics.median(alone) / len(jobs),
        "bytes": max(one["bytes"] for one in turns),
        "worker_mb": max(one["mb"] for one in turns),
    }
    rate = {
        count: statistics.median(r["networks_per_second"] for r in rows if r["workers"] == count)
        for count in (1, 2)
    }
    job["efficiency"] = rate[2] / (2 * rate[1])
    dispatch = empty()
    measured = {
        "machine": bench.machine(),
        "job": job,
        "dispatch": dispatch,
        "plan": million(job, dispatch),
        "rows": rows,
    }
    told = maintainers.scale(measured)
    for name in ("job", "dispatch", "plan", "rows"):
        print(name, told[name])
    if out:
        print(f"Written to {out}: {', '.join(maintainers.publish(out, measured))}.")


if __name__ == "__main__":
    main()
