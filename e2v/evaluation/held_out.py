"""Files of held-out items: `user item item ...` lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from e2v.errors import InputError
from e2v.inputs.dialect import DialectOptions
from e2v.inputs.faults import Faults
from e2v.inputs.rows import item_lines
from e2v.inputs.sources import Source
from e2v.inputs.written import write_rows
from e2v.store import atomic_path


def read_held_out(path: Path) -> dict[str, list[str]]:
    """The items of each user in a file of `user item item ...` lines; several lines of a user are joined.

    Fields are between tabs, with CSV's quotes, or else as in all lines of items: see `item_lines`.

    Raises:
        InputError: the file is missing, has a line that cannot be read, or holds no items.
    """
    source = Source(str(path))
    between_tabs = b"\t" in source.peek()
    # As `write_held_out` writes it: a quote is one even where a field of several lines makes it look astray.
    given = DialectOptions(quote='"') if between_tabs else DialectOptions()
    held_out: dict[str, list[str]] = {}
    for _, (user, *items) in item_lines(source, Faults(strict=True, strict_remarks=False), given):
        held_out.setdefault(user, []).extend(items)
    if not any(held_out.values()):
        raise InputError(f"{path} holds no items", "expected lines of a user and items: 'user item item ...'")
    return held_out


def write_held_out(path: Path, held_out: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Write what `read_held_out` reads, and every other reader of lines of items.

    Raises:
        OutputError: as `e2v.store.atomic_path`.
    """
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file,
    ):
        write_rows(file, ((user, *items) for user, items in held_out))
