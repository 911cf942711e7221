"""What the page on many machines shows, from `tests/benchmarks/study_cluster.py`."""

from export.data import base
from export.data.base import field

FILES = ("maintainers/scale.json",)


def publish(folder, measured) -> list[str]:
    """Write the page's file into `folder`/maintainers, see `base.publish`."""
    content = base.signed(
        scale(measured),
        "python tests/benchmarks/study_cluster.py",
        "export/data/maintainers.py: scale",
    )
    return base.publish(folder, {FILES[0]: content})


def scale(measured) -> dict:
    """What jobs of the study cost on dask workers, and what a million networks would."""
    return base.table(
        "What a job of the study costs on a dask cluster of this machine's processes. `machine`: "
        "what it is. `job`: networks, seconds on one worker, and bytes of the result of a job, "
        "and the largest memory of a worker (MB). `dispatch`: milliseconds that client and "
        "scheduler need per job, measured with jobs that do nothing, and the memory that they "
        "need per waiting job (kB). `plan`: for so many networks, the jobs, the hours that one "
        "worker computes, the workers that the scheduler can keep busy, and the size of all "
        "results (GB). Rows: what some workers did, a row per turn.",
        {
            "workers": field("processes of one thread"),
            "networks_per_second": field("networks trained and measured", "1/s"),
        },
        [
            row | _rounded({"networks_per_second": row["networks_per_second"]})
            for row in measured["rows"]
        ],
        machine=measured["machine"],
        **{name: _rounded(measured[name]) for name in ("job", "dispatch", "plan")},
    )


def _rounded(numbers):
    return {name: base.significant(value, 3) for name, value in numbers.items()}
