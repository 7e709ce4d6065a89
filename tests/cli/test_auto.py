"""`e2v auto`: what it makes of a log is what the commands make that it stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.corpus.artifact import open_corpus
from e2v.errors import E2VError, Interrupted
from tests.commands import command_line

HEADER = "userId,movieId,timestamp"
ROWS = [
    f"u{user},i{(user % 3) * 10 + (user * 7 + k * k) % 9},{(k * 37 + user) % 7}"
    for user in range(60)
    for k in range(7)
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text("\n".join([HEADER, *ROWS]))
    return tmp_path


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def test_the_best_is_a_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    command_line("auto log.csv --methods svd -o made/ --format json --threads 1")
    out, said = capsys.readouterr()
    best = json.loads(out.splitlines()[0])
    assert best["method"] == "svd" and best["low"] < best["ndcg"] < best["high"]
    assert names("made") == ["corpus.e2v", "items.e2v", "model.e2v", "users.e2v"]
    assert "made/corpus.e2v: 420 events of 60 users with 18 items, in order" in said
    line = said.split("recommends by svd: e2v ")[1].splitlines()[0]
    command_line(f"{line} -n 1")
    assert capsys.readouterr().out.startswith("u0\t")
    command_line("events log.csv --time timestamp -o corpus.e2v")
    command_line("svd corpus.e2v --dim 18 -o model.e2v")
    command_line("users model.e2v corpus.e2v -o users.e2v")
    command_line("index model.e2v --users users.e2v -o items.e2v")
    for name in names("made"):
        assert Path(name).read_bytes() == Path("made", name).read_bytes(), name
    with pytest.raises(E2VError, match="made is not empty; name a new or an empty folder"):
        command_line("auto log.csv -o made")


def test_the_best_needs_no_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = e2v.auto("log.csv", "made", methods=["item-knn"])
    assert made.method == "item-knn" and names("made") == ["corpus.e2v"]
    assert made.trained is None and made.served is None
    capsys.readouterr()
    command_line("auto log.csv --methods item-knn -o again")
    said = capsys.readouterr().err
    assert f"recommends by item-knn: {made.line.replace('made/', 'again/')}" in said
    assert Path("again/corpus.e2v").read_bytes() == Path("made/corpus.e2v").read_bytes()
    command_line(made.line.removeprefix("e2v "))
    assert capsys.readouterr().out.startswith("u0\t")


def test_the_best_needs_no_model_but_another_has_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    few = 1 / np.arange(1, 31)  # everybody has what everybody has
    rows = [
        f"u{user},i{item},{time}"
        for user in range(200)
        for time, item in enumerate(rng.choice(30, 6, replace=False, p=few / few.sum()))
    ]
    Path("log.csv").write_text("\n".join([HEADER, *rows]))
    made = e2v.auto("log.csv", "made", methods=["popularity", "svd"])
    assert [row.method for row in made.compared.comparison.rows] == ["popularity", "svd"]
    assert (made.method, made.trained) == ("popularity", "svd") and "users.e2v" in names("made")
    for line in (made.line, made.served):
        capsys.readouterr()
        command_line(f"{line} -n 1".removeprefix("e2v "))
        assert capsys.readouterr().out.startswith("u0\t")


def test_the_best_is_tuned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from e2v.jobs.trials import ItemTrials

    given: dict[str, Any] = {"methods": ["tower"], "time_budget": 0.01, "threads": 1}
    made = e2v.auto("log.csv", "made it", ordered=True, **given)
    assert made.tuned and made.tuned.found.trials == 1
    assert names("made it") == ["corpus.e2v", "items.e2v", "model.e2v", "model.e2v.trials.jsonl", "users.e2v"]
    assert made.tuned.line == "e2v tower 'made it/corpus.e2v' -o 'made it/model.e2v'"
    e2v.tower("made it/corpus.e2v", "again.e2v", threads=1)
    assert Path("again.e2v").read_bytes() == Path("made it/model.e2v").read_bytes()

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ItemTrials, "measured", stopped)
    with pytest.raises(Interrupted) as left:
        e2v.auto("log.csv", "other", **given)
    assert left.value.exit_code == 130
    assert not any("other" in name for name in names("."))


def test_order_is_told_only_where_it_is_plain(folder: Path) -> None:
    (folder / "two.csv").write_text(
        "\n".join(["userId,movieId,created_at,timestamp", *(f"{row},{row[-1]}" for row in ROWS)])
    )
    e2v.auto("two.csv", "doubtful", methods=["popularity"])
    e2v.auto("two.csv", "named", time="timestamp", methods=["popularity"])
    e2v.auto([["a", "b", "c"], ["b", "c", "d"], ["c", "a", "d"]] * 4, "baskets", methods=["popularity"])
    ordered = {name: open_corpus(f"{name}/corpus.e2v").ordered for name in ("doubtful", "named", "baskets")}
    (folder / "one.csv").write_text("user,item\na,1\nb,2\n")
    with pytest.raises(E2VError, match=r"^one.csv: nothing can be held out; a user needs two"):
        e2v.auto("one.csv", "nothing")
    assert ordered == {"doubtful": False, "named": True, "baskets": False}
