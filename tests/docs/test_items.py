"""Every command of the page on items runs, in order, in one folder, on real logs."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from tests.data import data_path
from tests.docs.test_tutorial import commands_of, succeed

#: file -> how many of its lines are enough, so that the page takes seconds.
LINES = {
    "movielens-latest-small/ratings.csv": 20_000,
    "movielens-latest-small/movies.csv": None,
    "groceries/groceries.csv": 1_000,
}


def copy_logs(folder: Path) -> None:
    """Put the beginnings of the logs into the folder."""
    for name, lines in LINES.items():
        path = data_path(f"interactions/{name}")
        with path.open("rb") as file:
            (folder / path.name).write_bytes(b"".join(islice(file, lines)))


def test_every_command_succeeds(tmp_path: Path) -> None:
    copy_logs(tmp_path)
    commands = commands_of("items.md")
    assert len(commands) > 20
    printed = succeed(commands, tmp_path)
    assert "Iron Man (2008)\t" in printed and "hr@10" in printed and "red/blush wine\t" in printed
