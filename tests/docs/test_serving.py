"""Every command of the page on serving runs, in order, in one folder, on real logs."""

from __future__ import annotations

from pathlib import Path

from tests.docs.test_items import copy_logs
from tests.docs.test_tutorial import commands_of, succeed


def test_every_command_succeeds(tmp_path: Path) -> None:
    copy_logs(tmp_path)
    (histories,) = (command for command in commands_of("items.md") if command.endswith("-o histories.e2v"))
    printed = succeed([histories, *commands_of("serving.md")], tmp_path)
    assert "exact\t" in printed and '{"query": "42"' in printed and "zoe\t" in printed
