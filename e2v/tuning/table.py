"""The table of a search: a line of JSON for each trial, written as soon as it has ended, and gone on from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

from e2v.errors import Advice, InputError, OutputError, UsageError
from e2v.inputs.lines import lines
from e2v.inputs.sources import Source
from e2v.notices import hint
from e2v.store import atomic_path
from e2v.store.explain import explained
from e2v.store.provenance import Record

#: The fields of the first line, and of the last.
_OF, _CHOSEN = "tuning", "chosen"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of some settings on a sample.

    round: from 1. number: of the settings, 0 are the defaults.
    settings: those that differ from the defaults. size: of the sample. value: the mean over the cases by
    which settings are chosen; None if the training failed, as `failed` says. confirmed: the mean over the
    other cases; ahead: the mean of their differences from those of the defaults; error: its standard error;
    all three of the last round only. seconds: to learn and to measure, without compiling.
    """

    round: int
    number: int
    settings: Mapping[str, Any]
    size: int
    value: float | None
    seconds: float
    confirmed: float | None = None
    ahead: float | None = None
    error: float | None = None
    failed: str | None = None


class Table:
    """The trials of a search, on disk and in memory.

    path: of the file. about: what the search is of, which another one's table does not say. Its trials are
    taken over if `resume`; else it is put aside, under a name that is free. The file is written with the
    first trial, so that a search that cannot begin leaves all as it is.

    Raises:
        UsageError: the file is no such table.
        InputError: it is of another search.
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path, about: Mapping[str, Any], *, resume: bool) -> None:
        self.path = path
        self.trials: dict[tuple[int, int], Trial] = {}
        self._first: dict[str, Any] = {_OF: json.loads(json.dumps(about))}
        self._begun = False
        records = _read(path)
        if records and resume:
            _compare(path, records[0][_OF], self._first[_OF])
            for record in records[1:]:
                if _CHOSEN not in record:
                    trial = Trial(**record)
                    self.trials[trial.round, trial.number] = trial
            self._begin()  # without a line that was cut off
        elif resume:
            hint(f"{path}: no such table, so the search starts at its beginning")

    @property
    def begun(self) -> bool:
        """Whether the file is this search's."""
        return self._begun

    def _begin(self) -> None:
        with atomic_path(self.path) as temporary, temporary.open("w", encoding="utf-8") as file:
            for record in (self._first, *map(_record, self.trials.values())):
                file.write(json.dumps(record) + "\n")
        self._begun = True

    def _put_aside(self) -> None:
        """Give the table of an earlier search, if there is one, another name."""
        records = _read(self.path)
        if not records:
            return
        names = (f"{self.path.name}.old{number or ''}" for number in count())
        aside = next(to for name in names if not os.path.lexists(to := self.path.with_name(name)))
        with explained(aside, aside):
            self.path.rename(aside)
        if any(_CHOSEN in record for record in records):
            hint(Advice("{}, of an earlier search, is now {}", self.path, aside))
        else:
            told = "{}, of a search that was stopped, is now {}; {resume} would have gone on"
            hint(Advice(told, self.path, aside))

    def add(self, trial: Trial) -> None:
        """Write a trial down."""
        if not self._begun:
            self._put_aside()
            self._begin()
        self.trials[trial.round, trial.number] = trial
        self._write(_record(trial))

    def conclude(self, number: int, command: str) -> None:
        """Write down which settings are chosen, and the command line that makes the model."""
        self._write({_CHOSEN: number, "command": command})

    def of_round(self, number: int) -> list[Trial]:
        """The trials of a round, in the order in which they were made."""
        return [trial for (of, _), trial in self.trials.items() if of == number]

    def _write(self, record: Mapping[str, Any]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error


def _record(trial: Trial) -> dict[str, Any]:
    """A trial without what it does not have."""
    kept = {name: value for name, value in asdict(trial).items() if value is not None}
    return {**kept, "value": trial.value}


def _read(path: Path) -> list[dict[str, Any]]:
    """The lines of a table, the first of which says what it is of; none if there is no file.

    The last line may have been cut off, and is left out then.

    Raises:
        UsageError: it is another file.
    """
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        found = [line for _, line in lines(Source(str(path)))]
        records = [_parsed(line) for line in found]
        if records and records[-1] is None:
            records.pop()
        whole = [record for record in records if record is not None]
        if len(whole) < len(records) or not isinstance(whole[0].get(_OF), dict):
            raise ValueError
        for record in whole[1:]:
            if _CHOSEN not in record:
                _check_types(Trial(**record), Record(path, record))
    except (InputError, ValueError, TypeError, IndexError) as error:
        if isinstance(error.__cause__, OSError):
            raise
        raise UsageError(
            f"{path} is where the trials would be written, and is no table of them",
            Advice("move it away, or name another {table}"),
        ) from None
    return whole


def _check_types(trial: Trial, record: Record) -> None:
    """InputError or ValueError where a field of a trial is of another type."""
    whole = record.whole("round", 1), record.whole("number"), record.whole("size")
    for name in ("value", "confirmed", "ahead", "error"):
        record.number(name)
    record.text("failed")
    if None in whole or record.number("seconds") is None or not isinstance(trial.settings, dict):
        raise ValueError


def _parsed(line: str) -> dict[str, Any] | None:
    """The object of a line, None if it is none."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _compare(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """See that a table is of the same search.

    Raises:
        InputError: it is of another.
    """
    for name in {**here, **there}:
        if there.get(name) != here.get(name):
            raise InputError(
                f"{path} is of another search: {name} {there.get(name)} there, {here.get(name)} here",
                Advice("leave out {resume} to begin anew"),
            )
