"""What lists are like, and for whom they are good: beside slow NumPy, and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.errors import E2VError
from e2v.evaluation import beyond_accuracy
from e2v.evaluation.beyond_accuracy import ShownItems, gini
from e2v.evaluation.groups import by_history, by_popularity
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.store import Keys
from tests.builders import write_corpus
from tests.commands import command_line
from tests.oracles import evaluation as oracle

K = 4


class Drawn:
    """Scores that are drawn, of most of the corpus' items and of two others."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = Keys.from_strings([*keys[::-1][3:], "new", "newer"])
        self.popularity = np.ones(len(self.keys), np.float32)

    def scores(self, histories, users, /):
        rngs = [np.random.default_rng([5, int(user[1:])]) for user in users]
        return np.array([rng.standard_normal(len(self.keys)) for rng in rngs], np.float32)


@pytest.fixture
def ranked(tmp_path: Path):
    rng = np.random.default_rng(3)
    weights = 1 / np.arange(1, 31)
    histories = {
        f"u{user}": [f"i{item}" for item in rng.choice(30, rng.integers(1, 9), p=weights / weights.sum())]
        for user in range(40)
    }
    held_out = {user: [f"i{item}" for item in rng.integers(0, 33, 4)] for user in [*histories, "stranger"]}
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", histories.values(), histories))
    test = RankingTest.of(corpus, held_out)
    ranking = evaluate_ranking(Drawn(list(corpus.keys)), test, K, 1)
    shown = [[ranking.keys[row] for row in rows if row >= 0] for rows in ranking.shown.tolist()]
    return corpus, histories, held_out, test, ranking, shown


def test_lists_beside_the_oracle(monkeypatch: pytest.MonkeyPatch, ranked) -> None:
    corpus, histories, _, test, ranking, shown = ranked
    monkeypatch.setattr(beyond_accuracy, "_PAIRS", 40)
    catalogue = [*corpus.keys, "new", "newer"]
    row_of = {key: row for row, key in enumerate(catalogue)}
    matrix = oracle.interactions([[row_of[item] for item in h] for h in histories.values()], len(catalogue))
    lists = [[row_of[key] for key in one] for one in shown]
    found = {one.name: one for one in ShownItems(test, ranking).figures()}
    times = np.bincount([row for one in lists for row in one], minlength=len(catalogue))
    assert found["coverage"].value == (times > 0).mean() < 1
    assert (found["coverage"].used, found["coverage"].total) == ((times > 0).sum(), len(catalogue))
    assert found["gini"].value == pytest.approx(oracle.gini(times))
    assert found["novelty"].value == pytest.approx(np.mean([oracle.novelty(matrix, one) for one in lists]))
    similar = [oracle.list_similarity(matrix, one) for one in lists]
    assert found["similarity"].value == pytest.approx(np.mean(similar))
    assert found["similarity"].low < np.mean(similar) < found["similarity"].high
    some = np.array([0, 3, 7])
    part = {one.name: one for one in ShownItems(test, ranking).figures(some, "x/")}
    assert part["x/similarity"].value == pytest.approx(np.mean([similar[row] for row in some]))
    assert part["x/coverage"].value == len({row for each in some for row in lists[each]}) / len(catalogue)


def test_what_nobody_is_shown_is_not_of_the_catalogue(ranked) -> None:
    corpus, _, _, test, ranking, _ = ranked

    class Hiding(Drawn):
        def scores(self, histories, users, /):
            return np.where(np.isneginf(self.popularity), -np.inf, super().scores(histories, users))

    hiding = Hiding(list(corpus.keys))
    hiding.popularity[-2:] = -np.inf  # new, newer
    all_of_them, some = (
        ShownItems(test, one).figures() for one in (ranking, evaluate_ranking(hiding, test, K, 1))
    )
    assert [one.total for one in all_of_them[:2]] == [len(corpus.keys) + 2] * 2
    assert [one.total for one in some[:2]] == [len(corpus.keys)] * 2
    assert some[0].value == some[0].used / len(corpus.keys)


def test_gini_of_equals_and_of_one() -> None:
    assert gini(np.array([3, 3, 3])) == 0
    assert gini(np.array([0, 7, 0])) == 1
    assert gini(np.array([0, 0])) is gini(np.array([2])) is None


