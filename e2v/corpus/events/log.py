"""Who had what, one event after the other, as numbers: read from tables and from lines of items."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.events.settings import EventSettings
from e2v.corpus.histories import Histories
from e2v.corpus.text.lexicon import Lexicon
from e2v.corpus.times import Times
from e2v.errors import Advice
from e2v.inputs.faults import Faults
from e2v.inputs.read_ahead import read_ahead
from e2v.inputs.rows import cut_lines
from e2v.inputs.sources import Source
from e2v.inputs.tables import Rows, Table, refuse_tables
from e2v.inputs.values import (
    Column,
    DecimalMark,
    ParsedValues,
    ids,
    is_ambiguous,
    iso_times,
    numbers,
    readings,
)
from e2v.inputs.written_dates import WrittenDates
from e2v.kernels.linalg import ordering

#: A date whose century is not in it, which is guessed by nobody.
_SHORT_YEAR = re.compile(r"\s*\d{1,2}([./-])\d{1,2}\1\d{2}(\D|$)")
_TWO_DIGITS = "a date of which century? export years with four digits"
_AHEAD = 2  # batches that wait, besides the one that is being read


class Events:
    """The events read so far, and the different users and items: 8 bytes for an event, 16 with its time, 24
    with a date whose order all of them tell, and 4 more with its weight.

    Attributes:
        users, items: lexicons of their ids, in the order of arrival.
        faults: lines that could not be read.
        lines: how many lines could be read.
        below: how many events were rated too low.
        without_user: how many rows name no user.
        without_items: lines that name a user and no item; first_without_items: where the first is.
    """

    def __init__(self, options: EventSettings) -> None:
        self.users, self.items = Lexicon(), Lexicon()
        self.faults = Faults(
            strict=options.strict,
            about_quotes=Advice("{quote} none: quotes are like any other character"),
        )
        self.lines = 0
        self.below = 0
        self.without_user = 0
        self.without_items = 0
        self.first_without_items: str | None = None
        self._options = options
        self._rows: list[NDArray[np.int32]] = []
        self._columns: list[NDArray[np.int32]] = []
        # A thread each, so that ids come in order; batches that are being looked up.
        self._pools = (ThreadPoolExecutor(1), ThreadPoolExecutor(1))
        self._pending: deque[tuple[Future[NDArray[np.int32]], ...]] = deque()
        self._times: list[NDArray[Any]] = []
        self._weights: list[NDArray[np.float32]] = []
        self._read_time: Callable[[Column], ParsedValues] | None = None
        self._marks: dict[str, DecimalMark | None] = {}  # of ratings and weights, by column
        self._dates = WrittenDates(options.date_order)
        self._numbered = 0  # lines of the files that have been read
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def read_table(self, table: Table, options: EventSettings) -> Iterator[int]:
        """Add the rows of a table; `options` name its columns. Yields now and then how many events there are.

        Raises:
            InputError: it cannot be read, or a row of it, if that is to be an error.
        """
        self._options = options
        of_numbers = filter(None, (options.weight, options.rating))
        self._marks = {column: table.decimal_mark(column) for column in of_numbers}
        return self._read(table, table.rows(options.columns, self.faults, options.item))

    def _read(self, table: Table, batches: Iterator[Rows]) -> Iterator[int]:
        # The thread that reads and cuts up would find a later fault before this one finds an earlier.
        with closing(batches if self._options.strict else read_ahead(batches, 1 + _AHEAD)) as rows:  # type: ignore[type-var]
            for batch in rows:
                self._add_rows(table, batch)
                yield len(self)
        self._settle()

    def read_lines(self, source: Source) -> Iterator[int]:
        """Add lines of items, each after a user's id if the layout has them; yields as `read_table`.

        Raises:
            InputError: as `read_table`.
        """
        with_users = self._options.layout == "user-items"
        refuse_tables(source, self._options.dialect, f"e2v events {source} reads it, without {{layout}}")
        last = 0
        for lines in cut_lines(source, self._options.dialect, self.faults, user_first=with_users):
            self.lines += len(lines.numbers)
            counts = np.diff(lines.bounds)
            if with_users:
                counts -= 1
                self.without_items += int(np.count_nonzero(counts == 0))
                if self.first_without_items is None and not counts.all():
                    first = int(np.argmin(counts))
                    user = lines.items.shown(int(lines.bounds[first]))
                    self.first_without_items = f"line {lines.numbers[first]:,} of {source}, {user}"
                users = lines.items.take(lines.bounds[:-1][counts > 0])
                is_item = np.ones(len(lines.items), np.bool_)
                is_item[lines.bounds[:-1]] = False
                items = lines.items.take(np.flatnonzero(is_item))
            else:
                users = Column.of([str(self._numbered + number) for number in lines.numbers.tolist()])
                items = lines.items
            self._add(users, items, repeats=counts[counts > 0])
            last = int(lines.numbers[-1]) if len(lines.numbers) else last
            yield len(self)
        self._settle()
        self._numbered += last

    def histories(self) -> tuple[Histories, Times | None]:
        """The items of each user, in the order of time, or of arrival; in sets, each item once; their times.

        With weights, if the events have some.

        Raises:
            InputError: dates do not say whether the day or the month comes first.
        """
        users, items = _joined(self._rows), _joined(self._columns)
        offsets = np.concatenate(([0], np.bincount(users, minlength=len(self.users)).cumsum()))
        order = np.empty(len(users), np.int64)
        ordering.group(users, offsets[:-1].copy(), order)
        times = None
        if self._times:
            moments = self._moments()
            ordering.sort_groups(order, offsets, moments)
            times = Times.of_log(moments, dates=self._read_time is not numbers)
            del moments
            times = times._replace(values=times.values[order])
        weights = _joined(self._weights)[order] if self._weights else None
        histories = Histories(offsets, items[order], weights)
        del users, items, order
        return (histories if self._options.ordered else histories.first_occurrences()), times

    def _moments(self) -> NDArray[Any]:
        """The times of all events, which are not kept any longer."""
        times = _joined(self._times)
        self._times = []
        if times.ndim == 1:
            return times
        return np.ascontiguousarray(self._dates.chosen(times, f"column {self._options.time}"))

    def _add(self, users: Column, items: Column, repeats: NDArray[np.int64] | None = None) -> None:
        """Have events looked up, users and items at the same time, while more are read.

        repeats: how many items each user has; None: one.
        """

        def rows_of(users: Column) -> NDArray[np.int32]:
            rows = self.users.number(users)
            return rows if repeats is None else np.repeat(rows, repeats)

        self._pending.append(
            (self._pools[0].submit(rows_of, users), self._pools[1].submit(self.items.number, items))
        )
        self._n += len(items)
        self._settle(_AHEAD)

    def _settle(self, most: int = 0) -> None:
        """Wait until no more than so many batches are being looked up."""
        while len(self._pending) > most:
            rows, columns = self._pending.popleft()
            self._rows.append(rows.result())
            self._columns.append(columns.result())

    def _add_rows(self, table: Table, rows: Rows) -> None:
        options = self._options
        users, no_user = ids(rows.columns[0])
        items, no_item = ids(rows.columns[1])
        wrong = [no_user, no_item]
        if options.time:
            times = self._parsed_times(rows.columns[2])
            wrong.append(times.wrong)
        kept = np.ones(len(users), np.bool_)
        if options.rating:
            ratings = numbers(rows.columns[-1], self._marks[options.rating])
            kept = ratings.wrong | (ratings.values >= (options.min_rating or 0))
        if options.weight:
            weights = self._parsed_weights(rows.columns[2 + (options.time is not None)], options.weight)
            wrong.append(weights.wrong & kept)
        if options.rating:
            wrong.append(ratings.wrong)
        unreadable = np.logical_or.reduce(wrong)
        # A JSON array has many rows on a line, and a list one for each element: each counts.
        self.lines += int((rows.last - rows.first + 1)[~unreadable].sum())
        self.without_user += int(np.count_nonzero(no_user))
        for row in np.flatnonzero(unreadable).tolist():
            column = next(column for column, bad in enumerate(wrong) if bad[row])
            kind, why = self._complaint(column, rows.columns[column], row)
            self.faults.add(table.source, int(rows.first[row]), why, int(rows.last[row]), kind=kind)
        if options.min_rating is not None:
            self.below += int(np.count_nonzero(~unreadable & ~kept))
        kept &= ~unreadable
        places = np.flatnonzero(kept)
        if not len(places):
            return
        items = items.take(places)
        counts = None
        if options.item_separator:
            items, counts = self._several(table.source, items, rows.first[places], options.item_separator)
            users = users.take(places[counts > 0])
            places, counts = np.repeat(places, counts), counts[counts > 0]
        else:
            users = users.take(places)
        if options.time:
            self._times.append(times.values[places])
        if options.weight:
            self._weights.append(weights.values[places].astype(np.float32))
        self._add(users, items, counts)

    def _several(
        self, source: Source, cells: Column, lines: NDArray[np.int64], separator: str
    ) -> tuple[Column, NDArray[np.int64]]:
        """The items in cells that hold several, and int64[n]: how many each cell has."""
        parts = [[part.strip() for part in cell.split(separator)] for cell in cells.strings()]
        items = Column.of([part for of_cell in parts for part in of_cell])
        empty = items.starts == items.stops
        items, missing = ids(items)
        owners = np.repeat(np.arange(len(parts)), [len(of_cell) for of_cell in parts])
        for place in np.flatnonzero(missing & ~empty).tolist():
            why = f"{items.shown(place)} is no id and left out"
            self.faults.remark(source, int(lines[owners[place]]), why, kind="no id")
        found = np.flatnonzero(~missing)
        counts = np.bincount(owners[found], minlength=len(parts))
        for row in np.flatnonzero(counts == 0).tolist():
            self.faults.add(source, int(lines[row]), f"{self._options.item} has no item")
        return items.take(found), counts

    def _complaint(self, number: int, column: Column, row: int) -> tuple[str, str]:
        """What is wrong with the value of a column: without the value, and with it."""
        name = self._options.columns[number]
        name = f"column {name}" if name.isdecimal() else name
        if column.starts[row] == column.stops[row]:
            return f"{name} is missing", f"{name} is missing"
        if number < 2 or ids(column.take(np.array([row])))[1][0]:
            wanted = "which stands for a missing value"
        elif number == 2 and self._options.time is not None:
            wanted = _TWO_DIGITS if _SHORT_YEAR.match(column.string(row)) else self._time_wanted()
        elif self._options.columns[number] == self._options.weight and self._is_number(column, row):
            wanted = "and no weight: above 0, below 3e38"
        elif is_ambiguous(text := column.string(row)):
            wanted = readings(text)
        else:
            wanted = "no number, as 4.5 or 1,016.50 are"
        return f"{name} is {wanted}", f"{name} is {column.shown(row)}, {wanted}"

    def _is_number(self, column: Column, row: int) -> bool:
        return not numbers(column.take(np.array([row])), self._marks[str(self._options.weight)]).wrong[0]

    def _parsed_weights(self, column: Column, name: str) -> ParsedValues:
        """Numbers that are above 0, and neither too small nor too large for a float32."""
        parsed = numbers(column, self._marks[name])
        with np.errstate(over="ignore"):
            weights = parsed.values.astype(np.float32)
        return parsed._replace(wrong=parsed.wrong | ~((weights > 0) & np.isfinite(weights)))

    def _time_wanted(self) -> str:
        """What a time should be like: as most of the first ones are."""
        if self._read_time is None:
            return "no time, as 2024-01-31 18:30, 31.01.2024, 01/31/2024 or a number are"
        if self._read_time is numbers:
            return "no number, as most times that can be read are"
        if self._read_time is iso_times:
            return "no time in ISO 8601, such as 2024-01-31 18:30, as most that can be read are"
        return "no date such as 31.01.2024 or 01/31/2024, as most that can be read are"

    def _parsed_times(self, column: Column) -> ParsedValues:
        """Numbers, or microseconds since 1970: what most of the first batch with times are, all have to be.

        values: of dates that have the year last int64[n, 2], see `WrittenDates`.
        """
        if self._read_time is not None:
            return self._read_time(column)
        readers: list[Callable[[Column], ParsedValues]] = [numbers, iso_times, self._dates.read]
        found = [numbers(column)]
        for read in readers[1:]:
            if 2 * found[-1].n_right <= len(column):
                found.append(read(column))
        best = max(range(len(found)), key=lambda number: found[number].n_right)
        if found[best].n_right:
            self._read_time = readers[best]
        return found[best]


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """The parts as one array, which takes their place."""
    parts[:] = [np.concatenate(parts)]
    return parts[0]
