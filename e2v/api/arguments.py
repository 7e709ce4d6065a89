"""Arguments of the Python face that are no settings of a command: declared and checked as those are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from e2v import common_settings
from e2v.corpus.features.columns import FeatureColumns, item_features
from e2v.durations import Interval, interval
from e2v.inputs.columns import KeyedColumn
from e2v.recommend.settings import popularity_penalty
from e2v.settings import declared, resolve, setting
from e2v.vectors.settings import Method, Narrowing, QuerySettings, categories_table, diversity, per_category

_Narrowing = TypeVar("_Narrowing", bound=Narrowing)


def _key(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError("must be text (a vector goes to similar(vector=...))")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError("must be text")
    return given


def _id(given: Any) -> str:
    """An id of a user or item, which may be a whole number, of NumPy too."""
    if isinstance(given, bool) or not (isinstance(given, str) or hasattr(given, "__index__")):
        raise ValueError("must be text or a whole number")
    return str(given)


def _callable(given: Any) -> Any:
    if not (isinstance(given, bool) or callable(given)):
        raise ValueError("must be a function, true or false")
    return given


def _output(given: Any) -> Any:
    """A path as it is written, of which `./-` is a file and `-` none; or a stream."""
    if not (isinstance(given, str | os.PathLike) or hasattr(given, "write")):
        raise ValueError("must be the path of a file")
    return given


def _several(parse: Any, help: str) -> Any:
    return setting((), help, repeated=True, parse=parse)


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """By their names: one that several functions have means the same in all.

    Models and corpora are paths, too.
    """

    path: Path = setting(..., "The file to open.")
    model: Path = setting(..., "A model, or its file.")
    corpus: Path = setting(..., "A corpus, or its file.")
    old: Path = setting(..., "The version before.")
    new: Path = setting(..., "The version after.")
    user_features: Path = setting(..., "A table of users.")
    item_features: FeatureColumns = item_features()
    file: str = setting(..., "A file of another program.")
    update: Path = setting(..., "What to go on with.")
    freeze: bool = setting(False, "Keep the rows of that model.")
    init: str = setting(..., "Vectors to start from.")
    output: str | os.PathLike[str] = setting(..., "The file to write.", parse=_output)
    held_out: str | os.PathLike[str] = setting(..., "The text to write.", parse=_output)
    keep: Path = setting(..., "A folder for all that is made.")
    table: Path = setting(..., "The table of trials.")
    preset: str = setting(..., "Settings that go together.")
    also: tuple[str, ...] = setting((), "More words.")
    which: str = setting("input", "The vectors that are asked.")
    center: bool = setting(False, "Take their mean from the vectors.")
    key: str = setting(..., "A key, or title.")
    keys: tuple[str, ...] = _several(_key, "Keys, or titles: one, or several.")
    minus: tuple[str, ...] = setting((), "Keys to be unlike: one, or several.")
    a: str = setting(..., "A key, or title.")
    b: str = setting(..., "A key, or title.")
    c: str = setting(..., "A key, or title.")
    n: int = common_settings.number(10, least=1)
    number: int = setting(..., "Of a sentence, or history.")
    restrict: int = common_settings.restrict()
    threads: int = common_settings.threads()
    method: Method = setting("3cosadd", declared(QuerySettings)["method"].help)
    csls: float = common_settings.csls()
    user: str = setting(..., "The id of a user.", parse=_id)
    text: str = setting(..., "A text.", parse=_text)
    texts: tuple[str, ...] = _several(_text, "Texts: one, or several.")
    words: Path = setting(..., "The model that texts were made with.")
    items: tuple[str, ...] = _several(_id, "Ids or titles of items: one, or several.")
    only: tuple[str, ...] = _several(_id, "Keys, titles or categories: no other is an answer.")
    not_: tuple[str, ...] = _several(_id, "Keys, titles or categories that are no answers.")
    in_stock: tuple[str, ...] = _several(_id, "Keys or titles: no other is an answer.")
    categories: KeyedColumn = categories_table()
    per_category: int = per_category()
    diversity: float = diversity(0.0)
    popularity_penalty: float = popularity_penalty(0.0)
    include_seen: bool = setting(False, "Recommend also what is in the history already.")
    resume: bool = setting(False, "Go on from a checkpoint.")
    checkpoint_every: Interval = setting(None, "How much to learn between checkpoints.", parse=interval)
    if_changed: bool = setting(False, "Leave alone what is made already.")
    progress: bool | Callable[..., None] = setting(None, "Who is told how far it is.", parse=_callable)


def checked(name: str, given: Any) -> Any:
    """An argument, as its declaration has it; one key where there may be several is one, and not its letters.

    Raises:
        SettingError: it is of another type, or out of range.
    """
    one = declared(Arguments)[name]
    if one.repeated and isinstance(given, Iterable) and not isinstance(given, str | bytes | os.PathLike):
        given = _listed(given)
    return one.value(given)


def narrowing(of: type[_Narrowing], given: Mapping[str, Any]) -> _Narrowing:
    """What a question asks of its answers, of keywords.

    Raises:
        SettingError: the value of one is of another type, or out of range.
    """
    there = {name: checked(name, value) for name, value in given.items() if value is not None}
    return resolve(of, there)


def _listed(given: Iterable[Any]) -> Any:
    try:
        return list(given)
    except TypeError:  # an array of no dimensions says that it can be iterated over
        return given
