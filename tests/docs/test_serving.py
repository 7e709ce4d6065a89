"""Every command of the page on serving runs, in order, in one folder, on real logs."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from e2v.cli.app import LazyCommands
from e2v.store import open_artifact
from tests.docs.test_items import copy_logs
from tests.docs.test_tutorial import commands_of, succeed


def test_every_command_succeeds(tmp_path: Path) -> None:
    copy_logs(tmp_path)
    (histories,) = (command for command in commands_of("items.md") if command.endswith("-o histories.e2v"))
    printed = succeed([histories, *commands_of("serving.md")], tmp_path)
    assert "exact\t" in printed and '{"query": "42"' in printed and "zoe\t" in printed


def test_a_film_service_can_follow_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With made-up ratings of the shape of MovieLens; what comes through a pipe is left out."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(6)
    genres = ["Drama|War", "Documentary", "Comedy", "Children|Comedy"]
    films = [88125, 68954, 50872, 60069, *range(1, 90)]
    titles = [f'{film},"Heat {"(1995)" if film == 6 else film}",{genres[film % 4]}' for film in films]
    Path("movies.csv").write_text("\n".join(["movieId,title,genres", *titles]))
    rated = [
        f"{user},{films[int(place)]},{3 + place % 4 / 2},{1000 * user + number}"
        for user in range(1, 60)
        for number, place in enumerate((rng.zipf(1.3, 30) + user % 5) % len(films))
    ]
    Path("ratings.csv").write_text("\n".join(["user_id,movie_id,rating,timestamp", *rated]))
    (histories,) = (command for command in commands_of("items.md") if command.endswith("-o histories.e2v"))
    printed = {}
    for command in [histories, *commands_of("serving.md")]:
        if "|" in command or "later.e2v" in command or "now.e2v" in command or "(1972)" in command:
            continue
        name, *words = shlex.split(command.partition(" > ")[0])
        if name == "mv":
            Path(words[0]).rename(words[1])
        elif name == "printf":
            Path("stock.csv").write_text(words[0].replace("\\n", "\n"))
        else:
            words += ["--epochs", "1", "--dim", "8"] if words[0] == "tower" else []
            capsys.readouterr()
            LazyCommands()[words[0]].main(words[1:], prog_name="e2v", standalone_mode=False)
            printed[command] = capsys.readouterr().out
    assert len(printed) > 10
    for command, out in printed.items():
        of_users = command.startswith("e2v recommend --users")
        answers = [row.split("\t")[1] for row in out.splitlines() if of_users]
        keys = [int(key) for key in answers if key]  # of who has all that may be an answer there is none
        if "Documentary" in command:
            assert all(film % 4 == 1 for film in keys)
        if "--in-stock" in command:
            assert set(keys) <= {68954, 50872, 60069}
        if "--per-category" in command:
            assert len({film % 4 for film in keys}) == len(keys) > 1
    assert open_artifact("users.e2v").schema == 2
