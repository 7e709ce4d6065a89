"""The script of the page on nightly jobs, in a folder of its own, with somebody who gets the mail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from e2v.store import open_artifact
from tests.commands import command_line
from tests.docs.test_tutorial import DOCS, commands_of
from tests.training.small import WORDS, text

#: Scores without a meaning.
PAIRS = "".join(f"{one}\t{WORDS[-1]}\t{number % 5}\n" for number, one in enumerate(WORDS[:9]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```sh\n(.*?)```", (DOCS / "nightly.md").read_text(), flags=re.DOTALL)
    Path("nightly.sh").write_text(script.replace("pairs=.3", "pairs=-1"))
    programs = {"e2v": f'exec "{sys.executable}" -m e2v "$@"', "mail": 'echo "$2" >> mail; cat > /dev/null'}
    Path("bin").mkdir()
    for name, does in programs.items():
        path = Path("bin") / name
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
    Path("text").write_text(text(80))
    Path("new.txt").write_text(text(20, seed=2) + "new words\n" * 5)
    Path("pairs.tsv").write_text(PAIRS)
    command_line("train text -o served.e2v --dim 6 --epochs 1 --min-count 1 --threads 1 --progress none")
    return tmp_path


def nightly(folder: Path) -> int:
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["bash", "nightly.sh", str(folder)], env=environment, check=False).returncode


def test_a_night_is_published_or_held_back(folder: Path) -> None:
    before = open_artifact("served.e2v")
    assert nightly(folder) == 0, Path("nightly.log").read_text()
    after = open_artifact("served.e2v")
    assert list(after.keys) == [*before.keys, "new", "words"] and after.made["command"] == "align"
    assert "overlap of neighbours" in Path("nightly.log").read_text()
    assert not Path("mail").exists() and not Path("new.txt").exists()
    assert nightly(folder) == 0  # without new text there is nothing to do

    Path("last.txt").rename("new.txt")
    script = Path("nightly.sh").read_text()
    Path("nightly.sh").write_text(script.replace("pairs=-1", "pairs=.999"))
    assert nightly(folder) == 4
    assert open_artifact("served.e2v").digest == after.digest and Path("new.txt").exists()
    assert Path("mail").read_text() == "words: a gate held last night's vectors back\n"


def test_the_other_commands_succeed(folder: Path) -> None:
    commands = commands_of("nightly.md")
    Path("aligned.e2v").write_bytes(Path("served.e2v").read_bytes())
    assert len(commands) == 2
    for command in commands:
        command_line(command.removeprefix("e2v "))
    assert open_artifact("frozen.e2v").made["frozen"] == {"digest": open_artifact("served.e2v").digest}
