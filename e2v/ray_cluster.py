"""A Ray cluster: how it is joined, what room it has, and pure functions that are called on it.

Ray is imported when it is asked for, as it takes long and may not be there.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from e2v.errors import Advice, ClusterError, E2VError, MissingExtraError
from e2v.notices import Level, detail, hear, say_again
from e2v.threads import available_cores

#: Times that a call is made again whose process or machine is lost.
_RETRIES = 10


def imported_ray(what: str) -> Any:
    """The module of Ray, which `what` needs.

    Raises:
        MissingExtraError: it is not installed.
    """
    # Ray prints to stdout what its processes say, unless it is to skip that.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError(what, "ray") from error
    return ray


def connect(address: str | None, cores: int) -> None:
    """Have a cluster: the one at the address, or one of so many cores at least, here.

    Raises:
        ClusterError: there is none.
    """
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    here = {"num_cpus": max(cores, available_cores()), "include_dashboard": False}
    on_term = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address or "local",
            log_to_driver=False,
            logging_level="critical",
            **({} if address else here),
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ClusterError(
            f"no Ray cluster at {address or 'this machine'}: {str(error).strip().splitlines()[0]}",
            Advice("ray status says what there is; without {address} one starts here"),
        ) from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_term)  # which Ray has had end the process


def threads_asked(threads: int) -> int | None:
    """The threads of a worker by what a setting says, which is as many as there are cores here where nobody
    has asked: then None, all cores of a node.
    """
    return None if threads == available_cores() else threads


@dataclass(frozen=True)
class Room:
    """workers: how many there are to be. threads: of each. most_cores: of the largest node."""

    workers: int
    threads: int
    most_cores: int


def room(workers: int | None, threads: int | None) -> Room:
    """How a cluster that has been joined is made use of.

    workers: None is one for each node. threads: None is all cores.
    """
    import ray

    nodes = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    cores = [int(found) for found in nodes if found >= 1]
    wanted = workers or max(1, len(cores))
    return Room(wanted, threads or max(1, sum(cores) // wanted), max(cores, default=0))


class RayCalls:
    """Calls of functions on a cluster, which is joined for as long as the `with` block lasts.

    Each call needs all it works on in its arguments, or in files that all machines see, and may be made again
    elsewhere if its machine is lost. What it has to say (`e2v.notices`) is said here.

    workers, threads: as of `room`. address: of a cluster, "auto" for the one that this machine is part of;
    None starts one here.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: there is no such cluster, or no room in it.
    """

    def __init__(self, workers: int | None, threads: int | None, address: str | None) -> None:
        self._ray = imported_ray(Advice("{engine} ray"))
        self._joined = not self._ray.is_initialized()
        if self._joined:
            connect(address, (workers or 1) * (threads or 1))
        found = room(workers, threads)
        self.workers, self.threads = found.workers, found.threads
        if found.most_cores < self.threads:
            self.close()
            raise ClusterError(
                f"no node of the cluster has {self.threads} cores",
                Advice("ray status says what is there; use fewer {threads}"),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; what is still being called there ends."""
        if self._joined:
            self._ray.shutdown()

    def made(
        self, function: Callable[..., Any], calls: Sequence[Sequence[Any]], threads: int
    ) -> Iterator[tuple[int, Any]]:
        """What a function makes of each of these arguments, with the number of the call, as soon as it is
        there.

        threads: that a call takes.

        Raises:
            E2VError: what a call has raised.
            ClusterError: its machine has been lost again and again.
        """
        errors = self._ray.exceptions
        remote = self._ray.remote(_outcome).options(
            num_cpus=threads, scheduling_strategy="SPREAD", max_retries=_RETRIES
        )
        numbers = {remote.remote(function, *call): number for number, call in enumerate(calls)}
        while numbers:
            (ready, *_), _ = self._ray.wait(list(numbers))
            number = numbers.pop(ready)
            try:
                outcome, said, seconds = self._ray.get(ready)
            except errors.RayError as error:
                if isinstance(error, errors.RayTaskError) and not isinstance(error.cause, errors.RayError):
                    raise
                why = str(error).strip().splitlines()[0]
                raise ClusterError(
                    f"workers are lost again and again: {why}", "ray status says what is there"
                ) from error
            say_again(said)
            if isinstance(outcome, E2VError):
                raise outcome
            what = function.__name__.replace("_", " ")
            detail(f"{what} {number + 1} of {len(calls)}: {seconds:.1f} s of CPU")
            yield number, outcome


def _outcome(function: Callable[..., Any], *call: Any) -> tuple[Any, list[tuple[Level, str]], float]:
    """What a call makes, or the error that whoever uses e2v meets; what it has to say; its seconds of CPU."""
    began = time.process_time()
    made: Any
    with hear() as said:
        try:
            made = function(*call)
        except E2VError as error:
            made = error
    return made, said, time.process_time() - began
