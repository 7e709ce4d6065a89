"""Clusters of keys on the command line and in Python: rows, names, what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.errors import InputError, MissingExtraError, SettingError
from tests.builders import write_model
from tests.commands import command_line

KEYS = ["cat", "dog", "cow", "red", "blue", "green", "</b>", "two words", "空"]
#: Animals, colours, and what is neither; the last has no direction.
VECTORS = np.array(
    [[9, 1, 0], [8, 0, 0], [9, -2, 0], [0, 9, 1], [0, 8, 0], [1, 9, 0], [0, 0, 4], [0, 1, 5], [0, 0, 0]],
    float,
)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_model(tmp_path / "m.e2v", KEYS, VECTORS)


def rows(capsys: pytest.CaptureFixture[str], line: str) -> list[list[str]]:
    command_line(line)
    return [row.split("\t") for row in capsys.readouterr().out.splitlines()]


def test_rows_are_keys_in_their_order_with_clusters_and_names(model: Path, capsys) -> None:
    found = rows(capsys, "cluster m.e2v -k 3")
    assert [row[0] for row in found] == KEYS
    assert [row[1] for row in found] == [*"000111", "2", "2", ""]
    assert {row[2] for row in found[:3]} == {"cat, dog, cow"} or found[0][2].split(", ")[0] == "dog"
    assert sorted(found[6][2].split(", ")) == ["</b>", "two words"]
    assert found[8][2] == ""


def test_titles_name_clusters_and_stand_in_the_last_column(model: Path, capsys) -> None:
    write_model(model, KEYS, VECTORS, titles=["Cat!", "Dog!", "", "Red!", *[""] * 5])
    found = rows(capsys, "cluster m.e2v -k 3")
    assert found[0][3] == "Cat!" and found[2][3] == ""
    assert sorted(found[0][2].split(", ")) == ["Cat!", "Dog!", "cow"]


def test_of_long_titles_names_have_the_beginnings(model: Path, capsys) -> None:
    write_model(model, KEYS, VECTORS, titles=["x" * 100, "y" * 60, *[""] * 7])
    assert f"{'x' * 60}…" in rows(capsys, "cluster m.e2v -k 3")[0][2].split(", ")


def test_json_and_a_restriction(model: Path, capsys) -> None:
    command_line("cluster m.e2v -k 2 --restrict 6 --format json")
    found = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [each["cluster"] for each in found] == [0, 0, 0, 1, 1, 1]
    assert list(found[0]) == ["key", "cluster", "name"]


def test_names_prefer_frequent_keys(tmp_path: Path) -> None:
    vectors = np.ones((200, 2))
    vectors[:20, 1] = 1.2  # the frequent ones are a little off the mean
    clusters = e2v.load(write_model(tmp_path / "n.e2v", [f"k{i}" for i in range(200)], vectors)).clusters(1)
    assert all(int(key[1:]) < 20 for key in clusters.names[0].split(", "))


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("cluster m.e2v", SettingError, "clusters is not given"),
        ("cluster m.e2v -k 9", SettingError, "at most 8"),
        ("cluster m.e2v -k 2 --density", SettingError, "does not go with"),
        ("cluster m.e2v -k 2 --min-size 5", SettingError, "applies to"),
    ],
)
def test_what_is_refused(model: Path, line: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        command_line(line)


def test_zeros_alone_have_no_clusters(model: Path) -> None:
    write_model(model, ["a"], np.zeros((1, 3)))
    with pytest.raises(InputError, match="zeros"):
        command_line("cluster m.e2v -k 1")


def test_density_names_its_extra(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evoc", None)
    with pytest.raises(MissingExtraError, match="pip install evoc"):
        command_line("cluster m.e2v --density")


def test_both_doors_agree(model: Path, capsys) -> None:
    found = e2v.load(model).clusters(3, seed=4)
    printed = rows(capsys, "cluster m.e2v -k 3 --seed 4")
    assert [row[1] for row in printed] == [
        str(label) if label >= 0 else "" for label in found.labels.tolist()
    ]
    assert [row[2] for row in printed if row[1]] == [found.names[int(row[1])] for row in printed if row[1]]
    assert found.sizes.tolist() == [3, 3, 2]
    with pytest.raises(e2v.E2VError, match="there is no setting k"):
        e2v.load(model).clusters(k=3)
