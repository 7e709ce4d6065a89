from __future__ import annotations

from pathlib import Path

import pytest

from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.chdir(tmp_path)
    Path("log").touch()
    return Source("log")


def test_many_faults_are_told_by_kind(source: Source) -> None:
    faults = Faults(strict=False)
    for line in range(2, 7):
        faults.add(source, line, "no user")
    faults.add(source, 9, "a quote is never closed", 1_011)
    faults.add(source, 1, "no item")
    assert faults.first == [
        "log, line 1: no item",
        "log, line 2: no user (5 lines like this)",
        "log, lines 9 to 1,011: a quote is never closed (1,003 lines like this)",
    ]
    assert faults.of_source(source) == [
        "log, line 1: no item",
        "log, lines 9 to 1,011: a quote is never closed (1,003 like this)",
    ]


def test_few_faults_are_told_one_by_one(source: Source) -> None:
    faults = Faults(strict=False)
    for line in (3, 2, 5, 4, 6):
        faults.remark(source, line, "odd" if line < 5 else "odder")
    assert faults.first_remarks == [f"log, line {line}: odd{'er' * (line > 4)}" for line in range(2, 7)]
    assert (faults.lines, faults.remarks) == (0, 5)


def test_only_of_quotes_it_is_said_what_to_try_about_them(source: Source) -> None:
    faults = Faults(strict=False, about_quotes="--quote none")
    faults.add(source, 1, "no user")
    faults.add(source, 2, "never closed", quotes=True)
    faults.remark(source, 3, "odd")
    faults.remark(source, 4, "spans lines", quotes=True)
    assert faults.first == ["log, line 1: no user", "log, line 2: never closed (--quote none)"]
    assert faults.first_remarks == ["log, line 3: odd", "log, line 4: spans lines (--quote none)"]
