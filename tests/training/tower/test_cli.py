"""`e2v tower` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from e2v.store import open_artifact
from tests.builders import write_corpus, write_model, write_tastes
from tests.conftest import Run

QUICK = ("--dim", "8", "--epochs", "3", "--threads", "1")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_tastes(tmp_path / "corpus.e2v")


def test_a_model_is_made_and_can_be_asked(run: Run, corpus: Path, tmp_path: Path) -> None:
    result = run("tower", corpus, *QUICK, "--hidden", "16,8", "--validation", "0.5", "--progress", "bar")
    assert result.stdout == ""
    told = result.stderr
    assert told.startswith(
        "tower.e2v: a user tower and vectors of 30 items, 8 dimensions; learned from 80 users"
    )
    assert "items withheld from 40 users" in told
    model = open_artifact(tmp_path / "tower.e2v", "model")
    assert model.arrays["tower.0.weight"].shape == (8, 16)
    settings = model.provenance["settings"]
    assert settings["hidden"] == [16, 8] and settings["hold_out"] and "threads" not in settings
    assert len(run("similar", "3", "-n", "4", "-m", "tower.e2v").stdout.splitlines()) == 4


def test_histories_in_order_teach_what_comes_next(run: Run, tmp_path: Path) -> None:
    log = "".join(f"{user} {' '.join(str((user + step) % 9) for step in range(6))}\n" for user in range(40))
    said = {}
    for name, options in (("sets", ()), ("ordered", ("--ordered",))):
        run("events", "-", "--layout", "user-items", *options, "-o", f"{name}.e2v", stdin=log)
        run("split", f"{name}.e2v", "--by", "random", "-o", f"{name}.train.e2v", "--held-out", f"{name}.txt")
        result = run("tower", f"{name}.train.e2v", *QUICK, "--progress", "bar")
        said[name] = result.stderr
    assert "\nsets: 60% of one from the rest (--examples held-out)" in said["sets"]
    assert "\nin order: an item from those before it (--examples next --age --recency)" in said["ordered"]
    settings = open_artifact(tmp_path / "tower.e2v").provenance["settings"]
    assert settings["examples"] == "next" and settings["age"] is True and settings["recency"] is True
    result = run("tower", "ordered.train.e2v", *QUICK, "--hold-out", "0.5", "--progress", "json")
    summary = json.loads(result.stderr.splitlines()[-1])
    assert summary["examples"] == "held-out" and summary["age"] is False


def test_json_progress_ends_with_a_summary(run: Run, corpus: Path) -> None:
    result = run("tower", corpus, "-o", "other.e2v", *QUICK, "--progress", "json")
    summary = json.loads(result.stderr.splitlines()[-1])
    assert summary["task"] == "tower"
    assert summary["output"] == "other.e2v"
    assert summary["users"] == 80
    assert 1 <= summary["epoch"] <= 3
    assert 0 <= summary["ndcg"] <= 1


def test_the_same_command_gives_the_same_bytes(run: Run, corpus: Path, tmp_path: Path) -> None:
    for name in ("a.e2v", "b.e2v"):
        run("tower", corpus, "-o", name, *QUICK, "--candidates", "8", "--examples", "next", "--no-age")
    assert (tmp_path / "a.e2v").read_bytes() == (tmp_path / "b.e2v").read_bytes()


def test_features_and_a_start(run: Run, corpus: Path, tmp_path: Path) -> None:
    table = ["user,age", *(f"u{user},{user}" for user in range(0, 80, 2))]
    (tmp_path / "users.csv").write_text("\n".join(table))
    items = [str(item) for item in range(30)]
    start = write_model(tmp_path / "start.e2v", items, np.random.default_rng(1).normal(size=(30, 8)))
    result = run("tower", corpus, *QUICK, "--user-features", "users.csv", "--init", start)
    assert "features of 40 of 80 users" in result.stderr
    model = open_artifact(tmp_path / "tower.e2v")
    assert list(model.keys_of("features")) == ["age"]
    assert model.arrays["tower.0.weight"].shape == (9, 8)


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (("--hold-out", "0.5", "--examples", "next"), 2, "--hold-out applies to --examples held-out only"),
        (("--hidden", "x"), 2, "--hidden takes widths such as 256,128"),
        (("--init", "nowhere.e2v"), 1, "nowhere.e2v"),
        (("--user-features", "nowhere.csv"), 1, "nowhere.csv: no such file"),
        (("--user-features", "bad.csv"), 1, "bad.csv, line 41: age is 'NoN', but 79 of the 80 values"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    run: Run, corpus: Path, tmp_path: Path, options: tuple[str, ...], code: int, complaint: str
) -> None:
    ages = ["NoN" if user == 39 else user for user in range(80)]
    (tmp_path / "bad.csv").write_text("user,age\n" + "".join(f"u{n},{age}\n" for n, age in enumerate(ages)))
    result = run("tower", corpus, *QUICK, *options, check=False)
    assert result.code == code
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr and len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "tower.e2v").exists()


def test_features_need_users(run: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus.e2v", [["a", "b"], ["b", "c"]])
    (tmp_path / "users.csv").write_text("user,age\nu1,3\n")
    result = run("tower", corpus, *QUICK, "--user-features", "users.csv", check=False)
    assert result.code == 1
    assert "does not say whose its sentences are" in result.stderr
