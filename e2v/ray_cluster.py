"""A Ray cluster: how it is joined, what room it has, and pure functions that are called on it.

Ray is imported when it is asked for, as it takes long and may not be there.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from e2v.errors import Advice, ClusterError, E2VError, MissingExtraError
from e2v.notices import Level, detail, hear, say_again
from e2v.own_ray import OwnRay
from e2v.progress import Progress, Report, silent
from e2v.threads import available_cores

#: Times that a call is made again whose process or machine is lost.
_RETRIES = 10
#: Seconds in which a cluster has to take a connection.
_SOCKET_PATIENCE = 5.0
#: The variable of Ray that says whether there are tokens.
_AUTH_MODE = "RAY_AUTH_MODE"


def imported_ray(what: str) -> Any:
    """The module of Ray, which `what` needs.

    Raises:
        MissingExtraError: it is not installed.
    """
    # Ray prints to stdout what its processes say, unless it is to skip that; to stderr what it waits for, and
    # where a signal has found it.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError(what, "ray") from error
    return ray


class Connection:
    """Whether a process is joined to a cluster, which it leaves when this is closed; one that was joined
    before stays as it is.

    address: of a cluster, "auto" for the one that this machine is part of; None starts one here. cores: that
    the latter has, at least. report: told of what is waited for.

    Raises:
        ClusterError: there is no cluster.
    """

    def __init__(self, address: str | None, cores: int, report: Report = silent) -> None:
        import ray

        self._own: OwnRay | None = None
        self._joined = not ray.is_initialized()
        if not self._joined:
            return
        if address is None:
            report(Progress("starting Ray"))
            self._own = _started(max(cores, available_cores()))
        else:
            report(Progress("joining the cluster"))
            _refuse_deaf(address)
        try:
            _join(address or "this machine", self._own.address if self._own else str(address))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the cluster; what is still being called there ends, and so does one that was started here."""
        import ray

        try:
            if self._joined:
                ray.shutdown()
        finally:
            if self._own:
                self._own.close()


def _started(cores: int) -> OwnRay:
    """A Ray of this process.

    Raises:
        ClusterError: it does not start.
    """
    try:
        own = OwnRay(cores)
    except (RuntimeError, OSError) as error:
        raise ClusterError(
            f"Ray does not start on this machine: {error}",
            Advice("try again when the machine has less to do, or {engine} in-turn, which needs no Ray"),
        ) from error
    if own.auth_mode and own.auth_mode != os.environ.get(_AUTH_MODE):
        os.environ[_AUTH_MODE] = own.auth_mode
        compiled: Any = importlib.import_module("ray._raylet")
        compiled.Config.initialize("")  # it has read the environment when it was imported
    return own


def _refuse_deaf(address: str) -> None:
    """See that somebody listens at HOST:PORT; Ray would try for a minute.

    Raises:
        ClusterError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if "/" in host or not port.isdecimal():  # ray://..., auto
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _SOCKET_PATIENCE).close()
    except (OSError, OverflowError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _no_cluster(address, why) from error


def _join(shown: str, address: str) -> None:
    """Join the cluster at an address, which is called so.

    Raises:
        ClusterError: that cannot be done.
    """
    import ray

    on_term = signal.getsignal(signal.SIGTERM)
    written: list[str] = []
    try:
        with _only_ours_on_stderr() as written:
            ray.init(address=address, log_to_driver=False, logging_level="critical")
    except SystemExit:  # from the handler of SIGTERM that it has meanwhile
        raise KeyboardInterrupt from None
    except Exception as error:
        raise _no_cluster(shown, str(error), written) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_term)


@contextlib.contextmanager
def _only_ours_on_stderr() -> Iterator[list[str]]:
    """Have nothing on standard error until the block ends but what Python says there: what Ray has compiled
    writes past it, and a program that reads JSON there could not go on. Then that is in the list.
    """
    lines: list[str] = []
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield lines
        return
    with (
        os.fdopen(kept, "w", buffering=1, errors="backslashreplace") as ours,
        tempfile.TemporaryFile("w+", errors="replace") as written,
    ):
        try:
            os.dup2(written.fileno(), 2)
            with contextlib.redirect_stderr(ours):
                yield lines
        finally:
            os.dup2(kept, 2)
            written.seek(0)
            lines += written


def _no_cluster(address: str, why: str, written: Sequence[str] = ()) -> ClusterError:
    """There is none, for this reason; written: by Ray, which says there that it wants a token."""
    if any("InvalidAuthToken" in line for line in (why, *written)):
        return ClusterError(
            f"the Ray cluster at {address} asks for a token, and has been given none or another",
            f"set {_AUTH_MODE}=token in the environment, and have its token in ~/.ray/auth_token",
        )
    reason = (why.strip() or "it does not answer").splitlines()[0]
    return ClusterError(
        f"no Ray cluster at {address}: {reason}",
        Advice("ray status says what there is; without {address} one starts here"),
    )


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
    None starts one here. report: told of what is waited for.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: there is no such cluster, or no room in it.
    """

    def __init__(
        self, workers: int | None, threads: int | None, address: str | None, report: Report = silent
    ) -> None:
        self._ray = imported_ray(Advice("{engine} ray"))
        self._connection = Connection(address, (workers or 1) * (threads or 1), report)
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
        self._connection.close()

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
