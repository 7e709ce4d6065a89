"""`e2v recommend --baseline`: what `e2v eval --baseline` ranks, for whoever is asked for."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.errors import E2VError
from e2v.settings import option_name
from e2v.training.linear.baselines import BASELINES
from tests.builders import write_corpus
from tests.commands import command_line

#: Two kinds of users, each with items of their kind and some of both.
HISTORIES = {
    f"u{user}": [f"i{(user % 2) * 8 + (user * 5 + k * k) % 11}" for k in range(2 + user % 4)]
    for user in range(40)
}
FILMS = {"ann": ["a", "b"], "bob": ["a", "b", "c"], "cy": ["b", "c"], "dee": ["d"]}
TITLES = {"a": "Alien", "b": "Brazil", "c": "Casablanca", "d": "Dune"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_corpus(Path("films.e2v"), FILMS.values(), FILMS, TITLES)
    return tmp_path


def printed(line: str, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    capsys.readouterr()
    command_line(line)
    return [row.split("\t") for row in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("baseline", BASELINES)
def test_the_answers_are_those_that_eval_ranks(
    baseline: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(Path("all.e2v"), HISTORIES.values(), HISTORIES)
    command_line("split all.e2v --by random --share 0.4 -o train.e2v --held-out held")
    shown = defaultdict(list)
    for user, item, *_ in printed(f"recommend --baseline {baseline} --corpus train.e2v --all -n 5", capsys):
        shown[user].append(item)
    corpus = open_corpus("train.e2v")
    assert list(shown) == list(dict.fromkeys(corpus.names))
    reciprocal, hits = [], []
    for user, items in read_held_out(Path("held")).items():
        ranks = [rank for rank, item in enumerate(shown[user], 1) if item in items]
        reciprocal.append(1 / ranks[0] if ranks else 0)
        hits.append(bool(ranks))
    measured = e2v.evaluate(baseline=baseline, ranking="held", corpus="train.e2v", n=5)
    found = {one.name: one.value for one in measured}
    assert 0 < found["hr"] < 1
    assert (found["mrr"], found["hr"]) == pytest.approx((np.mean(reciprocal), np.mean(hits)))


def test_everybody_can_be_asked_for_in_every_way(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "recommend --baseline item-knn --corpus films.e2v"
    (ann, *_) = printed(f"{asked} --for ann", capsys)
    # c goes with a in one history of three items, with b in that one and in one of two.
    score = (1 / 3) / np.sqrt(2 * 2) + (1 / 3 + 1 / 2) / np.sqrt(3 * 2)
    assert ann == ["ann", "c", f"{score:.6g}", "Casablanca"]
    assert printed(f"{asked} Alien Brazil -n 1", capsys) == [["Alien + Brazil", *ann[1:]]]
    both = printed(f"{asked} --for ann --include-seen", capsys)
    assert sorted(row[1] for row in both) == ["a", "b", "c", "d"]
    everybody = printed(f"{asked} --all -n 1", capsys)
    assert [row[0] for row in everybody] == list(FILMS) and everybody[0] == ann
    Path("questions").write_text('ann\n{"items": ["?"]}\nzoe\n')
    with Path("questions").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        rows = printed(f"{asked} - -n 1", capsys)
    assert rows == [ann, ["?", "b", "3", "Brazil"], ["zoe", "", "", ""]]  # by count; nobody


def test_python_has_it_by_the_same_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films = e2v.recommender(corpus="films.e2v", baseline="gf-cf")
    rows = printed("recommend --baseline gf-cf --corpus films.e2v --all", capsys)
    assert [[user, one.key, one.title] for user, found in films.recommend_all() for one in found] == [
        [user, key, title] for user, key, _, title in rows
    ]
    with pytest.raises(E2VError, match="takes a model, an index or a baseline"):
        e2v.recommender("model.e2v", corpus="films.e2v", baseline="gf-cf")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--all", "--baseline is learned from the histories of users; --corpus CORPUS has them"),
        ("--corpus films.e2v --all -m m.e2v", "--baseline does not go with --model"),
        ("--corpus films.e2v --all --index i.e2v", "--baseline does not go with --index"),
        ("--users u.e2v --all", "--baseline does not go with --users"),
        ("--corpus films.e2v", "nobody is named to recommend to"),
        ("--corpus films.e2v --for zoe", "'zoe' is not among the users of films.e2v"),
        ("--corpus text.e2v --all", "text.e2v does not say whose its sentences are"),
    ],
)
def test_what_does_not_go_with_a_baseline(line: str, told: str, folder: Path) -> None:
    write_corpus(Path("text.e2v"), [["a", "b"]])
    with pytest.raises(E2VError) as caught:
        command_line(f"recommend --baseline item-knn {line}")
    assert str(caught.value.spelled(option_name)).startswith(told)
