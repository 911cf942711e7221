"""Many runs, spread over processes or machines, stopped and taken up again at will.

dask.distributed spreads the jobs. The one who started the study writes each result as it comes in,
one small file per job, named by the job's key: what is there is never run again, and a worker that
is lost loses only what it was doing, which another then does.
"""

import contextlib
import json
import logging
from pathlib import Path

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed

from racing_core.errors import InputError
from racing_core.files import atomic, make_folder
from racing_core.study import jobs as kinds
from racing_core.study import orphans, provenance

WORKERS = 2
# Dask has its workers give freed memory back at once, and a job takes hundreds of MB again and
# again: up to so many bytes stay with the worker that needs them for its next job.
KEPT_BYTES = 2_000_000_000


def run(jobs, folder, data_dir=None, scheduler=None, workers=WORKERS, on_done=lambda job: None):
    """Do the jobs that have no result yet; the results lie in `folder` afterwards.

    Args:
        jobs: list of `racing_core.study.plan.Job`.
        folder: where a result is the file KEY.json.
        data_dir: folder with CIFAR-10 on every machine that works.
        scheduler: address of a running dask scheduler; None for processes on this machine.
        workers: how many of those.
        on_done: called with each job once its result is there, those found at once included.

    Raises:
        InputError: the folder or the scheduler cannot be used, or a job's input is bad.
    """
    folder = Path(folder)
    make_folder(folder)
    todo = {}
    for job in jobs:
        if (folder / f"{job.key}.json").exists():
            on_done(job)
        else:
            todo[job.key] = job
    if not todo:
        return
    data_dir = str(data_dir) if data_dir else None
    with _client(scheduler, workers) as client:
        # In the plan's order, what matters most first; dask's own order goes by name.
        futures = [
            client.submit(
                kinds.perform, job.kind, job.fields, data_dir, key=job.key, priority=-place
            )
            for place, job in enumerate(todo.values())
        ]
        for future, result in as_completed(futures, with_results=True, raise_errors=False):
            job = todo[future.key]
            if future.status != "finished":
                _, error, _ = result
                if isinstance(error, KilledWorker):
                    raise InputError(
                        f"{job.name} ({job.kind}) was lost with its worker again and again, for "
                        "want of memory perhaps; use fewer workers, and start again to go on."
                    ) from error
                raise error
            _write(folder, job, result)
            on_done(job)
            future.release()


def load(jobs, folder) -> list[tuple]:
    """(job, result) for every job that has a result, in the order of the jobs."""
    found = []
    for job in jobs:
        file = Path(folder) / f"{job.key}.json"
        if file.exists():
            found.append((job, json.loads(file.read_text("utf-8"))["result"]))
    return found


def _write(folder, job, result):
    content = {
        "kind": job.kind,
        "name": job.name,
        "fields": job.fields,
        "versions": provenance.versions(),
        "result": result,
    }
    with atomic(folder / f"{job.key}.json") as temporary:
        temporary.write_text(json.dumps(content, allow_nan=False) + "\n", "utf-8")


@contextlib.contextmanager
def _client(scheduler, workers):
    """A dask client, of the given scheduler or of a cluster that lives as long as it does."""
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout="3s")
        except (OSError, ValueError) as error:
            raise InputError(
                f"No dask scheduler answers at {scheduler}; start one, or leave out --scheduler."
            ) from error
        with client:
            yield client
        return
    # Losing a worker is part of the plan, and not worth a page of warnings.
    settings = {
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": KEPT_BYTES,
        "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": KEPT_BYTES,
        "distributed.worker.memory.terminate": False,
        "distributed.comm.timeouts.tcp": "60s",
        "distributed.worker.preload": [orphans.__name__],
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
