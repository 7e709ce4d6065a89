"""What Python has in memory, as inputs of jobs: files that `e2v.inputs` reads like any other.

Frames (pandas, polars, Arrow) become Parquet, by way of Arrow's own interface between libraries; lists of
items become JSON lines, in which every id is kept as it is; lists of words become text.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from e2v.errors import InputError, MissingExtraError, UsageError
from e2v.inputs.columns import columns_of_kind
from e2v.inputs.remote import local_inputs
from e2v.inputs.sources import shown_as
from e2v.store import temporary_folder

#: Files, globs, or what Python has in memory.
Input: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Iterable[Any] | Any"


#: What strings in place of files may have been meant as.
A_SENTENCE = "a sentence is a list of words, such as ['a', 'cat', 'sat'], and text a list of sentences"
_A_BASKET = "a basket, or what a user had, is a list of items, and a log a list of those"


def paths_of(given: Any, meant: str) -> list[str] | None:
    """The files that are given; None if it is something in memory.

    A string is a file, and so is each of a list of strings. meant: what to write, where they are no files.

    Raises:
        InputError: there is none of them, and their blanks tell that files are not what is meant.
    """
    several = given if isinstance(given, list | tuple) else [given]
    if not (several and all(isinstance(each, str | os.PathLike) for each in several)):
        return None
    paths = [os.fspath(each) for each in several]
    if any(len(path.split()) > 1 for path in paths) and not any(_may_be_there(path) for path in paths):
        raise InputError(f"{reprlib.repr(paths[0])}: no such file", meant)
    return paths


def _may_be_there(path: str) -> bool:
    """Whether it is a file, or a pattern of files."""
    return glob.has_magic(path) or Path(path).exists()


@contextlib.contextmanager
def text_of(given: Any) -> Iterator[list[str]]:
    """Files of text: those given, or one of the sentences of an iterable of lists of words.

    Raises:
        UsageError: a sentence is no list; a word is none, or holds a blank, at which it would be cut.
        InputError: it is none of these.
    """
    if (paths := paths_of(given, A_SENTENCE)) is not None:
        yield paths
        return
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise InputError(f"{type(given).__name__} is no text", f"give files, or sentences: {A_SENTENCE}")
    with temporary_folder() as folder:
        path = Path(folder, "sentences.txt")
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            for number, sentence in enumerate(given, 1):
                if isinstance(sentence, str | bytes) or not isinstance(sentence, Iterable):
                    what = "a string" if isinstance(sentence, str) else reprlib.repr(sentence)
                    raise UsageError(
                        f"sentence {number} is {what}, and should be a list of words",
                        "split it, or give the path of a file",
                    )
                words = list(sentence)
                for word in words:
                    if not _is_word(word):
                        raise UsageError(
                            f"sentence {number}: {word!r} is not one word",
                            "a word is text without blanks; items may hold any: e2v.events",
                        )
                file.write(" ".join(words) + "\n")
        with shown_as(path, "sentences"):
            yield [str(path)]


def _is_word(word: Any) -> bool:
    try:
        return isinstance(word, str) and len(word.encode(errors="surrogateescape").split()) == 1
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


@contextlib.contextmanager
def trained_on(given: Any) -> Iterator[tuple[list[str], Sequence[str]]]:
    """Files of text, or of a corpus, on this machine; and again those, or nothing if they were made now.

    Raises:
        E2VError: as `text_of` and `local_inputs`.
    """
    with (
        local_inputs(paths_of(given, A_SENTENCE) or ()) as named,
        text_of(list(named) if named else given) as files,
    ):
        yield files, named


@contextlib.contextmanager
def events_of(given: Any) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Files of events, and the settings that go with them: those given, or a table of a frame or of lists.

    Lists of items are baskets; a mapping of users to lists of items is their histories.

    Raises:
        InputError: it is none of these.
        MissingExtraError: it is a frame, and pyarrow is not there.
    """
    if (paths := paths_of(given, _A_BASKET)) is not None:
        yield paths, {}
        return
    with temporary_folder() as folder:
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
                if isinstance(items, str | bytes | tuple) or not isinstance(items, Iterable):
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
    """An id as JSON has it: what stands for a missing value is null, a NumPy number is one of Python's.

    Raises:
        InputError: it is bytes.
    """
    if isinstance(item, bytes | bytearray | memoryview):
        raise InputError(f"{reprlib.repr(item)} is bytes, and an id is text or a number", "decode it")
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
    try:
        table = frame if isinstance(frame, pyarrow.Table) else pyarrow.table(frame)
        pyarrow.parquet.write_table(table, path)
    except (ValueError, pyarrow.ArrowException) as error:
        raise InputError(f"the frame cannot be read: {error}") from error
