"""Every example of the page on Python runs, in order, on a real text."""

from __future__ import annotations

import re
from pathlib import Path

import e2v
from tests.docs.test_tutorial import reader  # noqa: F401

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_every_example_runs(reader: Path, monkeypatch, capsys) -> None:  # noqa: F811
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(examples) >= 6
    monkeypatch.chdir(reader)
    names: dict[str, object] = {}
    for example in examples:
        exec(example, names)
    printed = capsys.readouterr().out
    assert len(re.findall(r"^\w+\t0\.\d{3}$", printed, re.MULTILINE)) == 3
    assert "'kingg' is not in the vocabulary did you mean king" in printed
    assert names["histories"][0] == ["Heat", "Alien"]  # type: ignore[index]
    assert names["seen"]


def test_the_page_names_every_function() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in e2v.__all__ if name[0].islower() and f"e2v.{name}" not in page] == []
