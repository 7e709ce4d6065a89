"""Who had what, one event after the other, as numbers: read from tables and from lines of items."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.corpus.interaction_options import InteractionOptions
from e2v.corpus.lexicon import Lexicon
from e2v.corpus.tables import Faults, lines_of_items, read_table
from e2v.inputs.sources import Source
from e2v.store import Keys

_EVENTS_AT_ONCE = 1 << 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = range(-(2**63), 2**63)


class Events:
    """The interactions read so far: 8 bytes for each, 16 with its time, and the different users and items.

    Attributes:
        users, items: lexicons of their ids, in the order of arrival.
        faults: rows that could not be read.
        below: how many were rated too low.
    """

    def __init__(self, options: InteractionOptions) -> None:
        self.users, self.items = Lexicon(), Lexicon()
        self.faults = Faults(strict=options.strict)
        self.below = 0
        self._options = options
        self._rows: list[NDArray[np.int32]] = []
        self._columns: list[NDArray[np.int32]] = []
        self._times: list[NDArray[Any]] = []
        self._read_time: Callable[[str], float] | None = None
        self._lines = 0  # of the files that have been read

    def __len__(self) -> int:
        return sum(map(len, self._rows))

    def read(self, source: Source) -> Iterator[int]:
        """Add those of a source; yields how many there are in all, now and then.

        Raises:
            InputError: it cannot be read, or a row of it, if that is to be an error.
        """
        add = self._add_table if self._options.layout == "table" else self._add_lines
        for _ in add(source):
            yield len(self)

    def histories(self) -> Histories:
        """The items of each user, in the order of time, or of arrival; in sets, each item once."""
        users, items = _joined(self._rows), _joined(self._columns)
        by = (_joined(self._times), users) if self._times else (users,)
        order = np.lexsort(by)
        items, offsets = items[order], np.bincount(users, minlength=len(self.users)).cumsum()
        del users, order
        histories = Histories(np.concatenate(([0], offsets)), items)
        return histories if self._options.ordered else histories.first_occurrences()

    def _add(self, users: Sequence[str], items: Sequence[str]) -> None:
        self._rows.append(self.users.intern(Keys.from_strings(users)).astype(np.int32))
        self._columns.append(self.items.intern(Keys.from_strings(items)).astype(np.int32))

    def _add_table(self, source: Source) -> Iterator[None]:
        options = self._options
        for lines, columns in read_table(source, options.columns, self.faults):
            values: dict[str, list[Any]] = {
                "user": [key.strip() or None for key in columns[0]],
                "item": [key.strip() or None for key in columns[1]],
            }
            if options.time:
                values["time"] = self._parsed_times(columns[2])
            if options.rating:
                values["rating"] = _parsed(_finite, columns[-1])
            readable = self._readable(source, lines, values)
            if options.min_rating is not None:
                low = [rating is not None and rating < options.min_rating for rating in values["rating"]]
                self.below += sum(compress(low, readable))
                readable = [fine and not too_low for fine, too_low in zip(readable, low, strict=True)]
            if any(readable):
                self._add(*(list(compress(values[name], readable)) for name in ("user", "item")))
                if options.time:
                    self._times.append(np.array(list(compress(values["time"], readable))))
            yield

    def _readable(self, source: Source, lines: Sequence[int], values: dict[str, list[Any]]) -> list[bool]:
        """Whether each row has all values; those that have not are noted."""
        readable = [True] * len(lines)
        if not any(None in column for column in values.values()):
            return readable
        for place, row in enumerate(zip(*values.values(), strict=True)):
            if None in row:
                readable[place] = False
                column = getattr(self._options, list(values)[row.index(None)])
                self.faults.add(source, lines[place], f"{column} is missing or makes no sense")
        return readable

    def _parsed_times(self, texts: Sequence[str]) -> list[float | None]:
        """Numbers, or microseconds since 1970; the first that can be read tells which all have to be."""
        if self._read_time is None:
            ways = ((text, read) for text in texts for read in (_number, _date))
            self._read_time = next((read for text, read in ways if _parsed(read, [text]) != [None]), None)
        return _parsed(self._read_time or _number, texts)

    def _add_lines(self, source: Source) -> Iterator[None]:
        users: list[str] = []
        items: list[str] = []
        number = 0
        for number, fields in lines_of_items(source, self.faults):
            if self._options.layout == "user-items":
                user, *fields = fields  # noqa: PLW2901 - what is left are the items
            else:
                user = str(self._lines + number)
            users += [user] * len(fields)
            items += fields
            if len(items) >= _EVENTS_AT_ONCE:
                self._add(users, items)
                users, items = [], []
                yield
        self._add(users, items)
        self._lines += number
        yield


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """The parts as one array, which takes their place."""
    parts[:] = [np.concatenate(parts)]
    return parts[0]


def _parsed(read: Callable[[str], float], texts: Sequence[str]) -> list[float | None]:
    """What `read` makes of the texts; None where it raises ValueError."""
    try:
        return list(map(read, texts))
    except ValueError:
        return [_parsed_one(read, text) for text in texts]


def _parsed_one(read: Callable[[str], float], text: str) -> float | None:
    try:
        return read(text)
    except ValueError:
        return None


def _number(text: str) -> float:
    """An integer that NumPy can hold as it is, or a finite float."""
    try:
        whole = int(text)
    except ValueError:
        return _finite(text)
    return whole if whole in _INT64 else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _date(text: str) -> int:
    """Microseconds since 1970 of a date or time in ISO 8601; without a zone it is UTC."""
    moment = datetime.fromisoformat(text.strip())
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return since // timedelta(microseconds=1)
