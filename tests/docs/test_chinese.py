"""Every command of the page on Chinese and Japanese runs, in order, on a real text."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

from tests.data import data_path
from tests.docs.test_tutorial import commands_of, succeed

LINES = 2_000


def test_every_command_succeeds(tmp_path: Path) -> None:
    with gzip.open(data_path("text/zhwiki-sample.unsegmented.txt.gz"), "rb") as text:
        (tmp_path / "TEXT").write_bytes(b"".join(islice(text, LINES)))
    commands = commands_of("chinese-and-japanese.md")
    assert len(commands) == 3
    assert "咖啡\t" in succeed(commands, tmp_path)
