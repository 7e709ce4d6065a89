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

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
LINES = 12_000  # about 5 MB: enough for every word that the tutorial asks about


def tutorial_commands() -> list[str]:
    """The lines after `$ ` in the tutorial's console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = "".join(blocks).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """A folder with the reader's TEXT in it."""
    with gzip.open(data_path("text/enwiki-sample.norm.txt.gz"), "rb") as sample:
        (tmp_path / "TEXT").write_bytes(b"".join(islice(sample, LINES)))
    return tmp_path


def test_every_command_of_the_tutorial_succeeds(reader: Path):
    commands = tutorial_commands()
    assert len(commands) > 10
    environment = {key: value for key, value in os.environ.items() if key != "E2V_MODEL"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for command in commands:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=reader,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stderr}"
