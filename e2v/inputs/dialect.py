"""What separates fields and quotes them: found by consistency over many lines, or as the user says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.inputs.values import padded

#: Stands for runs of blanks.
BLANKS = " "

_QUOTE, _ESCAPE = '"', "\\"
_SAMPLE = 1 << 18  # bytes of the beginning that are looked at
_SAMPLE_ROWS = 2000
#: How many of the rows have to have the same number of fields, and how many lines of items a separator.
_CONSISTENT, _COMMON = 0.8, 0.5
#: How many values of a column have to be numbers so that a first one that is none is its name.
_MOSTLY = 0.9

_NAMES = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "bar": "|",
    "blank": BLANKS,
    "blanks": BLANKS,
    "space": BLANKS,
}
_SHOWN = {"\t": "tabs", BLANKS: "blanks"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is cut into fields.

    delimiter: a character or two of ASCII, or `BLANKS`. quote, escape: a character of ASCII, or "" for none.
    Between quotes, quotes are doubled, and an escape makes the character after it part of the field.
    """

    delimiter: str
    quote: str = ""
    escape: str = ""

    def __str__(self) -> str:
        if self.delimiter == "\t":
            name = "TSV"
        else:
            between = _SHOWN.get(self.delimiter, self.delimiter)
            name = "CSV" if self.delimiter == "," else f"CSV with {between} between fields"
        if self.delimiter in (",", "\t", ";", "|") and not self.quote:
            name += ", quotes as characters"
        return name if self.quote in ("", _QUOTE) else f"{name}, quotes {self.quote}"

    @property
    def form(self) -> NDArray[np.uint8]:
        """As `e2v.kernels.text.fields.split_fields` takes it."""
        first = "\0" if self.delimiter == BLANKS else self.delimiter[0]
        second = self.delimiter[1:] or "\0"
        return np.frombuffer(
            f"{first}{second}{self.quote or chr(0)}{self.escape or chr(0)}".encode(), np.uint8
        )


@dataclass(frozen=True, slots=True)
class DialectOptions:
    """What the user says of a text; None: told by its content.

    quote: "" for none. encoding: by Python's name.
    """

    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None


def delimiter_named(text: str) -> str:
    """A delimiter as users name it: a character, or two, or a word such as tab.

    Raises:
        ValueError: it is none of these.
    """
    delimiter = _NAMES.get(text, text)
    if not 1 <= len(delimiter) <= 2 or not delimiter.isascii() or set(delimiter) & set('\r\n\0"'):
        raise ValueError("takes a character, or two, such as ',', ';', '|', '::', tab or blanks")
    return delimiter


def quote_named(text: str) -> str:
    """A quote as users name it: a character, or none.

    Raises:
        ValueError: it is neither.
    """
    quote = "" if text == "none" else text
    if quote and (len(quote) > 1 or not "!" <= quote <= "~"):
        raise ValueError("takes a character, or none")
    return quote


class Cut(NamedTuple):
    """Some rows of a text; see `e2v.kernels.text.fields.split_fields` for the arrays.

    text: uint8[...], as `padded` makes it.
    """

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    quoted: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    faults: NDArray[np.uint8]

    def rows(self, n: int) -> Cut:
        """The first n rows."""
        bounds, first, last = self.bounds[: n + 1], self.first[:n], self.last[:n]
        return self._replace(bounds=bounds, first=first, last=last, faults=self.faults[:n])

    @property
    def widths(self) -> NDArray[np.int64]:
        """int64[r]: the number of fields of each row."""
        return np.diff(self.bounds)

    def suspicious(self, dialect: Dialect, width: int | None = None) -> list[int]:
        """Rows on several lines, each of which would be a row by itself if quotes were characters.

        width: how many fields rows have; None: any number, but two at least.
        """
        several = self.last > self.first
        several &= (self.widths > 0) if width is None else (self.widths == width)
        mark = dialect.delimiter.encode()
        found = []
        for row in np.flatnonzero(several).tolist():
            start, stop = self.starts[self.bounds[row]], self.stops[self.bounds[row + 1] - 1]
            marks = [line.count(mark) for line in self.text[start:stop].tobytes().split(b"\n")]
            if all(marks) if width is None else set(marks) == {width - 1}:
                found.append(row)
        return found

    def field(self, row: int, place: int) -> str:
        """A field as it stands in the text, blanks around it apart."""
        at = self.bounds[row] + place
        raw = self.text[self.starts[at] : self.stops[at]].tobytes()
        return raw.decode("utf-8", "surrogateescape").strip()

    def row(self, row: int) -> list[str]:
        """The fields of a row, as `field`."""
        return [self.field(row, place) for place in range(self.bounds[row + 1] - self.bounds[row])]


def cut_sample(head: bytes, dialect: Dialect) -> Cut:
    """The first rows of a text, given its beginning; a row that may go on is left out."""
    from e2v.kernels.text import fields

    whole = len(head) <= _SAMPLE
    sample = head if whole else head[:_SAMPLE]
    text = padded(sample)
    most = len(sample) + 1
    starts, stops, bounds = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most + 1, np.int64)
    quoted, faults = np.empty(most, np.uint8), np.empty(_SAMPLE_ROWS, np.uint8)
    first, last = np.empty((2, _SAMPLE_ROWS), np.int64)
    n, *_ = fields.split_fields(
        text, 0, len(sample), whole, dialect.form, 1, starts, stops, quoted, bounds, first, last, faults
    )
    return Cut(text, starts, stops, quoted, bounds, first, last, faults).rows(n)


