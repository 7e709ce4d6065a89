"""`e2v plan`: sizes against what is really written, limits and what would keep them, both doors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.errors import InputError, QualityGateError, SettingError, UsageError
from e2v.jobs import plan as job
from e2v.jobs import train as training_job
from e2v.jobs.plan import Plan
from e2v.store import Output
from e2v.training.plan.size import Outlook
from e2v.training.word2vec.settings import Word2VecSettings
from tests.builders import write_corpus
from tests.commands import command_line

RNG = np.random.default_rng(5)
WORDS = [f"word{number}" for number in range(900)]
TEXT = "".join(" ".join(RNG.choice(WORDS, 9, p=np.arange(900, 0, -1) / 405_450)) + "\n" for _ in range(2000))
PROCESS = 100_000_000


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a text; the process does not count with all that other tests had it do."""
    monkeypatch.chdir(tmp_path)
    load = job.load_kernels
    monkeypatch.setattr(job, "load_kernels", lambda config: load(config) * 0 + PROCESS)
    monkeypatch.setattr(job, "_TRYING", 0.01)
    monkeypatch.setattr(job, "_TRYING_OTHERS", 0.01)
    (tmp_path / "text").write_text(TEXT)
    return tmp_path


def step(plan: Plan, name: str) -> Any:
    return next(each for each in plan.steps if each.step == name)


@pytest.mark.parametrize(
    "settings",
    [
        {"dim": 20},
        {"dim": 7, "loss": "hierarchical-softmax"},
        {"dim": 20, "subword": "3:4", "buckets": 50},
    ],
    ids=str,
)
def test_files_of_a_corpus_are_known_to_the_byte(folder: Path, settings: dict[str, Any]) -> None:
    sentences = [line.split() for line in TEXT.splitlines()[:300]]
    write_corpus(folder / "c.e2v", sentences, titles={"word1": "One", "word2": "Zwei"})
    planned = e2v.plan("c.e2v", epochs=1, **settings)
    trained = e2v.train("c.e2v", "m.e2v", epochs=1, threads=1, **settings)
    assert planned.size.keys == len(trained)
    assert step(planned, "writing").disk == planned.disk == (folder / "m.e2v").stat().st_size
    assert planned.fits and planned.share == 1


@pytest.mark.parametrize(
    "settings",
    [{"min_count": 3}, {"max_vocab": 50}, {"vocab": "old.e2v"}, {"update": "old.e2v", "min_count": 15}],
    ids=str,
)
def test_a_text_that_is_read_whole_is_known(folder: Path, settings: dict[str, Any]) -> None:
    (folder / "old").write_text("word1 word2 word3 never\n" * 9)
    e2v.train("old", "old.e2v", dim=8, epochs=1, sample=0)
    planned = e2v.plan("text", dim=8, epochs=1, sample=0, **settings)
    trained = e2v.train("text", "m.e2v", dim=8, epochs=1, sample=0, **settings)
    assert planned.size.keys == len(trained)
    size = (folder / "m.e2v").stat().st_size
    corpus = planned.size.corpus_bytes
    assert step(planned, "writing").disk - corpus == pytest.approx(size, rel=0.01)


def test_a_run_tells_its_outlook_before_it_trains(folder: Path) -> None:
    told: list[object] = []
    settings = Word2VecSettings(dim=12, epochs=1, threads=1)
    training_job.train(["text"], Output(folder / "m.e2v"), settings, report=told.append)
    (outlook,) = (each for each in told if isinstance(each, Outlook))
    assert outlook.model == (folder / "m.e2v").stat().st_size and outlook.keys == len(e2v.load("m.e2v"))
    assert outlook.memory > 10_000_000


