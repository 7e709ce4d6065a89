"""A tower's run that is stopped and gone on with ends with the bytes of one that was not."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.errors import DamagedFileError, SettingError, TrainingError
from e2v.settings import recorded
from e2v.store import open_artifact, verify
from e2v.training.engine import schedule
from e2v.training.engine.schedule import Schedule, Unit
from e2v.training.engine.session import Session
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.training import TowerTraining
from tests.builders import write_tastes

SMALL = {"dim": 6, "epochs": 6, "batch": 16, "lr": 0.3, "threads": 1, "candidates": 8, "validation": 0.5}
MODES: list[dict[str, Any]] = [
    {},
    {"threads": 3},
    {"examples": "next", "age": True, "hidden": (5,), "per_user": 2},
    {"examples": "next", "age": True, "recency": True, "per_user": 2},
    {"epochs": 40, "patience": 1},  # which ends early
    {"validation": 0.0, "temperature": 0.0, "candidates": 0},
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return open_corpus(write_tastes(tmp_path_factory.mktemp("resuming") / "corpus.e2v"))


@contextlib.contextmanager
def session(corpus: Corpus, output: Path, **settings: Any):  # type: ignore[no-untyped-def]
    chosen = {**SMALL, **settings}
    with contextlib.closing(TowerTraining(corpus, TowerSettings(**chosen))) as training:
        yield Session(training, output, {"settings": recorded(training.config)})


class Stopping(Schedule):
    """A schedule that offers no unit from number `stop` on."""

    stop = 1 << 40

    def unit(self, number: int) -> Unit | None:
        return super().unit(number) if number < self.stop else None


def trained(corpus: Corpus, output: Path, stop: int | None = None, **settings: Any) -> int:
    """Train to the end, or until so many units are done; returns how many are."""
    with pytest.MonkeyPatch.context() as patched, session(corpus, output, **settings) as one:
        if stop is not None:
            patched.setattr(schedule, "Schedule", Stopping)
            patched.setattr(Stopping, "stop", stop)
            one.training.resume_at(0, 0.0)
        one.resume()
        list(one.run())
        if stop is None:
            one.finish()
        else:
            one.save_checkpoint()
        units: int = one.training.runner.units
        return units


@pytest.mark.parametrize("settings", MODES, ids=str)
def test_stopping_changes_no_byte(corpus: Corpus, tmp_path: Path, settings: dict[str, Any]) -> None:
    whole, output = tmp_path / "whole.e2v", tmp_path / "model.e2v"
    units = trained(corpus, whole, **settings)
    assert verify(whole) == []
    for stop in sorted({1, units // 3, units // 2, units - 1}):
        assert trained(corpus, output, stop, **settings) == stop
        assert verify(tmp_path / "model.e2v.ckpt") == []
    assert trained(corpus, output, **settings) == units
    assert output.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "model.e2v.ckpt").exists()


def test_a_run_that_has_ended_early_stays_ended(corpus: Corpus, tmp_path: Path) -> None:
    settings = {"epochs": 40, "patience": 1}
    with session(corpus, tmp_path / "model.e2v", **settings) as ended:
        list(ended.run())
        units = ended.training.runner.units
        assert units < ended.training.runner.total_tokens / 16
        ended.save_checkpoint()
    with session(corpus, tmp_path / "model.e2v", **settings) as again:
        assert again.resume()
        assert list(again.run()) == []
        again.finish()
        assert again.training.runner.units == units


def test_a_run_that_its_time_ends_is_validated_where_it_ends(corpus: Corpus, tmp_path: Path) -> None:
    settings = {"time_budget": 3600.0, "epochs": 1}
    with session(corpus, tmp_path / "model.e2v", **settings) as timed:
        training = timed.training
        training.resume_at(0, 3500.0)
        with contextlib.closing(timed.run()) as steps:
            first = next(steps)
        assert 3500 / 3600 <= first.share < 1 and 0 < first.lr < 0.3 * 100 / 3600
        timed.finish()
    epochs = timed.training.runner.units / 5
    assert 1 <= training.best_epoch <= epochs + 1 and training.validation.loss > 0


def test_a_run_of_no_time_is_an_error(corpus: Corpus, tmp_path: Path) -> None:
    with session(corpus, tmp_path / "model.e2v", time_budget=1.0) as timed:
        timed.training.resume_at(0, 1.0)
        list(timed.run())
        with pytest.raises(TrainingError, match="the time was over before training began"):
            timed.finish()


def test_what_is_no_checkpoint_of_a_tower_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    output = tmp_path / "model.e2v"
    trained(corpus, output, 3)
    checkpoint = tmp_path / "model.e2v.ckpt"
    content = bytearray(checkpoint.read_bytes())
    content[-1] ^= 1
    checkpoint.write_bytes(content)
    with pytest.raises(DamagedFileError), session(corpus, output) as one:
        one.resume()
    with pytest.raises(SettingError, match="another run"), session(corpus, output, dim=5) as one:
        one.resume()


def test_a_run_gone_wrong_saves_nothing(corpus: Corpus, tmp_path: Path) -> None:
    with session(corpus, tmp_path / "model.e2v") as wrong:
        wrong.save_checkpoint()
        before = wrong.checkpoint.read_bytes()
        assert "best" not in open_artifact(wrong.checkpoint).arrays
        wrong.training.network.biases[3] = np.nan
        with pytest.raises(TrainingError):
            wrong.save_checkpoint()
        assert wrong.checkpoint.read_bytes() == before
