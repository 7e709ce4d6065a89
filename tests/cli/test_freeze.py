"""`e2v train --update --freeze`: what the old model has stays to the bit, and new words learn."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.errors import Interrupted, SettingError
from e2v.store import open_artifact, verify
from e2v.training.engine.runner import UnitRunner
from tests.commands import command
from tests.training.small import MODES, name_of, text

NEW = text(60, seed=3) + "catfish newword doghouse cat newword fish catfish dogs\n" * 40
#: Modes whose frozen kernels, each some seconds of compiling, are compiled elsewhere; sets are replayed.
KEPT = {
    "skipgram-negative-sampling-window",
    "cbow-negative-sampling-window-2:4",
    "skipgram-softmax-window",
    "cbow-softmax-set",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("old.txt").write_text(text(60), encoding="utf-8")
    Path("new.txt").write_text(NEW, encoding="utf-8")
    return tmp_path


def trained(inputs: str, output: str, **options: Any) -> None:
    small = {"epochs": 2, "min_count": 1, "threads": 1, "progress": "none"}
    command("train", inputs=[inputs], output=output, **{**small, **options})


def old_model(**mode: Any) -> dict[str, np.ndarray]:
    """One whose numbers are any bits: a zero with a sign has to stay, too."""
    trained("old.txt", "old.e2v", dim=6, **mode)
    arrays = open_artifact("old.e2v").arrays
    return {name: np.array(array) for name, array in arrays.items() if array.dtype == np.float32}


def new_rows(old: dict[str, np.ndarray], path: str) -> dict[str, np.ndarray]:
    """The rows that follow the old ones, which are as they were."""
    arrays = open_artifact(path).arrays
    for name, before in old.items():
        assert arrays[name][: len(before)].tobytes() == before.tobytes(), name
    return {name: arrays[name][len(before) :] for name, before in old.items()}


@pytest.mark.parametrize("mode", [mode for mode in MODES if name_of(mode) in KEPT], ids=name_of)
def test_what_there_is_stays_to_the_bit(folder: Path, mode: dict[str, Any]) -> None:
    old = old_model(**mode)
    trained("new.txt", "new.e2v", update="old.e2v", freeze=True, lr=0.05, threads=2)
    assert verify(Path("new.e2v")) == []
    added = new_rows(old, "new.e2v")
    assert list(open_artifact("new.e2v").keys)[-3:] == ["catfish", "newword", "doghouse"]
    assert len(added["input"]) == 3 and np.abs(added["output"]).min(axis=1).all()
    if "subword" in mode:
        assert len(added["ngram_vectors"]) == 5
    # They learn: with a rate of next to nothing they end where they started.
    trained("new.txt", "still.e2v", update="old.e2v", freeze=True, lr=1e-6)
    start = new_rows(old, "still.e2v")
    for name in ("input", "output"):
        assert (np.abs(added[name] - start[name]).max(axis=1) > 1e-4).all(), name


def test_new_words_learn_beside_old_ones(folder: Path) -> None:
    """Of words that stand in the same places, the new one comes to lie near the old."""
    lines = ["a x b", "c y d"] * 300
    Path("old.txt").write_text("\n".join(lines))
    Path("new.txt").write_text("\n".join(line.replace("x", "z") for line in lines))
    settings = {"dim": 8, "epochs": 20, "sample": 0, "lr": 0.05, "window": 1}
    trained("old.txt", "old.e2v", **settings)
    trained("new.txt", "new.e2v", update="old.e2v", freeze=True, epochs=20)
    model = e2v.load("new.e2v")
    assert model.similarity("z", "x") > 0.9
    assert model.similarity("z", "y") < 0.5


def test_unseen_words_answer_as_before(folder: Path) -> None:
    old = old_model(arch="cbow", subword="2:4")
    trained("new.txt", "new.e2v", update="old.e2v", freeze=True, buckets=len(old["ngram_vectors"]))
    assert len(new_rows(old, "new.e2v")["ngram_vectors"]) == 0  # there is room for no more n-grams
    before, after = e2v.load("old.e2v"), e2v.load("new.e2v")
    assert np.array_equal(before["dogfishly"], after["dogfishly"])


def test_a_signal_and_what_goes_on_keep_them_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = old_model(arch="cbow", subword="2:4")
    options = {"update": "old.e2v", "freeze": True, "epochs": 4}
    trained("new.txt", "whole.e2v", **options)
    run_units = UnitRunner.run

    def stopped(runner: UnitRunner) -> Any:
        for number, done in enumerate(run_units(runner)):
            if number == 2:
                os.kill(os.getpid(), signal.SIGINT)
            yield done

    with monkeypatch.context() as patch:
        patch.setattr(UnitRunner, "run", stopped)
        with pytest.raises(Interrupted):
            trained("new.txt", "parts.e2v", **options)
    rows = open_artifact("parts.e2v.ckpt").arrays["rows"]
    assert rows[: len(old["input"])].tobytes() == old["input"].tobytes()
    with pytest.raises(e2v.E2VError, match="another frozen vectors; another vectors to start from"):
        trained("new.txt", "parts.e2v", resume=True, **{**options, "freeze": False})
    trained("new.txt", "parts.e2v", resume=True, **options)
    assert Path("parts.e2v").read_bytes() == Path("whole.e2v").read_bytes()


def test_both_doors_and_what_is_unchanged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    old_model()
    trained("new.txt", "a.e2v", update="old.e2v", freeze=True)
    once = {"update": "old.e2v", "epochs": 2, "min_count": 1, "threads": 1}
    made = e2v.train("new.txt", "b.e2v", freeze=True, **once)
    assert Path("a.e2v").read_bytes() == Path("b.e2v").read_bytes()
    digest = open_artifact("old.e2v").digest
    assert made.provenance["frozen"] == {"digest": digest} and "start" not in made.provenance
    written = Path("b.e2v").stat().st_ino
    e2v.train("new.txt", "b.e2v", freeze=True, if_changed=True, **once)
    assert Path("b.e2v").stat().st_ino == written
    e2v.train("new.txt", "b.e2v", if_changed=True, **once)
    assert Path("b.e2v").stat().st_ino != written
    with caplog.at_level(logging.WARNING, "e2v"):
        e2v.train("old.txt", "c.e2v", freeze=True, **once)
    assert "there is no new word" in caplog.text


def test_without_a_new_word_counts_are_added(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = old_model()
    counts = open_artifact("old.e2v").arrays["counts"].copy()
    monkeypatch.setattr(UnitRunner, "run", lambda _: pytest.fail("it is trained"))
    trained("old.txt", "new.e2v", update="old.e2v", freeze=True, progress="auto")
    assert "nothing was learned, counts were added" in capsys.readouterr().err
    assert all(len(rows) == 0 for rows in new_rows(old, "new.e2v").values())
    assert open_artifact("new.e2v").arrays["counts"].tolist() == (2 * counts).tolist()
    trained("old.txt", "new.e2v", update="old.e2v", freeze=True, progress="json")
    assert '"words": 0' in (said := capsys.readouterr().err) and '"loss": null' in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"update": None}, "freeze applies to a run with update only"),
        ({"loss": "hierarchical-softmax"}, "new words make another tree"),
        ({"subword": "3:5"}, "freeze keeps n-grams as they are in old.e2v, and subword differs"),
    ],
)
def test_what_cannot_be(folder: Path, options: dict[str, Any], told: str) -> None:
    old_model(subword="2:4")
    with pytest.raises(SettingError, match=told):
        trained("new.txt", "new.e2v", **{"update": "old.e2v", "freeze": True, **options})
    assert not Path("new.e2v").exists()


def test_inner_nodes_cannot_stay(folder: Path) -> None:
    old_model(loss="hierarchical-softmax")
    with pytest.raises(e2v.E2VError, match="has no output vectors that could stay"):
        trained("new.txt", "new.e2v", update="old.e2v", freeze=True, loss="negative-sampling")
