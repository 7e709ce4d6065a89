import math
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.errors import InputError
from e2v.evaluation import ranking
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.store import Keys
from tests.builders import write_corpus
from tests.oracles import evaluation as oracle


class Fixed:
    """Gives the items the same scores for everybody; the last ones are the most popular."""

    def __init__(self, keys, scores) -> None:
        self.keys = Keys.from_strings(keys)
        self.table = np.asarray(scores, np.float32)
        self.popularity = np.arange(len(self.keys), dtype=np.float32)

    def scores(self, histories, users, /):
        assert len(users) == len(histories) and histories.sizes.all()
        return np.tile(self.table, (len(histories), 1))


@pytest.fixture
def train(tmp_path: Path):
    return open_corpus(write_corpus(tmp_path / "c.e2v", [["a", "b"], ["a", "c"], ["a"]], ["u", "v", "w"]))


def evaluate(recommender, train, held_out, k=2, threads=1):
    test = RankingTest.of(train, held_out)
    result = evaluate_ranking(recommender, test, k, threads)
    return {m.name: m for m in result.measurements}, result, test


def test_the_metrics_by_hand(train) -> None:
    recommender = Fixed("abcdef", [9, 8, 7, 6, 5, 4])
    found, *_ = evaluate(recommender, train, {"u": ["d", "f", "e"], "v": ["b"]}, k=3)
    # u has a and b, and is shown c, d, e: d at 2, e at 3, f missed. v is shown b first.
    gain = 1 / math.log2(3) + 1 / math.log2(4)
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["hr"].value == 1
    assert found["recall"].value == pytest.approx((2 / 3 + 1) / 2)
    assert found["ndcg"].value == pytest.approx((gain / ideal + 1) / 2)
    assert found["mrr"].value == pytest.approx((1 / 2 + 1) / 2)
    assert found["mrr"].measure == "mrr@3"


@pytest.mark.parametrize("k", [6, 2**63 - 1])
def test_a_catalogue_of_fewer_items_than_are_asked_for(train, k: int) -> None:
    found, result, _ = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"v": ["b"]}, k=k)
    assert result.shown.tolist() == [[1, 3, -1, -1]]
    assert found["recall"].value == found["mrr"].value == found["ndcg"].value == 1
    assert found["mrr"].measure == f"mrr@{k}"
    lacking, *_ = evaluate(Fixed("ab", [9, 8]), train, {"w": ["b", "x", "y", "z"]}, k=k)
    assert lacking["ndcg"].value == pytest.approx(1 / sum(1 / math.log2(rank + 1) for rank in range(1, 5)))


def test_seen_items_are_not_shown_and_those_held_out_again_are_left_out(train) -> None:
    found, _, test = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["a", "c"]}, k=1)
    assert found["recall"].value == 1
    assert test.seen_items == 1


def test_a_user_of_seen_items_alone_is_not_ranked_for(train) -> None:
    found, result, test = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["a"], "v": ["b"], "w": []})
    assert (found["hr"].used, found["hr"].total) == (1, 3)
    assert (result.unknown_users, test.strangers) == (0, 0)


def test_unknown_items_are_missed(train) -> None:
    found, result, _ = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["c", "nothing"]})
    assert found["recall"].value == 0.5
    assert found["ndcg"].value == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert result.unknown_items == 1


def test_strangers_are_counted(train) -> None:
    found, _, test = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["c"], "x": ["a"], "y": ["b"]})
    assert (found["hr"].used, found["hr"].total) == (1, 3)
    assert test.strangers == 2


def test_a_user_of_whose_history_nothing_is_known_gets_what_is_popular(train) -> None:
    """Without a, w has no history; d is the most popular of the rest. u has b, and is shown c."""
    found, result, _ = evaluate(Fixed("bcd", [9, 8, 7]), train, {"u": ["d"], "w": ["d"]}, k=1)
    assert (found["hr"].value, found["hr"].used) == (0.5, 2)
    assert result.unknown_users == 1


def test_the_users_are_the_same_whatever_the_recommender_knows(train) -> None:
    """v's c is in training, whether it is known or not; and so is all of w's."""
    held_out = {"u": ["c"], "v": ["c", "b"], "w": ["a"]}
    for keys in ("abc", "ab", "b", "x"):
        found, result, test = evaluate(Fixed(keys, [3, 2, 1][: len(keys)]), train, held_out)
        assert (found["hr"].used, test.seen_items) == (2, 2)
        assert result.unknown_items == 2 - sum(key in keys for key in "cb")


def test_items_are_found_by_key_not_by_row(train) -> None:
    found, *_ = evaluate(Fixed("xdcba", [0, 9, 8, 7, 6]), train, {"u": ["c"], "v": ["b"]}, k=2)
    assert found["hr"].value == 1
    assert found["mrr"].value == 0.5


def test_repeats_in_a_test_line_count_once(train) -> None:
    found, *_ = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["d", "d"]}, k=2)
    assert found["recall"].value == 1


def test_the_interval_is_of_the_mean_over_users(train) -> None:
    found, *_ = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["c"], "v": ["d"], "w": ["d"]}, k=1)
    mean, deviation = 1 / 3, math.sqrt((4 / 9 + 1 / 9 + 1 / 9) / 2)
    margin = 1.96 * deviation / math.sqrt(3)
    assert found["hr"].value == pytest.approx(mean)
    assert (found["hr"].low, found["hr"].high) == pytest.approx((0, mean + margin), rel=1e-4)
    assert mean - margin < 0


def test_one_user_has_no_interval(train) -> None:
    found, *_ = evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["c"]})
    assert (found["hr"].low, found["hr"].high) == (None, None)


def test_nobody_to_rank_for_is_an_error(train) -> None:
    with pytest.raises(InputError, match="none of the 1 users"):
        evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"stranger": ["a"]})
    with pytest.raises(InputError, match=r"all 2 held-out items are in the histories of .*c\.e2v too"):
        evaluate(Fixed("abcd", [9, 8, 7, 6]), train, {"u": ["a", "b", "a"]})


@pytest.mark.parametrize(("scores_at_once", "threads"), [(1, 1), (100, 3), (1 << 20, None)])
def test_the_oracles_metrics_whatever_the_batches(
    monkeypatch, tmp_path: Path, scores_at_once: int, threads: int | None
) -> None:
    monkeypatch.setattr(ranking, "_SCORES", scores_at_once)
    rng = np.random.default_rng(11)
    keys = [f"i{item}" for item in range(40)]
    histories = {f"u{user}": rng.choice(keys, 6).tolist() for user in range(25)}
    held_out = {user: rng.choice(keys, 5).tolist() for user in histories}
    table = dict(zip(histories, rng.standard_normal((25, 40)), strict=True))
    corpus = open_corpus(write_corpus(tmp_path / "r.e2v", histories.values(), histories))

    class ByUser(Fixed):
        """Scores of its own for every user."""

        def scores(self, asked, users, /):
            assert [{self.keys[item] for item in history} for history in asked] == [
                set(histories[user]) for user in users
            ]
            return np.array([table[user] for user in users], np.float32)

    found, *_ = evaluate(ByUser(keys, []), corpus, held_out, k=4, threads=threads)
    expected = []
    for user, items in held_out.items():
        seen = {keys.index(key) for key in histories[user]}
        relevant = {keys.index(key) for key in items} - seen
        if relevant:
            expected.append(oracle.ranking_metrics(table[user], seen, relevant, len(relevant), 4))
    assert [m.value for m in found.values()] == pytest.approx(np.mean(expected, axis=0))
    assert list(found) == ["hr", "recall", "ndcg", "mrr"]
