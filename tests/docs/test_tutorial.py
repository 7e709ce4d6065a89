"""Every command of the tutorial runs, in order, in one folder, on a real text."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.data import data_path

DOCS = Path(__file__).parents[2] / "docs"
LINES = 8_000  # about 3.5 MB: enough for every word that the tutorial asks about


def commands_of(page: str) -> list[str]:
    """The lines after `$ ` in the console blocks of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    lines = "".join(blocks).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def succeed(commands: list[str], folder: Path) -> str:
    """What the commands print, one after the other; they must not fail."""
    printed = []
    environment = {key: value for key, value in os.environ.items() if key != "E2V_MODEL"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for command in commands:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stderr}"
        printed.append(done.stdout)
    return "".join(printed)


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """A folder with the reader's TEXT in it."""
    with gzip.open(data_path("text/enwiki-sample.norm.txt.gz"), "rb") as sample:
        (tmp_path / "TEXT").write_bytes(b"".join(islice(sample, LINES)))
    return tmp_path


def test_every_command_of_the_tutorial_succeeds(reader: Path):
    commands = commands_of("tutorial.md")
    assert len(commands) > 10
    quick = r"\g<0> --epochs 1 --dim 20"
    succeed([re.sub(r"\be2v train \S+", quick, command) for command in commands], reader)
