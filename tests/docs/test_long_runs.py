"""The commands of the page on long runs, in order, in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.conftest import Run
from tests.training.small import text

PAGE = Path(__file__).parents[2] / "docs" / "long-runs.md"


def test_every_command_of_the_page_succeeds(run: Run, tmp_path: Path) -> None:
    (tmp_path / "TEXT").write_text(text(80), encoding="utf-8")
    (tmp_path / "NEW").write_text(text(20, seed=2) + "new words\n" * 5, encoding="utf-8")
    commands = re.findall(r"^\$ e2v (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(commands) == 9
    said = [run(*shlex.split(command.replace("1h", "0.2s"))).stderr for command in commands]
    assert ["unchanged" in stderr for stderr in said] == [False] * 7 + [True, False]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "NEW",
        "TEXT",
        "hour.e2v",
        "next.e2v",
        "night.e2v",
    ]
