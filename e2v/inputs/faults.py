"""What could not be read, and what was read though it looks odd: counted, with its place."""

from __future__ import annotations

import threading
from bisect import insort

from e2v.errors import Advice, InputError
from e2v.inputs.sources import Source
from e2v.notices import notice

_KEPT = 5


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
        self._first: list[tuple[int, int, str]] = []
        self._first_remarks: list[tuple[int, int, str]] = []

    def add(
        self, source: Source, line: int, why: str, last: int | None = None, *, quotes: bool = False
    ) -> None:
        """Note that the lines from `line` to `last` cannot be read; those of a source come nearly in order.

        quotes: because of them.

        Raises:
            InputError: strict.
        """
        with self._lock:
            self.lines += (last or line) - line + 1
            self._note(self._first, source, line, last, self._with_hint(why, quotes), self.strict)

    def remark(
        self, source: Source, line: int, why: str, last: int | None = None, *, quotes: bool = False
    ) -> None:
        """Note that there is something odd about the row on these lines, which is read.

        quotes: about its quotes.

        Raises:
            InputError: strict.
        """
        with self._lock:
            self.remarks += 1
            self._note(
                self._first_remarks, source, line, last, self._with_hint(why, quotes), self._strict_remarks
            )

    @property
    def first(self) -> list[str]:
        """The first few faults, where and why."""
        return [said for _, _, said in self._first]

    @property
    def first_remarks(self) -> list[str]:
        """The first few remarks, where and what."""
        return [said for _, _, said in self._first_remarks]

    def tell_remarks(self) -> None:
        """Tell the first remarks as notices, for who reads a file without a report of it."""
        for said in self.first_remarks:
            notice(said)

    def _with_hint(self, why: str, quotes: bool) -> str:
        return Advice("{} ({})", why, self._about_quotes) if quotes and self._about_quotes else why

    def _note(
        self,
        kept: list[tuple[int, int, str]],
        source: Source,
        line: int,
        last: int | None,
        why: str,
        is_error: bool,
    ) -> None:
        place = f"line {line:,}" if last in (None, line) else f"lines {line:,} to {last:,}"
        said: str = f"{source}, {place}: {why}"
        if isinstance(why, Advice):
            said = Advice("{}, {}: {}", source, place, why)
        if is_error:
            raise InputError(said)
        insort(kept, (self._sources.setdefault(source.name, len(self._sources)), line, said))
        del kept[_KEPT:]