def test_rows_and_python_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    line = "plan text --dim 16 --epochs 2 --min-count 7 --threads 1"
    command_line(f"{line} --format json")
    printed = capsys.readouterr()
    rows = [json.loads(row) for row in printed.out.splitlines()]
    assert list(rows[0]) == ["step", "what", "seconds", "memory_mb", "disk_mb"]
    planned = e2v.plan("text", dim=16, epochs=2, min_count=7, threads=1)
    assert [row["step"] for row in rows] == [each.step for each in planned.steps]
    assert [row["step"] for row in rows][-1] == "all"
    for row, each in zip(rows, planned.steps, strict=True):
        assert row["what"] == each.what
        assert row["memory_mb"] == pytest.approx(each.memory / 1e6, abs=0.1)
        assert row["disk_mb"] == pytest.approx(each.disk / 1e6, abs=0.1)
    assert rows[-1]["seconds"] == pytest.approx(sum(row["seconds"] for row in rows[:-1]), abs=0.1)
    assert not Path("model.e2v").exists() and [path.name for path in Path().iterdir()] == ["text"]


def test_what_is_proposed_keeps_the_memory(capsys: pytest.CaptureFixture[str]) -> None:
    most = PROCESS + 53_000_000
    planned = e2v.plan("text", dim=4000, min_count=1, max_memory=most)
    (exceeded,) = planned.exceeded
    assert exceeded.needed == planned.memory > most and not planned.fits
    names = {name for proposal in exceeded.proposals for name in proposal}
    assert {"dim", "min_count"} <= names
    for proposal in exceeded.proposals:
        found = e2v.plan("text", **{"dim": 4000, "min_count": 1, "max_memory": most, **proposal})
        assert found.fits, proposal
    told = r"max_memory is 153 MB; dim \d+, or min_count \d+"
    with pytest.raises(QualityGateError, match=told) as error:
        command_line("plan text --dim 4000 --min-count 1 --max-memory 153M --format tsv")
    assert error.value.exit_code == 4
    assert len(capsys.readouterr().out.splitlines()) == len(planned.steps)


def test_a_time_budget_is_the_time(folder: Path) -> None:
    planned = e2v.plan("text", dim=8, time_budget="2h", max_time="2h")
    assert step(planned, "training").seconds == 7200
    (exceeded,) = planned.exceeded
    assert [list(proposal) for proposal in exceeded.proposals] == [["time_budget"]]
    found = e2v.plan("text", dim=8, max_time="2h", **exceeded.proposals[0])
    assert found.fits and found.seconds > 6000


def test_a_checkpoint_leaves_the_rest(folder: Path) -> None:
    settings = {"dim": 8, "time_budget": 100.0}
    whole = step(e2v.plan("text", **settings, checkpoint_every="1m"), "training")
    assert whole.disk > step(e2v.plan("text", **settings), "training").disk
    assert step(e2v.plan("text", **settings, resume=True), "training").seconds == 100


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("plan -", UsageError, "stdin can be read only once"),
        ("plan nothing.txt", InputError, "no such file"),
        ("plan empty", InputError, "empty or blank"),
        ("plan text --min-count 100000", InputError, "no word occurs 100000 times"),
        ("plan text --max-memory much", SettingError, "takes a size such as"),
        ("plan text --window 3 --context set", SettingError, "applies to"),
        ("plan c.e2v --lowercase", SettingError, "encoded already"),
        ("plan text -o nowhere/m.e2v", e2v.E2VError, "nowhere"),
    ],
)
def test_what_is_refused(folder: Path, line: str, error: type[Exception], told: str) -> None:
    (folder / "empty").write_text("")
    write_corpus(folder / "c.e2v", [["a", "b"]] * 9)
    with pytest.raises(error, match=told):
        command_line(line)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("plan text -o text", "text is an input and would be overwritten"),
        ("plan text -o notes.txt", "notes.txt is no .e2v file and would be overwritten"),
        ("plan nowhere -o m.e2v", "nowhere: no such file"),
        ("plan text -o no/m.e2v", "no"),
        ("plan text --init nowhere.e2v", "nowhere.e2v: no such file"),
        ("plan text --freeze", "freeze applies to a run with update only"),
    ],
)
def test_what_a_run_would_refuse_is_refused_before_anything_is_compiled(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, told: str
) -> None:
    def compiles(_: Any) -> int:
        raise AssertionError("kernels are loaded")

    (folder / "notes.txt").write_text("mine\n")
    monkeypatch.setattr(job, "load_kernels", compiles)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(e2v.E2VError, match=told):
        command_line(line)
    with pytest.raises(e2v.E2VError, match=told):
        command_line(line.replace("plan", "train"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
