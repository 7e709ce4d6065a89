"""Limits that a run does not keep, and the settings with which it would."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from e2v.durations import shown_time
from e2v.errors import Advice
from e2v.kernels.sgd import padded
from e2v.threads import available_cores
from e2v.training.memory import machine_memory, shown_bytes
from e2v.training.plan.estimate import Estimate
from e2v.training.plan.settings import PlanSettings
from e2v.training.plan.trial import Trial
from e2v.training.word2vec.settings import Word2VecSettings

#: Lengths of vectors that are proposed: whole cache lines, or a part of one.
_DIMS = (*range(4096, 256, -64), *range(256, 0, -16), 8, 4)
_SERIES = tuple(step * 10**power for power in range(10) for step in (1, 2, 5))
#: The share of the keys that a proposal leaves, at least.
_LEAST_KEYS = 0.05
#: Times are known less well than sizes: what is proposed for a time leaves so much of it.
_SPARE = 0.05


@dataclass(frozen=True)
class Exceeded:
    """A limit that is not kept.

    limit: the setting that says it, or "" for the machine's memory. needed, allowed: bytes, or seconds.
    proposals: settings by name, each of which would do.
    """

    limit: str
    needed: float
    allowed: float
    proposals: Sequence[Mapping[str, Any]]

    @property
    def message(self) -> str:
        """What is not kept."""
        if self.limit == "max_time":
            needed, allowed = shown_time(self.needed), shown_time(self.allowed)
            return Advice("the run would take about {}, and {max_time} is {}", needed, allowed)
        needed, allowed = shown_bytes(self.needed), shown_bytes(self.allowed)
        if self.limit:
            return Advice("the run would take {} of memory, and {max_memory} is {}", needed, allowed)
        return Advice("the run would take {} of memory, and this machine has {}", needed, allowed)

    @property
    def hint(self) -> str:
        """What would do."""
        if not self.proposals:
            return "no setting alone would do"
        told = []
        for proposal in self.proposals:
            names = " ".join(f"{{{name}}} {{}}" for name in proposal)
            told.append(Advice(names, *map(_written, proposal.values())))
        return Advice(f"{', or '.join(['{}'] * len(told))}, would do", *told)


def exceeded(
    estimate: Estimate, limits: PlanSettings, try_out: Callable[[Word2VecSettings], Trial]
) -> list[Exceeded]:
    """The limits that are not kept; try_out: measures a run with other settings."""
    found = []
    whole = estimate.steps()[-1]
    most = limits.max_memory or machine_memory()
    if most is not None and whole.memory > most:
        limit = "max_memory" if limits.max_memory else ""
        proposals = list(_for_memory(estimate, most))
        found.append(Exceeded(limit, whole.memory, most, proposals))
    if limits.max_time is not None and whole.seconds > limits.max_time:
        proposals = list(_for_time(estimate, limits.max_time, try_out))
        found.append(Exceeded("max_time", whole.seconds, limits.max_time, proposals))
    return found


def _for_memory(estimate: Estimate, most: float) -> Iterator[dict[str, Any]]:
    """Settings that each take so many bytes at most; two together where one is not enough."""
    config, candidates = estimate.config, dict[str, Iterator[Any]]()
    candidates["dim"] = (dim for dim in _DIMS if dim < config.dim)
    size = estimate.size()
    if (least := estimate.planned.min_count) is not None:
        candidates["min_count"] = (count for count in _SERIES if count > least)
    if config.subword is not None:
        candidates["buckets"] = (count for count in reversed(_SERIES) if 1000 <= count < size.ngrams)
    if config.threads > 1:
        candidates["threads"] = iter(range(config.threads - 1, 0, -1))
    values = {name: tuple(several) for name, several in candidates.items()}
    found = False
    for name, several in values.items():
        for value in several:
            if _memory(estimate, {name: value}) <= most:
                found = True
                yield {name: value}
                break
    if not found and "min_count" in values:
        for dim in values["dim"]:
            for count in values["min_count"][:9]:
                if _memory(estimate, {"dim": dim, "min_count": count}) <= most:
                    yield {"dim": dim, "min_count": count}
                    return


def _memory(estimate: Estimate, changes: Mapping[str, Any]) -> float:
    """Bytes with other settings; without end where too few keys are left to be of use."""
    changed = estimate.changed(**changes)
    enough = changed.size().keys >= max(2, _LEAST_KEYS * estimate.size().keys)
    return changed.steps()[-1].memory if enough else math.inf


def _for_time(
    estimate: Estimate, most: float, try_out: Callable[[Word2VecSettings], Trial]
) -> Iterator[dict[str, Any]]:
    """Settings that each take so many seconds at most."""
    config = estimate.config
    most = (1 - _SPARE) * most

    def seconds(changed: Estimate) -> float:
        return changed.steps()[-1].seconds

    whole, training = (
        {one.step: one.seconds for one in estimate.steps()}[name] for name in ("all", "training")
    )
    left = most - (whole - training)  # for training
    if left <= 0:
        return
    if config.time_budget is None and (epochs := int(config.epochs * left / training)) >= 1:
        yield {"epochs": epochs}
    if (budget := float(math.floor(left))) > 0:
        yield {"time_budget": budget}
    if config.time_budget is not None:
        return
    if config.threads < (cores := available_cores()):
        changed = estimate.changed(threads=cores)
        if seconds(replace(changed, trial=try_out(changed.config))) <= most:
            yield {"threads": cores}
    if (half := config.dim // 2) and padded(half) < padded(config.dim):
        tried = try_out(replace(config, dim=half))
        a_float = (estimate.trial.training - tried.training) / (padded(config.dim) - padded(half))
        for dim in (dim for dim in _DIMS if dim < config.dim):
            training = max(0.0, tried.training + a_float * (padded(dim) - padded(half)))
            changed = estimate.changed(dim=dim)
            if seconds(replace(changed, trial=replace(changed.trial, training=training))) <= most:
                if dim >= half // 2:  # further away than that nothing was measured
                    yield {"dim": dim}
                return


def _written(value: object) -> str:
    """A value as one writes it; a number of seconds is one of a time."""
    return f"{value:g}s" if isinstance(value, float) else str(value)
