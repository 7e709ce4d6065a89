"""Files of held-out items: `user item item ...` lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from e2v.errors import InputError
from e2v.inputs.faults import Faults
from e2v.inputs.rows import item_lines
from e2v.inputs.sources import Source
from e2v.inputs.written import UTF8_MARK, write_rows
from e2v.store import atomic_path


def read_held_out(path: Path) -> dict[str, list[str]]:
    """The items of each user in a file of `user item item ...` lines; several lines of a user are joined.

    Fields are between tabs, with CSV's quotes, or else as in all lines of items: see `item_lines`.

    Raises:
        InputError: the file is missing, has a line that cannot be read, or holds no items.
    """
    held_out: dict[str, list[str]] = {}
    faults = Faults(strict=True, strict_remarks=False)
    for _, (user, *items) in item_lines(Source(str(path)), faults):
        held_out.setdefault(user, []).extend(items)
    faults.tell_remarks()
    if not any(held_out.values()):
        raise InputError(f"{path} holds no items", "expected lines of a user and items: 'user item item ...'")
    return held_out


def write_held_out(
    path: Path,
    held_out: Iterable[tuple[str, Sequence[str]]],
    *,
    are_utf8: bool = True,
    quote_all: bool = False,
) -> None:
    """Write what `read_held_out` reads, and every other reader of lines of items.

    are_utf8: whether all ids are. quote_all: put all of them between quotes, as is best where some hold line
    ends: that leaves no doubt about what quotes are.

    Raises:
        OutputError: as `e2v.store.atomic_path`.
    """
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file,
    ):
        if not are_utf8:
            file.write(UTF8_MARK)
        write_rows(file, ((user, *items) for user, items in held_out), quote_all=quote_all)
