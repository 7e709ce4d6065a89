"""Workers as actors of a Ray cluster, which places them, starts those anew that it loses, and moves rows.

A synchronisation is a reduce-scatter and an all-gather: each worker merges a part of the rows, and no process
holds more than a model of its own and a part of all others. Only handles of what is moved pass through here.

Whatever is asked of a worker may fail, as its node may be gone. Until gains are applied, nobody's rows have
changed: the others train the units that are lost with it, and merge anew. Where some have applied them and
others could not, these take the rows from those. A worker that comes, or comes again, takes all rows from one
that is there; until it has them it answers nothing else, as Ray may have started it anew between two calls.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import ray
from ray.exceptions import RayError, RayTaskError

from e2v.errors import Advice, TrainingError
from e2v.kernels.sgd import UnitResult
from e2v.notices import counted, detail, hint, notice
from e2v.progress import Progress, Report, silent
from e2v.ray_cluster import Connection, room
from e2v.training.engine.cluster.replica import Floats, Gains, Part, Rows
from e2v.training.engine.cluster.rounds import dealt
from e2v.training.engine.cluster.worker import Trainable, Worker
from e2v.training.engine.schedule import Unit

#: Seconds that a run waits for all of its workers; it begins with those that have come by then.
_PATIENCE = 60.0
#: Seconds that it waits for the first.
_MOST_PATIENCE = 600.0
#: Workers that merge the hottest rows, at most: they are few, and what a call takes counts.
_HOT_PARTS = 4
#: Parts in which a model is moved as a whole, so that no message is as large as it.
_MOVED_IN = 16

Handle: TypeAlias = Any  # of an actor, or of what one has made


class _NewError(Exception):
    """A worker has not been given the rows that the others have."""


@ray.remote(max_restarts=-1)
class _Actor:
    """A worker in a process of its own."""

    def __init__(self, make: Callable[[int], Trainable], threads: int) -> None:
        self._made = Worker(make(threads))
        self._has_rows = False

    @property
    def _worker(self) -> Worker:
        if not self._has_rows:
            raise _NewError
        return self._made

    def adopt(self, part: Part, vectors: list[Floats]) -> None:
        self._made.adopt(part, vectors)

    def join(self) -> None:
        """It has been given all rows."""
        self._has_rows = True

    def node(self) -> str:
        """Where it is; asked, it says that it is there."""
        return str(ray.util.get_node_ip_address())

    def train(self, units: Sequence[Unit]) -> tuple[dict[int, UnitResult], float]:
        """What came of each unit, and the seconds that they took."""
        began = time.perf_counter()
        return self._worker.train(units), time.perf_counter() - began

    def gains(self, parts: Sequence[Part]) -> list[list[Gains]]:
        return [self._worker.gains(part) for part in parts]

    def merged(self, part: Part, *gains: list[Gains]) -> tuple[list[Gains], None]:
        """What all have gained, and nothing, which tells whoever waits for it that it is done."""
        return self._worker.merged(part, gains), None

    def apply(self, parts: Sequence[Part], *gains: list[Gains]) -> None:
        for part, of_part in zip(parts, gains, strict=True):
            self._worker.apply(part, of_part)

    def common(self, part: Part) -> list[Floats]:
        return self._worker.common(part)

    def settle(self) -> None:
        self._worker.settle()


class OnRay:
    """See `e2v.training.engine.cluster.rounds.Comm`.

    make: makes what a worker trains, there, on so many threads. workers: how many, None being one for each
    node; threads: of each, None being all cores. address: of a cluster, "auto" for the one that this machine
    is part of; None starts one here. report: told of what is waited for.

    Raises:
        ClusterError: there is no such cluster.
        TrainingError: there is no room in it.
    """

    def __init__(
        self,
        make: Callable[[int], Trainable],
        workers: int | None,
        threads: int | None,
        address: str | None,
        report: Report = silent,
    ) -> None:
        self._connection = Connection(address, (workers or 1) * (threads or 1), report)
        try:
            self._begin(make, workers, threads, report)
        except BaseException:
            self._connection.close()
            raise

    def _begin(
        self, make: Callable[[int], Trainable], workers: int | None, threads: int | None, report: Report
    ) -> None:
        """Start the workers, and wait for them."""
        found = room(workers, threads)
        self.wanted = wanted = found.workers
        self.threads = found.threads
        placed = _Actor.options(  # type: ignore[attr-defined]
            num_cpus=self.threads, scheduling_strategy="SPREAD"
        )
        actors = [placed.remote(make, self.threads) for _ in range(wanted)]
        self._names = {actor: f"worker {number}" for number, actor in enumerate(actors, 1)}
        self._coming: dict[Handle, Handle] = {actor.node.remote(): actor for actor in actors}
        self._here: list[Handle] = []
        #: What each has trained that the others do not have yet.
        self._unshared: dict[Handle, list[Unit]] = defaultdict(list)
        self._tokens: dict[Handle, int] = defaultdict(int)
        self._seconds: dict[Handle, float] = defaultdict(float)
        report(Progress("starting workers"))
        self._here += self._arrived(wanted, _PATIENCE)
        if not self._here:
            notice("no worker has come yet; the run begins with the first")
            self._here += self._arrived(1, _MOST_PATIENCE)
        if not self._here:
            raise TrainingError(
                f"no node of the cluster has {self.threads} free cores",
                Advice("ray status says what is there; use fewer {threads}"),
            )
        if self._coming:
            notice(f"{len(self._here)} of {wanted} workers are there; the others join once there is room")

    @property
    def workers(self) -> int:
        """How many there are at the moment."""
        return len(self._here)

    def figures(self) -> dict[str, float]:
        """How many workers there are, and the words a second of each while it trains."""
        speeds = {self._names[actor]: self._speed(actor) for actor in self._here}
        return {"workers": len(self._here), **speeds}

    def send(self, matrices: Sequence[Rows]) -> None:
        """Have all workers begin with these rows."""
        for part in _whole():
            given = ray.put([matrix.take(part.rows(matrix)) for matrix in matrices])
            self._ask({actor: actor.adopt.remote(part, given) for actor in self._here})
        self._ask({actor: actor.join.remote() for actor in self._here})
        self._unshared.clear()

    def fetch(self, matrices: Sequence[Rows]) -> None:
        """Set these rows to what all workers have had since the last synchronisation."""
        for part in _whole():
            for matrix, vectors in zip(matrices, self._common(part), strict=True):
                matrix.put(part.rows(matrix), vectors)

    def train(self, units: Sequence[Unit]) -> list[UnitResult]:
        """Have each worker train its share; those of a worker that is lost are trained by the others."""
        self._welcome()
        results = self._train(units)
        return [results[unit.number] for unit in units]

    def synchronise(self, *, hot: bool) -> None:
        """Have the rows become the same on all workers."""
        if len(self._here) <= 1:
            only = self._first()
            if not hot:
                self._ask({only: only.settle.remote()})
        else:
            of = min(len(self._here), _HOT_PARTS) if hot else len(self._here)
            while not self._exchange([Part(hot, number, of) for number in range(of)]):
                pass
        if not hot:
            self._unshared.clear()

    def close(self) -> None:
        """Let the workers go."""
        for actor in self._here:
            words = f"{self._tokens[actor]:,} words"
            detail(f"{self._names[actor]}: {words}, {self._speed(actor):,.0f} a second")
        try:
            for actor in self._names:
                ray.kill(actor)
        finally:
            self._connection.close()

    def _speed(self, actor: Handle) -> float:
        return self._tokens[actor] / max(self._seconds[actor], 1e-9)

    def _train(self, units: Sequence[Unit]) -> dict[int, UnitResult]:
        results: dict[int, UnitResult] = {}
        left = list(units)
        while left:
            shares = dict(zip(self._here, dealt(left, len(self._here)), strict=True))
            asked = {actor: actor.train.remote(share) for actor, share in shares.items() if share}
            answers, left = self._ask(asked), []
            for actor in asked:
                if actor in answers:
                    trained, seconds = answers[actor]
                    results |= trained
                    self._unshared[actor] += shares[actor]
                    self._tokens[actor] += sum(unit.tokens for unit in shares[actor])
                    self._seconds[actor] += seconds
                else:
                    left += [*shares[actor], *self._unshared.pop(actor, [])]
        return results

    def _exchange(self, parts: Sequence[Part]) -> bool:
        """Synchronise some parts; False if nobody has got what all have gained, and nothing has changed."""
        while True:
            workers = list(self._here)
            gains = [actor.gains.options(num_returns=len(parts)).remote(parts) for actor in workers]
            of_parts = list(zip(*([one] if len(parts) == 1 else one for one in gains), strict=True))
            merging = [
                workers[number % len(workers)].merged.options(num_returns=2).remote(part, *of_part)
                for number, (part, of_part) in enumerate(zip(parts, of_parts, strict=True))
            ]
            if self._all_done([done for _, done in merging]):
                break
            lost = self._find_lost()
            self._train([unit for actor in lost for unit in self._unshared.pop(actor, [])])
        merged = [gained for gained, _ in merging]
        ahead = self._ask({actor: actor.apply.remote(parts, *merged) for actor in workers}, keep=True)
        if len(ahead) == len(workers):
            return True
        self._find_lost()
        source = next((actor for actor in self._here if actor in ahead), None)
        if source is None:
            return False
        for actor, part in itertools.product([one for one in self._here if one not in ahead], parts):
            self._ask({actor: actor.adopt.remote(part, source.common.remote(part))})
        return True

    def _common(self, part: Part) -> list[Floats]:
        while True:
            actor = self._first()
            answers = self._ask({actor: actor.common.remote(part)})
            if actor in answers:
                return list(answers[actor])

    def _first(self) -> Handle:
        """A worker that is there.

        Raises:
            TrainingError: none is.
        """
        if self._here:
            return self._here[0]
        raise TrainingError(
            "all workers are lost, and what they have learned since the last checkpoint",
            Advice("{resume} goes on from it; {checkpoint_every} saves one now and then"),
        )

    def _ask(self, asked: dict[Handle, Handle], *, keep: bool = False) -> dict[Handle, Any]:
        """The answers of workers; those who give none are lost, unless they are kept.

        Raises:
            TrainingError: all are lost.
        """
        answers = {}
        for actor, answer in asked.items():
            try:
                answers[actor] = ray.get(answer)
            except RayError as error:
                detail(f"{self._names[actor]}: {_reason(error)}")
                if not keep:
                    self._lose(actor)
        return answers

    def _all_done(self, done: Iterable[Handle]) -> bool:
        try:
            ray.get(list(done))
        except RayError as error:
            detail(f"a synchronisation fails: {_reason(error)}")
            return False
        return True

    def _find_lost(self) -> list[Handle]:
        """Ask all workers whether they are there, and lose those that are not."""
        asked = {actor: actor.node.remote() for actor in self._here}
        answers = self._ask(asked)
        return [actor for actor in asked if actor not in answers]

    def _lose(self, actor: Handle) -> None:
        """Go on without a worker, until it comes again."""
        if actor not in self._here:
            return
        self._here.remove(actor)
        self._coming[actor.node.remote()] = actor
        self._first()
        notice(f"{self._names[actor]} is lost; {_go_on(len(self._here))} what it had begun")

    def _arrived(self, number: int, seconds: float) -> list[Handle]:
        """Wait for so many of those who are to come, at most so long; returns who has."""
        if not self._coming:
            return []
        ready, _ = ray.wait(list(self._coming), num_returns=min(number, len(self._coming)), timeout=seconds)
        asked = [(self._coming.pop(answer), answer) for answer in ready]
        return [actor for actor, answer in asked if self._comes(actor, answer)]

    def _comes(self, actor: Handle, answer: Handle) -> bool:
        """Whether a worker does what it is asked for; else it is to come once more."""
        try:
            said = ray.get(answer)
        except RayError as error:
            detail(f"{self._names[actor]}: {_reason(error)}")
            self._coming[actor.node.remote()] = actor
            return False
        if said:
            detail(f"{self._names[actor]} is on {said}, with {self.threads} threads")
        return True

    def _welcome(self) -> None:
        """Give those who have come meanwhile the rows that the others have in common."""
        for actor in self._arrived(len(self._coming), 0):
            source = self._first()
            given = [actor.adopt.remote(part, source.common.remote(part)) for part in _whole()]
            if all(self._comes(actor, answer) for answer in [*given, actor.join.remote()]):
                self._here.append(actor)
                hint(f"{self._names[actor]} has joined")


def _go_on(others: int) -> str:
    """What so many other workers do."""
    verbs = "goes on, and trains" if others == 1 else "go on, and train"
    return f"{counted(others, 'other worker')} {verbs}"


def _whole() -> list[Part]:
    """All rows, part by part."""
    return [Part(False, number, _MOVED_IN) for number in range(_MOVED_IN)]


def _reason(error: RayError) -> str:
    """Why a worker has not answered.

    Raises:
        Exception: it has, with what its own code raised.
    """
    if isinstance(error, RayTaskError) and not isinstance(error.cause, RayError | _NewError):
        raise error
    return str(error).strip().splitlines()[0]
