"""Reading what a file says about how it was made: a field of another type than it should be is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from e2v import __version__
from e2v.errors import DamagedFileError
from e2v.store.schema import Problem

#: Objects and arrays within each other: files that are made of files that are made of files have a few.
_DEEPEST = 64


class OddFieldError(DamagedFileError):
    """A field of a file's provenance is not what it should be; `what` says which, and why."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is damaged: provenance: {what}")
        self.what = what


class Record(Mapping[str, Any]):
    """An object of a file's provenance, with access by type; a field that is not there is None.

    path: of the file. values: the object. name: where it stands, for messages; empty for the whole.
    """

    def __init__(self, path: Path, values: Mapping[str, Any], name: str = "") -> None:
        self.path = path
        self._values = values
        self._name = name

    def __getitem__(self, field: str) -> Any:
        return self._values[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def inner(self, field: str) -> Record:
        """An object in this one; an empty one if it is not there.

        Raises:
            DamagedFileError: it is something else. So with the other types.
        """
        value = self.get(field)
        if value is not None and not isinstance(value, dict):
            raise self.odd(field, "an object")
        return Record(self.path, value or {}, self._place(field))

    def items_of(self, field: str) -> list[Record]:
        """An array of objects; an empty one if it is not there."""
        values = self.get(field, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.odd(field, "an array of objects")
        return [Record(self.path, value, f"{self._place(field)}.{i}") for i, value in enumerate(values)]

    def text(self, field: str, choices: Sequence[str] = ()) -> str | None:
        """A string; if there are `choices`, one of these."""
        value = self.get(field)
        if value is not None and (not isinstance(value, str) or (choices and value not in choices)):
            raise self.odd(field, f"one of {', '.join(choices)}" if choices else "a string")
        return value

    def flag(self, field: str) -> bool | None:
        """True or false."""
        value = self.get(field)
        if value is not None and not isinstance(value, bool):
            raise self.odd(field, "true or false")
        return value

    def whole(self, field: str, least: int = 0, most: int = (1 << 63) - 1) -> int | None:
        """A whole number within bounds."""
        value = self.get(field)
        if value is not None and (type(value) is not int or not least <= value <= most):
            raise self.odd(field, f"a whole number from {least} to {most}")
        return value

    def number(self, field: str, least: float = -math.inf, most: float = math.inf) -> float | None:
        """A finite number within bounds."""
        value = self.get(field)
        if value is None:
            return None
        # Compared as it is: a whole number may be too large to become a float.
        if type(value) not in (int, float) or not least <= value <= most or not -_HUGE <= value <= _HUGE:
            raise self.odd(field, f"a number from {least:g} to {most:g}" if least > -_HUGE else "a number")
        return float(value)

    def odd(self, field: str, wanted: str) -> OddFieldError:
        """The error for a field that is not what it should be."""
        shown = json.dumps(self.get(field))
        shown = shown if len(shown) <= 60 else f"{shown[:50]}..."
        return OddFieldError(self.path, f"{self._place(field)} is {shown}, not {wanted}")

    def ngram_lengths(self, field: str = "subword") -> tuple[int, int] | None:
        """Two lengths, MIN:MAX, of the n-grams of a model with subwords."""
        text = self.text(field)
        if text is None:
            return None
        if not re.fullmatch(r"[1-9][0-9]?:[1-9][0-9]?", text):
            raise self.odd(field, "two lengths such as 3:6")
        shortest, longest = map(int, text.split(":"))
        return shortest, longest

    def _place(self, field: str) -> str:
        return f"{self._name}.{field}" if self._name else field


_HUGE = 1.7976931348623157e308


def made_by(command: str, **made_of: Any) -> dict[str, Any]:
    """The provenance of a file: who makes it, with which settings and of what; what is None is left out."""
    made = {"tool": "e2v", "version": __version__, "command": command}
    return {**made, **{name: value for name, value in made_of.items() if value is not None}}


def parse_provenance(text: str) -> dict[str, Any]:
    """The object that a header holds as text: one that can be written again, printed and walked.

    Raises:
        ValueError, TypeError, RecursionError: it is none.
    """
    values = json.loads(text, object_pairs_hook=unique, parse_constant=_finite, parse_float=_finite)
    if not isinstance(values, dict):
        raise ValueError("provenance is not an object")
    _check_depth(values)
    json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogateescape")  # no other lone surrogates
    return values


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, whose names occur once.

    Raises:
        ValueError: one occurs again, and would hide the first.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"provenance holds {number[:20]}")
    return value


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise ValueError(f"provenance is nested more than {_DEEPEST} deep")


def provenance_problems(made: Record) -> Iterator[Problem]:
    """The fields that e2v acts on and that are not what they should be."""
    corpus, settings, state = "corpus", "settings", "state"
    reads: tuple[Callable[[], object], ...] = (
        lambda: made.flag("ordered"),
        lambda: made.inner(settings).ngram_lengths(),
        lambda: made.inner(settings).text("tokenizer"),
        lambda: made.inner(settings).flag("lowercase"),
        lambda: made.inner(corpus).inner(settings).text("tokenizer"),
        lambda: made.inner(corpus).inner(settings).flag("lowercase"),
        lambda: made.inner("model").text("digest"),
        lambda: made.inner("shard").whole("number", 1),
        lambda: made.inner("shard").whole("of", 1),
        lambda: made.inner("graph").number("scale"),
        lambda: made.inner(state).whole("units"),
        lambda: made.inner(state).number("seconds", 0),
    )
    for what in dict.fromkeys(filter(None, map(_problem, reads))):
        yield Problem("provenance", what)


def _problem(read: Callable[[], object]) -> str | None:
    try:
        read()
    except OddFieldError as error:
        return error.what
    return None