def detect_dialect(head: bytes, given: DialectOptions) -> Dialect:
    """The dialect of a table, given its beginning: that in which most rows have equally many fields.

    A tab or `::` goes before other separators, for nobody writes them otherwise; of the others the one that
    makes more fields; blanks come last.
    """
    if given.delimiter is not None:
        return _quoted(head, given.delimiter, given)
    found = {
        delimiter: seen
        for delimiter in ("\t", "::", ";", ",", "|")
        if (seen := _consistency(head, _quoted(head, delimiter, given)))
    }
    for delimiter in ("\t", "::"):
        if delimiter in found:
            return _quoted(head, delimiter, given)
    if ";" in found and "," in found and _has_decimal_commas(head, _quoted(head, ";", given)):
        del found[","]
    if found:
        return _quoted(head, max(found, key=lambda delimiter: found[delimiter]), given)
    blanks = _consistency(head, _quoted(head, BLANKS, given))
    return _quoted(head, BLANKS if blanks else _most_frequent(head), given)


def detect_dialect_of_lines(head: bytes, given: DialectOptions) -> Dialect:
    """The dialect of lines of items: of tab, semicolon, bar and comma the first that half of the lines have.

    Lines of a single word, which need none, do not count. Where none is so common it is blanks.
    """
    if given.delimiter is not None:
        return _quoted(head, given.delimiter, given)
    lines = [line for line in head[:_SAMPLE].split(b"\n")[:_SAMPLE_ROWS] if line.strip()]
    for delimiter in ("\t", ";", "|", ","):
        mark = delimiter.encode()
        having = sum(mark in line for line in lines)
        several = sum(mark in line or len(line.split()) > 1 for line in lines)
        if having and having >= _COMMON * several:
            return _quoted(head, delimiter, given)
    return _quoted(head, BLANKS, given)


def _quoted(head: bytes, delimiter: str, given: DialectOptions) -> Dialect:
    """With the quotes and escapes that the text has.

    In CSV quotes are quotes. TSV, as text between bars, is often written with quotes that are characters like
    any other: where the sample says so, because more of its rows are consistent then.
    """
    quote = ("" if delimiter in ("::", BLANKS) else _QUOTE) if given.quote is None else given.quote
    dialect = Dialect(delimiter, quote)
    if quote and _escapes(head, dialect):
        dialect = replace(dialect, escape=_ESCAPE)
    if delimiter in ("\t", "|") and given.quote is None and _QUOTE.encode() in head:
        plain, cut = replace(dialect, quote="", escape=""), cut_sample(head, dialect)
        # Where all fields of the first row are between quotes, quotes are quotes.
        astray = not cut.quoted[: cut.bounds[1:2].sum()].all() and (
            cut.faults.any() or cut.suspicious(dialect)
        )
        if astray and _n_alike(head, plain) > _n_alike(head, dialect) and _consistency(head, plain):
            return plain
    return dialect


def _escapes(head: bytes, dialect: Dialect) -> bool:
    r"""Whether quotes within quotes are written \" rather than doubled: by how many faults that makes."""
    if f"{_ESCAPE}{dialect.quote}".encode() not in head[:_SAMPLE]:
        return False
    ways = (dialect, replace(dialect, escape=_ESCAPE))
    doubled, escaped = (int(np.count_nonzero(cut_sample(head, way).faults)) for way in ways)
    return escaped < doubled


def _consistency(head: bytes, dialect: Dialect) -> int:
    """How many fields rows have, if nearly all have equally many and two at least; else 0.

    The first row must be one of them: it often names the columns, and a separator that is part of a value,
    even of every value, is not in the names.
    """
    cut = cut_sample(head, dialect)
    widths = cut.widths[cut.faults == 0]
    if not len(widths):
        return 0
    width = int(np.bincount(widths).argmax())
    consistent = width >= 2 and widths[0] == width and np.mean(widths == width) >= _CONSISTENT
    return width if consistent else 0


def _n_alike(head: bytes, dialect: Dialect) -> int:
    """How many rows have as many fields as most."""
    cut = cut_sample(head, dialect)
    return int(np.bincount(cut.widths[cut.faults == 0], minlength=1).max())


def _has_decimal_commas(head: bytes, dialect: Dialect) -> bool:
    """Whether every comma of the sample is within a number: 3,5."""
    from e2v.inputs.values import number

    cut = cut_sample(head, dialect)
    commas = [value for row in range(len(cut.first)) for value in cut.row(row) if "," in value]
    return all(value.count(",") == 1 and number(value.replace(",", ".")) is not None for value in commas)


def _most_frequent(head: bytes) -> str:
    """Of the separators of tables the one that is most frequent in the first line."""
    line = head.split(b"\n", 1)[0].decode("utf-8", "surrogateescape")
    return max((",", "\t", ";", "|"), key=line.count)


def looks_like_header(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Whether the first row names columns: none of it begins like a number, but a column below it does."""
    if not all(names) or any(map(_begins_like_number, names)):
        return False
    columns = list(zip(*(row for row in rows if len(row) == len(names)), strict=True))
    return any(
        sum(map(_begins_like_number, column)) >= _MOSTLY * sum(map(bool, column)) > 0 for column in columns
    )


def has_data(row: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Whether a row has a number in a column of numbers, and so is no header."""
    below = list(zip(*(other for other in rows if len(other) == len(row)), strict=True))
    columns = zip(row, below, strict=False)  # none without rows
    return any(_begins_like_number(value) and all(map(_begins_like_number, rest)) for value, rest in columns)


def _begins_like_number(value: str) -> bool:
    """Dates do, too."""
    return value.lstrip("+-.,")[:1] in tuple("0123456789")