def test_groups_of_items_by_how_frequent_they_are(ranked) -> None:
    corpus, histories, held_out, test, ranking, shown = ranked
    counts = {key: int(count) for key, count in zip(corpus.keys, corpus.counts, strict=True)}
    before, group_of = 0, {}
    for key in sorted(counts, key=lambda key: -counts[key]):  # stable, as the corpus has them
        group_of[key] = ("head", "mid", "tail")[min(2, 3 * before // sum(counts.values()))]
        before += counts[key]
    expected: dict[str, list] = {}
    users = [test.users[case] for case in test.cases.tolist()]
    for user, items in zip(users, shown, strict=True):
        for group in ("head", "mid", "tail"):
            unseen = set(held_out[user]) - set(histories[user])
            wanted = {item for item in unseen if group_of.get(item, "tail") == group}
            if wanted:
                scores = {item: -place for place, item in enumerate(items)}
                metrics = oracle.ranking_metrics(
                    list(scores.values()),
                    set(),
                    {items.index(i) for i in wanted if i in items},
                    len(wanted),
                    K,
                )
                expected.setdefault(group, []).append(metrics)
    grouping = by_popularity(test, ranking)
    found = {one.name: one for one in grouping.measurements}
    for group, values in expected.items():
        of_group = [found[f"{group}/{name}"] for name in ("hr", "recall", "ndcg", "mrr")]
        assert [one.value for one in of_group] == pytest.approx(np.mean(values, axis=0))
        assert {(one.used, one.total) for one in of_group} == {(len(values), len(held_out))}
    sizes = [sum(group == name for group in group_of.values()) for name in ("head", "mid", "tail")]
    assert grouping.told.startswith(
        f"items by frequency: head is the first {sizes[0]}, mid the next {sizes[1]}, tail the other "
        f"{sizes[2]};"
    )


def test_groups_of_users_by_how_many_items_they_have(ranked) -> None:
    _, histories, _, test, ranking, _ = ranked
    sizes = np.array([len(set(histories[test.users[case]])) for case in test.cases.tolist()])
    third, two_thirds = np.sort(sizes)[[(len(sizes) - 1) // 3, 2 * (len(sizes) - 1) // 3]]
    lists = ShownItems(test, ranking)
    grouping = by_history(test, ranking, lists)
    found = {one.name: one for one in grouping.measurements}
    groups = {
        "short": sizes <= third,
        "medium": (sizes > third) & (sizes <= two_thirds),
        "long": sizes > two_thirds,
    }
    assert len(found) == 3 * 8
    for name, users in groups.items():
        assert found[f"{name}/ndcg"].value == pytest.approx(ranking.values[users, 2].mean())
        assert found[f"{name}/novelty"].value == lists.figures(np.flatnonzero(users))[2].value
        assert f"{name} is {sizes[users].min()} to {sizes[users].max()} items" in grouping.told


def test_a_group_of_nobody_has_no_value(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", [["a", "b"], ["a", "c"]], ["u", "v"]))
    test = RankingTest.of(corpus, {"u": ["c"], "v": ["b"]})
    test = test._replace(users=["u0", "u1"])  # whom scores are drawn for
    grouping = by_history(test, evaluate_ranking(Drawn(list("abcdefgh")), test, 1, 1), None)
    assert [one.used for one in grouping.measurements] == [2] * 4 + [0] * 8
    assert {one.value for one in grouping.measurements[4:]} == {None}
    assert "medium is nobody" in grouping.told


def test_the_command(tmp_path: Path, capsys, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.notices._listeners", [lambda _, message: told.append(message)])
    monkeypatch.chdir(tmp_path)
    users = [f"u{user}" for user in range(9)]
    write_corpus(Path("c.e2v"), [["a", "b", "c", "d"][user % 3 :] for user in range(9)], users)
    Path("held").write_text("u1 a\nu2 a b\nu5 b\n")
    asked = "eval --baseline popularity --ranking held --corpus c.e2v -n 2 --format json"
    command_line(
        f"{asked} --beyond-accuracy --groups history --groups popularity --min novelty=1.01 --min tail/hr=0"
    )
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["name"] for row in rows[:8]] == [
        *("hr", "recall", "ndcg", "mrr", "coverage", "gini", "novelty", "similarity")
    ]
    assert len(rows) == 8 + 3 * 4 + 3 * 8 and rows[8]["name"] == "head/hr"
    assert ["head is the first 1, mid the next" in told[-2], "short is 2 to 2 items" in told[-1]] == [
        True
    ] * 2
    with pytest.raises(E2VError, match="hr is 1 at most"):
        command_line(f"{asked} --min hr=1.1")
    with pytest.raises(E2VError, match="nothing measured is called 'novelty'"):
        command_line(f"{asked} --min novelty=1")
