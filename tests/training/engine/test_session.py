"""A run that was stopped, however often and wherever, ends with the bytes of one that was not."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus
from e2v.errors import InputError, SettingError, TrainingError
from e2v.store import open_artifact, verify
from e2v.training.engine import schedule
from e2v.training.engine.reached import Reached
from e2v.training.engine.runner import Losses, TrainProgress
from e2v.training.engine.schedule import Schedule, Unit
from e2v.training.engine.session import Interval, Session
from e2v.training.word2vec.training import Training
from tests.training.small import MODES, config, corpus_of, name_of, text


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of(tmp_path_factory.mktemp("session"), text(250))


class Stopping(Schedule):
    """A schedule that offers no unit from number `stop` on: a kill that hits where the test says."""

    stop = 0

    def unit(self, number: int) -> Unit | None:
        return super().unit(number) if number < self.stop else None


def session(corpus: Corpus, output: Path, **settings: Any) -> Session[Training]:
    settings = {"epochs": 3, **settings}
    return Session(Training(corpus, config(**settings)), output, {"settings": settings})


def finished(session: Session[Training], interval: Interval | None = None) -> bytes:
    """The model that the rest of a run writes."""
    list(session.run(interval))
    session.finish()
    return session.output.read_bytes()


@pytest.mark.parametrize("mode", MODES, ids=name_of)
def test_twenty_kills_change_no_byte(
    corpus: Corpus, mode: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = session(corpus, tmp_path / "whole.e2v", **mode)
    expected = finished(whole)
    units = whole.training.runner.units
    assert units >= 50
    assert verify(whole.output) == []
    output = tmp_path / "model.e2v"
    kills = np.sort(np.random.default_rng(units).integers(0, units + 1, 20))
    with monkeypatch.context() as patched:
        patched.setattr(schedule, "Schedule", Stopping)
        for number, kill in enumerate(kills.tolist()):
            patched.setattr(Stopping, "stop", kill)
            stopped = session(corpus, output, **mode)
            assert stopped.resume() == (number > 0)
            list(stopped.run())
            assert stopped.training.runner.units == kill
            stopped.save_checkpoint()
    last = session(corpus, output, **mode)
    assert last.resume() and not output.exists()
    assert finished(last) == expected
    assert last.training.runner.loss == whole.training.runner.loss
    assert not last.checkpoint.exists()


def test_closing_a_run_keeps_what_is_done(corpus: Corpus, tmp_path: Path) -> None:
    expected = finished(session(corpus, tmp_path / "whole.e2v"))
    stopped = session(corpus, tmp_path / "model.e2v")
    events = stopped.run()
    next(events)
    events.close()
    stopped.save_checkpoint()
    resumed = session(corpus, tmp_path / "model.e2v")
    assert resumed.resume()
    assert resumed.training.runner.units == stopped.training.runner.units >= 1
    assert resumed.training.runner.seconds == pytest.approx(stopped.training.runner.seconds, abs=1e-3)
    assert finished(resumed) == expected


def test_saving_now_and_then_changes_nothing(corpus: Corpus, tmp_path: Path) -> None:
    expected = finished(session(corpus, tmp_path / "whole.e2v"))
    saving = session(corpus, tmp_path / "model.e2v")
    list(saving.run(Interval(seconds=0.0)))
    assert saving.checkpoint.exists() and not saving.output.exists()
    saving.finish()
    assert saving.output.read_bytes() == expected


@dataclass
class Slow:
    """In place of a runner: 30 units, 10 an epoch, one at a time."""

    units: int = 0
    seconds: float = 0.0

    @property
    def epochs(self) -> float:
        return self.units / 10

    @property
    def reached(self) -> Reached:
        return Reached(self.units, self.seconds)

    @property
    def losses(self) -> Losses:
        return Losses(np.zeros(10), np.zeros(10, np.int64))

    def run(self) -> Generator[TrainProgress]:
        while self.units < 30:
            self.units += 1
            yield TrainProgress(self.units, self.units, self.units / 30, 0.01, 1.0)


@pytest.mark.parametrize(("interval", "units"), [(Interval(seconds=0.0), 1), (Interval(epochs=0.5), 5)])
def test_a_checkpoint_is_saved_each_interval(
    corpus: Corpus, tmp_path: Path, interval: Interval, units: int
) -> None:
    saving = session(corpus, tmp_path / "model.e2v")
    saving.training.runner = Slow()  # type: ignore[assignment]
    saved = []
    for done in saving.run(interval):
        if saving.checkpoint.exists():
            saved.append(open_artifact(saving.checkpoint, "checkpoint").provenance["state"]["units"])
        assert len(saved) == max(0, done.units - units)
    assert saved == [n // units * units for n in range(units, 30)]


def test_an_interval_is_a_time_or_a_number_of_epochs() -> None:
    assert Interval(seconds=10).is_over(10, 0) and not Interval(seconds=10).is_over(9.9, 100)
    assert Interval(epochs=2).is_over(0, 2) and not Interval(epochs=2).is_over(1e9, 1.9)


def test_a_checkpoint_of_another_run_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    output = tmp_path / "model.e2v"
    assert not session(corpus, output).resume()
    session(corpus, output).save_checkpoint()
    with pytest.raises(SettingError, match=r"another run: lr none there, 0.07 here; give the settings"):
        session(corpus, output, lr=0.07).resume()


def test_a_damaged_checkpoint_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    saved = session(corpus, tmp_path / "model.e2v")
    saved.save_checkpoint()
    content = bytearray(saved.checkpoint.read_bytes())
    content[-1] ^= 1
    saved.checkpoint.write_bytes(content)
    with pytest.raises(InputError):
        session(corpus, tmp_path / "model.e2v").resume()


def test_a_run_gone_wrong_leaves_the_last_checkpoint_and_the_model_alone(
    corpus: Corpus, tmp_path: Path
) -> None:
    output = tmp_path / "model.e2v"
    finished(session(corpus, output))
    wrong = session(corpus, output)
    wrong.save_checkpoint()
    before = output.read_bytes(), wrong.checkpoint.read_bytes()
    wrong.training.model.inputs[3, 2] = np.inf
    with pytest.raises(TrainingError):
        wrong.save_checkpoint()
    with pytest.raises(TrainingError):
        wrong.finish()
    assert (output.read_bytes(), wrong.checkpoint.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.e2v", "model.e2v.ckpt"]


def test_a_resumed_time_budget_has_less_time(corpus: Corpus, tmp_path: Path) -> None:
    settings = {"epochs": None, "time_budget": 3600}
    stopped = session(corpus, tmp_path / "model.e2v", **settings)
    stopped.training.resume_at(0, 3500.0)
    stopped.save_checkpoint()
    resumed = session(corpus, tmp_path / "model.e2v", **settings)
    assert resumed.resume()
    events = resumed.run()
    assert 3500 / 3600 <= next(events).share < 1
    events.close()
