"""`e2v train --engine in-turn` and `--engine ray`: workers that have a model each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.errors import SettingError
from e2v.store import open_artifact, verify
from e2v.training.engine.runner import UnitRunner
from tests.commands import command
from tests.training.small import MODES, name_of, text

SMALL = {"dim": 6, "epochs": 3, "min_count": 1, "threads": 1, "progress": "none"}
#: One of each shape of matrices: inner nodes, n-grams.
SHAPES = {"skipgram-negative-sampling-window-2:4", "cbow-hierarchical-softmax-set", "skipgram-softmax-window"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text").write_text(text(200), encoding="utf-8")


def train(output: str, **options: Any) -> bytes:
    command("train", inputs=["text"], output=output, **{**SMALL, **options})
    assert verify(Path(output)) == []
    return Path(output).read_bytes()


@pytest.mark.parametrize("mode", [mode for mode in MODES if name_of(mode) in SHAPES], ids=name_of)
def test_one_worker_learns_what_a_thread_does(mode: dict[str, Any]) -> None:
    assert train("cluster.e2v", engine="in-turn", workers=1, **mode) == train("thread.e2v", **mode)


@pytest.mark.parametrize("mode", [mode for mode in MODES if name_of(mode) in SHAPES], ids=name_of)
def test_workers_in_turn_learn_the_same_every_time(mode: dict[str, Any]) -> None:
    first = train("first.e2v", engine="in-turn", workers=3, syncs=5, **mode)
    assert train("again.e2v", engine="in-turn", workers=3, syncs=5, **mode) == first
    alone = open_artifact("first.e2v").arrays["input"]
    train("other.e2v", engine="in-turn", workers=2, syncs=5, **mode)
    assert not np.array_equal(alone, open_artifact("other.e2v").arrays["input"])


def test_the_provenance_says_how_many_there_were() -> None:
    train("model.e2v", engine="in-turn", workers=2)
    made = open_artifact("model.e2v").provenance
    assert made["cluster"] == {"engine": "in-turn", "workers": 2, "syncs": 100}
    train("one.e2v", engine="in-turn", workers=1)
    assert "cluster" not in open_artifact("one.e2v").provenance


def test_workers_that_are_stopped_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run = UnitRunner.run

    def stopped(runner: UnitRunner) -> Any:
        for done in run(runner):
            yield done
            if runner.epochs > 1.5:
                raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(UnitRunner, "run", stopped)
        with pytest.raises(RuntimeError):
            command(
                "train", inputs=["text"], output="model.e2v", engine="in-turn", workers=2,
                checkpoint_every="1e", **SMALL,
            )  # fmt: skip
    assert Path("model.e2v.ckpt").exists()
    assert not Path("model.e2v").exists()
    with pytest.raises(SettingError, match="workers 2 there, 3 here"):
        train("model.e2v", engine="in-turn", workers=3, resume=True)
    train("model.e2v", engine="in-turn", workers=2, resume=True)
    assert not Path("model.e2v.ckpt").exists()


@pytest.mark.parametrize("given", [{"workers": 2}, {"syncs": 5}, {"address": "auto"}], ids=str)
def test_settings_of_workers_need_some(given: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="engine"):
        train("model.e2v", **given)


def test_both_doors_do_the_same() -> None:
    by_command = train("model.e2v", engine="in-turn", workers=2)
    e2v.train("text", "python.e2v", engine="in-turn", workers=2, **{**SMALL, "progress": None})
    assert Path("python.e2v").read_bytes() == by_command
