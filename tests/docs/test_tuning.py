"""Every command of the page on tuning runs, in order, on a real log; with less to learn."""

from __future__ import annotations

from pathlib import Path

from tests.docs.test_items import copy_logs
from tests.docs.test_tutorial import commands_of, succeed

#: What makes a command quick.
LESS = {"auto": "--methods popularity,svd", "tune": "--fixed epochs=1 --fixed dim=8"}


def test_every_command_succeeds(tmp_path: Path) -> None:
    copy_logs(tmp_path)
    commands = commands_of("tuning.md")
    assert len(commands) == 6
    quick = []
    for command in commands:
        name = command.split()[1]
        quick.append(f"{command} {LESS[name]}" if command.startswith("e2v ") and name in LESS else command)
    printed = succeed([line.replace("--trials 6", "--trials 2") for line in quick], tmp_path)
    assert "svd\t" in printed and "users.e2v" in printed and "e2v tower histories.e2v" in printed
