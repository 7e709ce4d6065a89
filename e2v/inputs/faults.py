"""What could not be read, and what was read though it looks odd: counted, with its place."""

from __future__ import annotations

import threading
from bisect import insort

from e2v.errors import Advice, InputError
from e2v.inputs.sources import Source
from e2v.notices import notice

_KEPT = 5


class _Kind:
    """Faults, or remarks, that differ by their places and values only.

    count: of lines, or of rows remarked on; count_of: by the source's name. first_of: by the same, the line
    of the first, and what is said of it. places: of the first few: the number of the source, the line, what
    is said.
    """

    def __init__(self) -> None:
        self.count = 0
        self.count_of: dict[str, int] = {}
        self.first_of: dict[str, tuple[int, str]] = {}
        self.places: list[tuple[int, int, str]] = []


class Faults:
    """Lines that cannot be read, and remarks about lines that can; for several threads.

    strict: the first of either is an InputError; strict_remarks: whether remarks are, too, where that is so.
    about_quotes: what to try where quotes seem to be astray, for commands that can be told.

    Attributes:
        lines: how many lines cannot be read.
        remarks: how many rows there is something to be said about.
    """

    def __init__(self, *, strict: bool, strict_remarks: bool = True, about_quotes: str | None = None) -> None:
        self.lines = 0
        self.remarks = 0
        self.strict = strict
        self._strict_remarks = strict and strict_remarks
        self._about_quotes = about_quotes
        self._lock = threading.Lock()
        self._sources: dict[str, int] = {}
        self._kinds: dict[str, _Kind] = {}
        self._kinds_of_remarks: dict[str, _Kind] = {}

    def add(
        self,
        source: Source,
        line: int,
        why: str,
        last: int | None = None,
        *,
        kind: str | None = None,
        quotes: bool = False,
    ) -> None:
        """Note that the lines from `line` to `last` cannot be read; those of a source come nearly in order.

        kind: what is the same in all faults like this one, where `why` has values. quotes: because of them.

        Raises:
            InputError: strict.
        """
        with self._lock:
            lines = (last or line) - line + 1
            self.lines += lines
            self._note(self._kinds, lines, source, line, last, why, kind, quotes, self.strict)

    def remark(
        self,
        source: Source,
        line: int,
        why: str,
        last: int | None = None,
        *,
        kind: str | None = None,
        quotes: bool = False,
    ) -> None:
        """Note that there is something odd about the row on these lines, which is read.

        kind: as in `add`. quotes: about its quotes.

        Raises:
            InputError: strict.
        """
        with self._lock:
            self.remarks += 1
            kinds = self._kinds_of_remarks
            self._note(kinds, 1, source, line, last, why, kind, quotes, self._strict_remarks)

    @property
    def first(self) -> list[str]:
        """The first few faults, where and why; where they are many, one of each kind, and how many it has."""
        return _first(self._kinds, "lines")

    @property
    def first_remarks(self) -> list[str]:
        """The first few remarks, where and what, as in `first`."""
        return _first(self._kinds_of_remarks, "rows")

    def of_source(self, source: Source) -> list[str]:
        """Of a source with faults the first, and one of the commonest kind, if another: where and why."""
        name = source.name
        kinds = [kind for kind in self._kinds.values() if name in kind.count_of]
        first = min(kinds, key=lambda kind: kind.first_of[name])
        commonest = max(kinds, key=lambda kind: (kind.count_of[name], kind is first))
        told = [first.first_of[name][1]]
        if commonest is not first:
            told.append(Advice("{} ({:,} like this)", commonest.first_of[name][1], commonest.count_of[name]))
        return told

    def tell_remarks(self) -> None:
        """Tell the first remarks as notices, for who reads a file without a report of it."""
        for said in self.first_remarks:
            notice(said)

    def _with_hint(self, why: str, quotes: bool) -> str:
        return Advice("{} ({})", why, self._about_quotes) if quotes and self._about_quotes else why

    def _note(
        self,
        kinds: dict[str, _Kind],
        count: int,
        source: Source,
        line: int,
        last: int | None,
        why: str,
        kind: str | None,
        quotes: bool,
        is_error: bool,
    ) -> None:
        place = f"line {line:,}" if last in (None, line) else f"lines {line:,} to {last:,}"
        said = Advice("{}, {}: {}", source, place, self._with_hint(why, quotes))
        if is_error:
            raise InputError(said)
        of_kind = kinds.setdefault(kind or why, _Kind())
        of_kind.count += count
        of_kind.count_of[source.name] = of_kind.count_of.get(source.name, 0) + count
        found = line, said
        of_kind.first_of[source.name] = min(of_kind.first_of.get(source.name, found), found)
        insort(of_kind.places, (self._sources.setdefault(source.name, len(self._sources)), line, said))
        del of_kind.places[_KEPT:]


def _first(kinds: dict[str, _Kind], noun: str) -> list[str]:
    """What is said of the first few: several places of one kind, or of several kinds the first of each."""
    if len(kinds) == 1 or sum(len(kind.places) for kind in kinds.values()) <= _KEPT:
        places = sorted(place for kind in kinds.values() for place in kind.places)
        return [said for *_, said in places]
    commonest = sorted(kinds.values(), key=lambda kind: -kind.count)[:_KEPT]
    commonest.sort(key=lambda kind: kind.places[0])
    return [
        Advice("{} ({:,} {} like this)", kind.places[0][-1], kind.count, noun)
        if kind.count > 1
        else kind.places[0][-1]
        for kind in commonest
    ]
