"""How far a job has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a job under way.

    task: what is being done, as a user calls it. unit: what is counted. done, total: how many; None is
        unknown.
    figures: such as the loss.
    """

    task: str
    unit: str
    done: int
    total: int | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


#: Called with progress now and then, and with the result of a step that is a job of its own.
Report: TypeAlias = Callable[[Any], None]


def silent(_: Any) -> None:
    """Report nothing."""
