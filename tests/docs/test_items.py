"""Every command of the page on items runs, in order, in one folder, on real logs."""

from __future__ import annotations

import re
import shlex
from itertools import islice
from pathlib import Path

import pytest

from e2v.cli.app import LazyCommands
from tests.data import data_path
from tests.docs.test_tutorial import DOCS, commands_of, succeed

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


def test_a_shop_can_follow_its_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With refunds and guests, and all commands but compare, which takes long."""
    section = (DOCS / "items.md").read_text().split("## A shop's orders\n")[1].split("\n## ")[0]
    commands = re.findall(r"^\$ e2v (.*)$", section, re.MULTILINE)
    header = re.search(r"^Order ID;.*$", section, re.MULTILINE)
    rows = [
        f"{100 + u};{f'c{u}@x.com' if u % 9 else ''};{(u % 2) * 8 + (u + k * k) % 9:06d};Tee;"
        f"{-1 if k == 3 else 1};{1 + u % 28:02d}.10.2024;1.016,50"
        for u in range(60)
        for k in range(4)
    ]
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_text("\n".join([header[0], *rows]))
    for command in commands:
        line, _, target = command.partition(" > ")
        words = shlex.split(line)
        if words[0] == "compare":
            continue
        words += ["--epochs", "1"] if words[0] == "tower" else []
        capsys.readouterr()
        LazyCommands()[words[0]].main(words[1:], prog_name="e2v", standalone_mode=False)
        if target:
            Path(target.split()[-1]).write_text(capsys.readouterr().out)
    assert len(commands) == 11
    everybody = Path("recommendations.csv").read_text().splitlines()
    assert everybody[0] == "query,key,score,title" and everybody[1].startswith("c1@x.com,0000")
    assert Path("also.csv").read_text().count(",Tee\n") > 50
    assert Path("titles.csv").read_text().startswith("key,count,title\n0000")
