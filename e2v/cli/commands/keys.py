"""`e2v keys`: the keys of a file, with their counts and titles."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2v import common_settings
from e2v.cli.shared.options import Rows, file_argument
from e2v.cli.shared.output import Value
from e2v.errors import InputError
from e2v.settings import setting

if TYPE_CHECKING:
    from e2v.store import Artifact

#: Rows of one table on a terminal.
_AT_ONCE = 10_000


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"must be a regular expression ({error})") from None
    return text


@dataclass(frozen=True, kw_only=True)
class Asked(Rows):
    """What is listed."""

    file: Path = file_argument()
    number: int | None = common_settings.number(None, shown="all", least=0)
    grep: str | None = setting(
        None,
        "Only keys that match this regular expression somewhere, or whose title does.",
        metavar="PATTERN",
        parse=_pattern,
    )
    ignore_case: bool = setting(
        False, "To --grep, capitals and small letters are the same.", short="-i", only_with={"grep": ...}
    )


def command(asked: Asked) -> None:
    """Print the keys of FILE in their order, with what they are called and how often they occurred.

    That is the most frequent first, so that `-n 10` prints the ten most frequent, but for files made with
    `--update` or by other programs, which keep an order of their own; counts are sorted as in the last
    example. Patterns are Python's; `^` and `$` stand for the ends of a key or title.

    Columns: key; count, where FILE has counts; and title, where it has titles. Keys of users are their ids.

    Examples:
        e2v keys model.e2v -n 10
        e2v keys items.e2v --grep 'star wars' -i
        e2v keys vectors.e2v | sort -t "$(printf '\\t')" -k 2,2nr | head
    """
    from e2v.store import open_artifact

    artifact = open_artifact(asked.file)
    if not artifact.has("keys"):
        raise InputError(
            f"{asked.file} holds {artifact.kind}, which has no keys", "e2v info says what it has"
        )
    columns = ["key", *(["count"] if artifact.has("counts") else []), *(["title"] if artifact.titles else [])]
    with asked.printed(columns) as output:
        for number, row in enumerate(itertools.islice(_rows(artifact, asked), asked.number), 1):
            output.row(*row)
            if number % _AT_ONCE == 0:
                output.flush()


def _rows(artifact: Artifact, asked: Asked) -> Iterator[Sequence[Value]]:
    """The keys that are asked for, each with its count and title."""
    from e2v.store.content import counts_problems

    beside: list[Iterator[Value]] = []
    if artifact.has("counts"):
        counts = artifact.arrays["counts"]
        artifact.refuse(counts_problems(counts))
        runs = range(0, len(counts), _AT_ONCE)
        beside.append(count for first in runs for count in counts[first : first + _AT_ONCE].tolist())
    titles = artifact.titles
    if titles is not None:
        beside.append(title or None for title in titles)
    rows = zip(artifact.keys, *beside, strict=True)
    if asked.grep is None:
        return rows
    found = re.compile(asked.grep, re.IGNORECASE if asked.ignore_case else 0).search
    if titles is None:
        return (row for row in rows if found(row[0]))
    return (row for row in rows if found(row[0]) or (row[-1] and found(str(row[-1]))))
