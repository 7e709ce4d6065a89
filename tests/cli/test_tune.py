"""`e2v tune`: what it makes is what the line makes that it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import e2v
from e2v.errors import E2VError, Interrupted
from e2v.training.priors import OneOf
from e2v.training.word2vec import priors
from tests.commands import command_line

LOG = "".join(
    f"u{user},i{(user % 3) * 10 + (user * 7 + k * k) % 9}\n" for user in range(60) for k in range(7)
)
FEW = "--fixed dim=8 --fixed epochs=2 --threads 1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("e2v.tuning.rounds._LEAST", 20)
    (tmp_path / "log.csv").write_text("user,item\n" + LOG)
    command_line("events log.csv -o sets.e2v")
    command_line("events log.csv --ordered -o histories.e2v")
    return tmp_path


def trials_in(name: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in Path(name).read_text().splitlines()]
    return [row for row in rows if "value" in row]


@pytest.mark.parametrize("line", ["histories.e2v", "sets.e2v --learner item2vec --seed 3"])
def test_the_line_makes_the_model(line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    command_line(f"tune {line} {FEW} --trials 4 --format json -o made.e2v")
    out, said = capsys.readouterr()
    finalists = [json.loads(row) for row in out.splitlines()]
    chosen = said.split("made by: ")[1].splitlines()[0]
    assert chosen in [row["command"] for row in finalists]
    trials = trials_in("made.e2v.trials.jsonl")
    assert [(row["round"], row["size"]) for row in trials] == [(1, 20)] * 4 + [(2, 60)] * 2
    assert {row["trial"] for row in finalists} == {row["number"] for row in trials[4:]}
    values = sorted((row["value"] for row in trials[4:]), reverse=True)
    assert [row["value"] for row in finalists] == pytest.approx(values, rel=1e-5)
    command_line(chosen.removeprefix("e2v ").replace("-o made.e2v", "--threads 1 -o again.e2v"))
    assert Path("again.e2v").read_bytes() == Path("made.e2v").read_bytes()
    left = sorted(path.name for path in folder.iterdir() if path.name.startswith(("made", ".e2v")))
    assert left == ["made.e2v", "made.e2v.trials.jsonl"]


def test_the_defaults_reach_what_eval_says(folder: Path) -> None:
    found = e2v.tune("sets.e2v", "made.e2v", trials=2, seed=4, threads=1, by="random", share=0.3).found
    default = next(trial for trial in found.finalists if trial.number == 0)
    command_line("split sets.e2v --by random --share 0.3 --seed 4 -o left.e2v --held-out held")
    model = e2v.tower("left.e2v", "left-tower.e2v", seed=4, threads=1)
    (ndcg,) = (one for one in e2v.evaluate(model, ranking="held", corpus="left.e2v") if one.name == "ndcg")
    assert default.value and default.confirmed
    assert (default.value + default.confirmed) / 2 == pytest.approx(ndcg.value)


def test_both_doors_and_a_search_that_was_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from e2v.jobs.trials import ItemTrials

    given = {"trials": 3, "fixed": ["dim=8", "epochs=2"], "threads": 1}
    made = e2v.tune("histories.e2v", "py.e2v", table="py.jsonl", **given)
    measured, asked = ItemTrials.measured, []

    def stopped(*arguments: Any, **keywords: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return measured(*arguments, **keywords)

    monkeypatch.setattr(ItemTrials, "measured", stopped)
    line = f"tune histories.e2v {FEW} --trials 3 -o cli.e2v --table cli.jsonl"
    with pytest.raises(Interrupted, match=r"cli.jsonl holds the trials that have ended; go on with") as left:
        command_line(line)
    assert left.value.exit_code == 75 and not Path("cli.e2v").exists()
    monkeypatch.setattr(ItemTrials, "measured", measured)
    command_line(f"{line} --resume")
    assert Path("cli.e2v").read_bytes() == Path("py.e2v").read_bytes()
    tables = [[{**row, "seconds": 0} for row in trials_in(name)] for name in ("py.jsonl", "cli.jsonl")]
    assert tables[0] == tables[1]
    assert made.line == json.loads(Path("py.jsonl").read_text().splitlines()[-1])["command"]


def test_too_few_users_leave_nothing(folder: Path) -> None:
    (folder / "few.csv").write_text("user,item\na,x\na,y\nb,x\nb,y\nc,z\n")
    command_line("events few.csv --ordered -o few.e2v")
    with pytest.raises(E2VError, match=r"few\.e2v: what is held out is of 2 users, and to choose by takes 4"):
        command_line("tune few.e2v -o few-tuned.e2v")
    assert not list(folder.glob("few-tuned*"))


def test_words_are_tried_by_questions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priors, "WORDS", {"lr": OneOf((0.05, 0.1))})
    monkeypatch.setattr("e2v.jobs.trials.WORDS", {"lr": OneOf((0.05, 0.1))})
    (folder / "text").write_text(
        "".join(" ".join(f"w{(s * 5 + k * k) % 23}" for k in range(9)) + "\n" for s in range(200))
    )
    (folder / "pairs.tsv").write_text("".join(f"w{k}\tw{k * 3 % 17}\t{k % 5}\n" for k in range(1, 17)))
    (folder / "questions").write_text(": all\n" + "".join(f"w{k} w1 w2 w{k + 3}\n" for k in range(3, 15)))
    command_line("vocab text -o text.e2v --min-count 1")
    with pytest.raises(E2VError, match="words are tried by questions about them; give analogies FILE"):
        command_line(f"tune text.e2v {FEW}")
    with pytest.raises(E2VError, match="share cuts histories, not text"):
        e2v.tune("text.e2v", similarity="pairs.tsv", share=0.3)
    found = e2v.tune(
        "text.e2v",
        "words.e2v",
        similarity="pairs.tsv",
        analogies="questions",
        trials=9,  # of which there are three
        fixed=["dim=8"],
        threads=1,
    )
    assert [row["size"] for row in trials_in("words.e2v.trials.jsonl")] == [22, 22, 22, 66, 66, 200, 200]
    assert found.learner == "word2vec" and found.found.measure == "accuracy and Spearman"
    assert found.line.startswith("e2v train text.e2v --preset word2vec --dim 8")
    with pytest.raises(E2VError, match=r"analogies applies to learner word2vec only"):
        e2v.tune("sets.e2v", analogies="questions")
    with pytest.raises(E2VError, match="time_budget must be more than no time"):
        e2v.tune("sets.e2v", time_budget=0)
