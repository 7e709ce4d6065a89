"""What Python has in memory, as inputs of jobs: files that `e2v.inputs` reads like any other.

Frames (pandas, polars, Arrow) become Parquet, by way of Arrow's own interface between libraries; lists of
items become JSON lines, in which every id is kept as it is; lists of words become text.
"""

from __future__ import annotations

import contextlib
import json
import os
import reprlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from e2v.errors import InputError, MissingExtraError, UsageError
from e2v.inputs.columns import columns_of_kind
from e2v.inputs.sources import shown_as

#: Files, globs, or what Python has in memory.
Input: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Iterable[Any] | Any"


def paths_of(given: Any) -> list[str] | None:
    """The files that are given; None if it is something in memory.

    A string is a file, and so is each of a list of strings.
    """
    if isinstance(given, str | os.PathLike):
        return [os.fspath(given)]
    if (
        isinstance(given, list | tuple)
        and given
        and all(isinstance(each, str | os.PathLike) for each in given)
    ):
        return [os.fspath(each) for each in given]
    return None


@contextlib.contextmanager
def text_of(given: Any) -> Iterator[list[str]]:
    """Files of text: those given, or one of the sentences of an iterable of lists of words.

    Raises:
        UsageError: a word is none, or holds a blank, at which it would be cut.
    """
    if (paths := paths_of(given)) is not None:
        yield paths
        return
    with tempfile.TemporaryDirectory(prefix="e2v-") as folder:
        path = Path(folder, "sentences.txt")
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            for number, words in enumerate(given, 1):
                if isinstance(words, str):
                    raise UsageError(
                        f"sentence {number} is a string, and should be a list of words",
                        "split it, or give the path of a file",
                    )
                for word in words:
                    if not isinstance(word, str) or len(word.encode(errors="surrogateescape").split()) != 1:
                        raise UsageError(
                            f"sentence {number}: {word!r} is not one word",
                            "a word is text without blanks; items may hold any: e2v.events",
                        )
                file.write(" ".join(words) + "\n")
        with shown_as(path, "sentences"):
            yield [str(path)]


@contextlib.contextmanager
def events_of(given: Any) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Files of events, and the settings that go with them: those given, or a table of a frame or of lists.

    Lists of items are baskets; a mapping of users to lists of items is their histories.

    Raises:
        InputError: it is none of these.
        MissingExtraError: it is a frame, and pyarrow is not there.
    """
    if (paths := paths_of(given)) is not None:
        yield paths, {}
        return
    with tempfile.TemporaryDirectory(prefix="e2v-") as folder:
        if hasattr(given, "__arrow_c_stream__"):
            path = Path(folder, "events.parquet")
            _write_parquet(given, path)
            with shown_as(path, "frame"):
                yield [str(path)], {}
            return
        if not isinstance(given, Iterable):
            raise InputError(
                f"{type(given).__name__} is no log of events", "give files, a frame, or lists of items"
            )
        if isinstance(given, Mapping):
            _refuse_columns(given)
        baskets = given.items() if isinstance(given, Mapping) else enumerate(given, 1)
        path = Path(folder, "events.jsonl")
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            for user, items in baskets:
                if isinstance(items, str | tuple) or not isinstance(items, Iterable):
                    raise InputError(
                        f"what {user} had is {reprlib.repr(items)}, and should be a list of items",
                        "pairs of a user and an item are rows of a frame",
                    )
                file.writelines(json.dumps({"user": _id(user), "item": _id(item)}) + "\n" for item in items)
        with shown_as(path, "events"):
            yield [str(path)], {"user": "user", "item": "item"}


def _refuse_columns(given: Mapping[Any, Any]) -> None:
    """A mapping of columns is no mapping of users.

    Raises:
        InputError: its keys are called as columns of users and of items are.
    """
    names = [name for name in given if isinstance(name, str)]
    if columns_of_kind("user", names) and columns_of_kind("item", names):
        raise InputError(
            f"a mapping of {', '.join(names[:4])} seems to be a table, not users and what they had",
            "make a frame of it, such as pyarrow.table(...)",
        )


def _id(item: Any) -> Any:
    """An id as JSON has it: what stands for a missing value is null, a NumPy number is one of Python's."""
    if item is None or type(item).__name__ == "NAType":
        return None
    plain = item.item() if hasattr(item, "item") else item
    return plain if isinstance(plain, str | int | float) and not isinstance(plain, bool) else str(plain)


def _write_parquet(frame: Any, path: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("a frame as an input", "pyarrow") from None
    table = frame if isinstance(frame, pyarrow.Table) else pyarrow.table(frame)
    pyarrow.parquet.write_table(table, path)
