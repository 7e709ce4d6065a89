"""Files of held-out items: `user item item ...` lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from e2v.errors import InputError
from e2v.evaluation.files import read_lines
from e2v.store import atomic_path


def read_held_out(path: Path) -> dict[str, list[str]]:
    """The items of each user in a file of `user item item ...` lines.

    Fields are separated by tabs in a line that has one, else by spaces. Several lines of a user are joined.

    Raises:
        InputError: the file is missing or holds no items.
    """
    held_out: dict[str, list[str]] = {}
    for _, line in read_lines(path):
        user, *items = line.split("\t") if "\t" in line else line.split()
        held_out.setdefault(user, []).extend(items)
    if not any(held_out.values()):
        raise InputError(f"{path} holds no items", "expected lines of a user and items: 'user item item ...'")
    return held_out


def write_held_out(path: Path, held_out: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Write what `read_held_out` reads: with spaces, or with tabs where a name has a space in it.

    Raises:
        InputError: a name is blank or holds a tab or a line end, which the format cannot say.
        OutputError: as `e2v.store.atomic_path`.
    """
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file,
    ):
        for user, items in held_out:
            fields = (user, *items)
            for field in fields:
                if not field.strip() or any(mark in field for mark in "\t\n\r"):
                    raise InputError(
                        f"'{field}' cannot stand in {path}", "its fields are between tabs, its rows lines"
                    )
            spaced = any(field.split() != [field] for field in fields)
            file.write(("\t" if spaced else " ").join(fields) + "\n")
