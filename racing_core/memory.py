"""What fits into this machine's memory: told before the work starts, not by the kernel."""

from pathlib import Path

import psutil

from racing_core.errors import InputError

CGROUP = Path("/sys/fs/cgroup")  # a container's own limit, which psutil does not know


def available() -> int:
    """Bytes that this process can still have."""
    free = psutil.virtual_memory().available
    try:
        limit, used = ((CGROUP / f"memory.{name}").read_text() for name in ("max", "current"))
        return min(free, int(limit) - int(used))
    except (OSError, ValueError):  # no such limit
        return free


def require(size, what, remedy):
    """Raise InputError if `size` bytes cannot be had for `what`; `remedy` says what to do."""
    if size > (there := available()):
        raise InputError(
            f"{what} would take about {size / 1e9:,.1f} GB of memory, but {there / 1e9:,.1f} GB "
            f"are free; {remedy}."
        )
