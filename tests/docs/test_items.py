"""Every command of the page on items runs, in order, in one folder, on real logs."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from e2v.cli.app import LazyCommands
from e2v.errors import QualityGateError
from tests.commands import command_line
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


def write_products() -> None:
    """Of every second one there is none, and the fourth of each five is alcohol."""
    rows = [
        f"{sku:06d};{('Fruit|Fresh', 'Bread', 'Fresh', 'Alcohol', 'Soap')[sku % 5]};{sku % 2 * 9}"
        for sku in range(60)
    ]
    Path("products.csv").write_text("\n".join(["sku;category;stock", *rows]))


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
    write_products()
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
    assert len(commands) == 12
    everybody = Path("recommendations.csv").read_text().splitlines()
    assert everybody[0] == "query,key,score,title" and everybody[1].startswith("c1@x.com,0000")
    assert Path("also.csv").read_text().count(",Tee\n") > 50
    assert Path("titles.csv").read_text().startswith("key,count,title\n0000")


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The shop's script, in a folder with orders whose times have zones."""
    section = (DOCS / "items.md").read_text().split("### Every night, with a gate\n")[1]
    (script,) = re.findall(r"```sh\n(.*?)```", section.split("\n## ")[0], flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{n};c{n % 40}@x.com;{(n % 4 * 15 + n * n // 37) % 60:06d};Tee, no. {n % 60};1;"
        f"2024-{1 + n // 100:02d}-{1 + n % 28:02d}T{n % 24:02d}:30:00+0{n % 3}:00;12,50"
        for n in range(900)
    ]
    Path("orders.csv").write_text(
        "\n".join(["Order ID;customer_email;sku;product;qty;ordered_at;unit_price", *rows])
    )
    write_products()
    return script


def test_the_commands_of_a_shops_night(night: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"^e2v (.*)$", night.replace("\\\n", ""), re.MULTILINE)
    events, split, gate, recommend = (line.partition(" > ")[0] for line in lines)
    command_line(events)
    assert "900 events of 40 users with 60 items, in order" in capsys.readouterr().err
    command_line(split)
    command_line(gate)
    with pytest.raises(QualityGateError) as held_back:
        command_line(gate.replace("recall=.05", "recall=.99"))
    assert held_back.value.exit_code == 4
    capsys.readouterr()
    command_line(recommend)
    header, *rows = csv.reader(capsys.readouterr().out.splitlines())
    assert header == ["query", "key", "score", "title"] and len({row[0] for row in rows}) == 40
    products = csv.DictReader(Path("products.csv").read_text().splitlines(), delimiter=";")
    stock = {row["sku"]: row for row in products}
    for user in {row[0] for row in rows}:
        shown = [stock[row[1]] for row in rows if row[0] == user and row[1]]
        assert all(int(product["stock"]) > 0 for product in shown)
        kinds = Counter(kind for product in shown for kind in product["category"].split("|"))
        assert not kinds or max(kinds.values()) <= 2


@pytest.mark.parametrize("code", [0, 4])
def test_a_gate_keeps_yesterdays_recommendations(night: str, code: int) -> None:
    Path("night.sh").write_text(night)
    Path("bin").mkdir()
    told = f'[ "$1" != eval ] || exit {code}; [ "$1" != recommend ] || echo new'
    for name, does in (("e2v", told), ("mail", 'echo "$2" > mail')):
        Path("bin", name).write_text(f"#!/bin/sh\n{does}\n")
        Path("bin", name).chmod(0o755)
    Path("recommendations.csv").write_text("old\n")
    path = f"{Path('bin').resolve()}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "night.sh", "."], env={**os.environ, "PATH": path}, check=False)
    assert (done.returncode, Path("mail").exists()) == (code, code == 4)
    assert Path("recommendations.csv").read_text() == ("old\n" if code else "new\n")
