"""A worker of the study on this machine ends with the process that started it, whatever it does.

Dask loads this module in each worker (a "preload"). It has a watch of its own, a thread, which has
to wait for its turn while a job computes.
"""

import contextlib
import ctypes
import signal

PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


def dask_setup(worker):
    """Have Linux kill this process when its parent dies; elsewhere dask's own watch has to do."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGKILL)
