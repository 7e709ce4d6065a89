"""Vectors that are asked about, as `e2v lookup` prints them: `e2v lookup king | e2v similar --vector -`."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from e2v.cli.shared.question_lines import question_batches, stdin_batches
from e2v.cli.shared.questions import Question
from e2v.errors import InputError, SharedTitleError
from e2v.inputs.tsv import unescape
from e2v.inputs.values import number
from e2v.json_text import json_value
from e2v.vectors.keyed import ResolvedKey

if TYPE_CHECKING:
    from e2v.vectors import KeyedVectors
    from e2v.vectors.matrix import Floats

_LINES_AT_ONCE = 1000
_HOW = "a line is a key, a tab and numbers with blanks between them, or the numbers alone, or what " + (
    "e2v lookup --format json prints"
)


def vector_questions(file: str, vectors: KeyedVectors, batch_size: int) -> Iterator[list[Question]]:
    """Questions about the vectors in a file, or on stdin if it is `-`, one a line.

    Each is the vector of a key of its line, which is then no answer; or of none, and called by its line.

    Raises:
        InputError: the file is missing or unreadable; a line is none of these, or its vector has another
            length, or a number that is not finite.
    """

    def read(line: str, place: int) -> Question:
        return _read(line, place, vectors)

    if file == "-":
        return stdin_batches(read, batch_size)
    return question_batches(_blocks(file), read, batch_size)


def _blocks(file: str) -> Iterator[list[str]]:
    from e2v.inputs.lines import lines
    from e2v.inputs.sources import Source

    found = (text for _, text in lines(Source(file)))
    while block := list(itertools.islice(found, _LINES_AT_ONCE)):
        yield block


def _read(line: str, place: int, vectors: KeyedVectors) -> Question:
    key, values = _fields(line, place)
    name = str(place) if key is None else key
    if not values:  # what lookup prints of an unknown key
        return Question([name], place, ())
    vector = _vector(values, place)
    if len(vector) != vectors.dim:
        raise InputError(
            f"line {place} has {len(vector):,} numbers, and a vector of this model has {vectors.dim:,}",
            "e2v lookup prints them from the same model, with the same --vectors and --center",
        )
    meant = None
    if key is not None:
        with contextlib.suppress(SharedTitleError):  # it is none of them
            meant = vectors.find(key)
    known = ResolvedKey(name, -1) if meant is None else meant
    return Question([name], place, [known._replace(vector=vector)])


def _fields(line: str, place: int) -> tuple[str | None, Sequence[object]]:
    """The key of a line, if it has one, and the numbers, which are still to be read."""
    if not line.startswith("{") or "\t" in line:  # of which JSON has none
        key, tab, rest = line.partition("\t")
        return (unescape(key), rest.partition("\t")[0].split()) if tab else (None, line.split())
    try:
        asked = json_value(line)
    except (ValueError, RecursionError):
        asked = None
    if isinstance(asked, dict):
        name, values = asked.get("key"), asked.get("vector", 0)
        if isinstance(name, str | None) and isinstance(values, list | None):
            return name, values or ()
    raise InputError(f"line {place} is no vector", _HOW)


def _vector(values: Sequence[object], place: int) -> Floats:
    """float32[m]: the numbers, which are finite."""
    read = [number(value) if isinstance(value, str) else value for value in values]
    found = np.full(len(read), np.nan, np.float32)
    for position, value in enumerate(read):
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _HUGE:
            found[position] = value
    bad = np.flatnonzero(~np.isfinite(found))
    if len(bad):
        shown = values[int(bad[0])]
        raise InputError(f"line {place}: {'null' if shown is None else shown} is no finite number", _HOW)
    return found


#: The largest number of float32.
_HUGE = float(np.finfo(np.float32).max)
