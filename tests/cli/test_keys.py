"""`e2v keys`: what a file holds, listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v.errors import InputError, SettingError
from tests.builders import write_corpus, write_model, write_vectors
from tests.cli.conftest import INPUT
from tests.commands import command
from tests.conftest import Run

TITLES = ["Heat (1995)", "", "Big Heat, The (1953)", "Alien (1979)"]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    return write_model(tmp_path / "m.e2v", ["1", "heat", "3", "a\tb"], INPUT[:4], titles=TITLES)


def listed(capsys: pytest.CaptureFixture[str], file: Path, **asked: object) -> list[list[str]]:
    command("keys", file=file, format="tsv", **asked)
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_keys_come_in_order_with_counts_and_titles(run: Run, films: Path) -> None:
    assert run("keys", films).stdout == (
        "1\t4\tHeat (1995)\nheat\t3\t\n3\t2\tBig Heat, The (1953)\na\\tb\t1\tAlien (1979)\n"
    )


def test_the_first_n(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [row[0] for row in listed(capsys, films, number="2")] == ["1", "heat"]
    assert [row[0] for row in listed(capsys, films, number="1", grep="The")] == ["3"]


def test_grep_finds_keys_and_titles(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def found(pattern: str, **asked: object) -> list[str]:
        return [row[0] for row in listed(capsys, films, grep=pattern, **asked)]

    assert found("Heat") == ["1", "3"]
    assert found("heat") == ["heat"]
    assert found("heat", ignore_case=True) == found("(?i)heat") == ["1", "heat", "3"]
    assert found(r"\(19[59]\d\)$") == ["1", "3"]
    assert found("^$") == []  # what has no title is not called nothing


def test_columns_are_those_that_the_file_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = write_vectors(tmp_path / "v.e2v", ["x", "y"], INPUT[:2].astype("f4"))
    assert listed(capsys, vectors, header=True) == [["key"], ["x"], ["y"]]
    corpus = write_corpus(tmp_path / "c.e2v", [["b", "a", "b"]], ["ann"])
    assert listed(capsys, corpus, header=True) == [["key", "count"], ["b", "2"], ["a", "1"]]


def test_what_cannot_be_listed(films: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"grep must be a regular expression \(.*position 0\), not \("):
        command("keys", file=films, grep="(")
    with pytest.raises(SettingError, match="ignore_case applies to a run with grep only"):
        command("keys", file=films, ignore_case=True)
    with pytest.raises(InputError, match="no such file"):
        command("keys", file=tmp_path / "none.e2v")
