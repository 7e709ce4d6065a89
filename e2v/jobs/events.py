"""A log of events becomes a corpus of histories."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2v.corpus.events.build import EventReport, build_events
from e2v.corpus.events.settings import EventSettings
from e2v.errors import Advice
from e2v.inputs.columns import columns_of_kind
from e2v.inputs.tables import Table
from e2v.jobs.making import digest, leave_unchanged, records, source_names
from e2v.notices import hint, notice
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Output, reserved


@dataclass(frozen=True)
class EventsResult:
    """A corpus of histories, and what became of each line."""

    output: Path
    settings: EventSettings
    report: EventReport
    seconds: float


def events(
    inputs: Sequence[str],
    output: Output,
    settings: EventSettings,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> EventsResult | None:
    """Encode logs; None if `if_changed` and nothing has.

    Raises:
        E2VError: see `build_events` and `reserved`.
    """
    titles = settings.titles.path if settings.titles else None
    with reserved(
        "events", [replace(output, kinds=("corpus",))], [*source_names(inputs), settings.vocab, titles]
    ):
        if if_changed:
            report(Progress("comparing"))
            if leave_unchanged(output.path, "events", _made_of(inputs, settings)):
                return None

        began = time.monotonic()
        made = build_events(inputs, output.path, settings, report, _say_how_it_is_read)
        for doubt in made.doubts:
            notice(doubt)
        return EventsResult(output.path, settings, made, time.monotonic() - began)


def _made_of(inputs: Sequence[str], settings: EventSettings) -> dict[str, Any]:
    titles = None
    if settings.titles:
        titles = {**records([settings.titles.path])[0], "columns": list(settings.titles.columns)}
    return {
        "settings": recorded(settings),
        "inputs": records(inputs),
        "vocabulary": digest(settings.vocab),
        "labels": titles,
    }


def _say_how_it_is_read(table: Table, settings: EventSettings) -> None:
    names = table.names or []
    baskets = columns_of_kind("basket", [str(settings.user)])
    whose = "baskets" if baskets else "users"
    user, item = (_with_name(str(column), names) for column in (settings.user, settings.item))
    columns = f"{whose} in column {user}, items in {item}"
    times = [] if settings.time or baskets else columns_of_kind("time", names)
    order = ""
    if len(times) == 1 and not settings.ordered:
        order = Advice("; {time} {} would put them in order", times[0])
    hint(Advice("{}: read as {}; {}{}", table.source, table.described, columns, order))


def _with_name(column: str, names: Sequence[str]) -> str:
    """A column in a message, with its name if it is given by its number: then the table has names."""
    by_number = column not in names and names
    return f"{column} ({names[int(column) - 1]})" if by_number else column
