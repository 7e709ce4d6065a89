"""Matrix products of NumPy on one thread each; what shares them out is e2v (`e2v.threads`).

BLAS would take every core, whatever a user says. Its threads spin where others are at work, and how a product
is cut up among them decides its last digits: here blocks are the same for any number of threads.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

#: Variables that are read when a library of BLAS is loaded: OpenBLAS, MKL, BLIS and Apple's Accelerate.
_VARIABLES = (
    *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
    "NUMBA_NUM_THREADS",  # of which kernels use none, and a value that is no number is an error
)

#: Functions that set and tell the number of threads. OpenBLAS is called so in NumPy's wheels, whose integers
#: have 64 bits, or 32, and in the packages of distributions; then MKL's.
_FUNCTIONS = (
    ("scipy_openblas_set_num_threads64_", "scipy_openblas_get_num_threads64_"),
    ("scipy_openblas_set_num_threads", "scipy_openblas_get_num_threads"),
    ("openblas_set_num_threads64_", "openblas_get_num_threads64_"),
    ("openblas_set_num_threads", "openblas_get_num_threads"),
    ("MKL_Set_Num_Threads", "MKL_Get_Max_Threads"),
)


@functools.cache
def thread_functions() -> tuple[Callable[[int], Any], Callable[[], int]] | None:
    """What sets and what tells the number of threads of the BLAS that NumPy has loaded.

    None where it has no such functions, as Accelerate and BLIS.
    """
    import ctypes

    import numpy as np

    core = "numpy._core" if np.__version__ >= "2" else "numpy.core"
    try:
        # What is not in the module itself is looked for in the libraries that it was linked with.
        linked = ctypes.CDLL(sys.modules[f"{core}._multiarray_umath"].__file__)
    except (KeyError, OSError):
        return None
    for setter, getter in _FUNCTIONS:
        if hasattr(linked, setter) and hasattr(linked, getter):
            return linked[setter], linked[getter]
    return None


def keep_to_one_thread() -> None:
    """One thread for the rest of this process.

    Where NumPy is not imported yet, no other thread is even started, which would spin for a while: a fifth
    of a query's time on two cores.
    """
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    if "numpy" in sys.modules:
        _set_threads(1)


class _OneThread:
    """Counts who is in need of one thread; the last to leave restores what the first has found."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._before = 1

    def __enter__(self) -> None:
        with self._lock:
            if not self._within:
                self._before = _set_threads(1)
            self._within += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._within -= 1
            if not self._within:
                _set_threads(self._before)


def _set_threads(n: int) -> int:
    """Set the number of threads if that can be done; how many there were."""
    if (functions := thread_functions()) is None:
        return n
    set_threads, threads = functions
    before = threads()
    set_threads(n)
    return before


#: `with one_thread:` for a while, as the process is somebody else's; may be entered several times at once.
one_thread = _OneThread()
