"""What may be an answer is found before the best are, by every search, against the oracle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus
from e2v.corpus.histories import Histories
from e2v.errors import InputError, SettingError, UnknownKeyError
from e2v.recommend.items import Catalogue, Items
from e2v.recommend.recommender import BaselineService
from e2v.recommend.search import ExactSearch, HistorySearch, OrPopular, Reranked, Search, vectors_of
from e2v.recommend.user_store import User
from e2v.store import ArtifactWriter, Keys, open_artifact
from e2v.vectors.selection import Selection
from e2v.vectors.titles import TitledKeys
from tests.builders import keyed, write_corpus
from tests.oracles import serving as oracle
from tests.recommend.test_search import on_a_graph

N, DIM = 90, 6
RNG = np.random.default_rng(11)
VECTORS = RNG.normal(size=(N, DIM)).astype(np.float32)
BIAS = RNG.normal(size=N).astype(np.float32)
COUNTS = RNG.integers(0, 500, N)
#: What items count that nobody has had: as many as half of the others have at most.
EXPECTED = np.where(COUNTS > 0, COUNTS, np.median(COUNTS[COUNTS > 0]))
CATEGORIES = {row: frozenset("abcde"[k] for k in {row % 5, row % 3}) for row in range(0, N, 2)}
USERS = [
    User(RNG.normal(size=DIM).astype(np.float32), RNG.choice(N, 15, replace=False).astype(np.int32))
    for _ in range(12)
]
SEARCHES = [ExactSearch, on_a_graph]


@pytest.fixture
def items(tmp_path: Path) -> Items:
    path = tmp_path / "items.e2v"
    with ArtifactWriter(path, "index", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keyed(N)))
        writer.add("vectors", VECTORS)
        writer.add("bias", BIAS)
        writer.add("counts", COUNTS)
    return Items(open_artifact(path, "index"))


def some(share: float) -> np.ndarray:
    return np.random.default_rng(3).random(N) < share


def ranked(user: User, mask: np.ndarray | None = None, penalty: float = 0) -> list[tuple[int, float]]:
    without = set(user.seen.tolist()) | (set() if mask is None else set(np.flatnonzero(~mask).tolist()))
    bias = BIAS - penalty * np.log(EXPECTED)
    return oracle.recommend(user.vector, VECTORS, bias, without, N)


@pytest.mark.parametrize("search_of", SEARCHES)
@pytest.mark.parametrize("share", [0.95, 0.6, 0.2, 0.04])
def test_what_is_selected_is_ranked_as_if_there_were_nothing_else(
    search_of: Callable[[Items], Search], share: float, items: Items
) -> None:
    mask = some(share)
    search, selection = search_of(items), Selection(mask=mask)
    for n in (1, 7, 1000):
        for user, found in zip(USERS, search.find(USERS, n, selection), strict=True):
            expected = ranked(user, mask)[:n]
            assert found.rows.tolist() == [item for item, _ in expected]
            np.testing.assert_allclose(found.scores, [score for _, score in expected], rtol=1e-4, atol=1e-5)
    nothing = Selection(mask=np.zeros(N, bool))
    assert not any(len(found.rows) for found in search.find(USERS, 3, nothing))
    plain = [found.rows.tolist() for found in search.find(USERS, 3)]  # afterwards, all may be found again
    assert plain == [[item for item, _ in ranked(user)[:3]] for user in USERS]


def test_a_graph_is_asked_where_enough_is_selected(tmp_path: Path) -> None:
    """And what it finds too few of is searched for exactly, so that nothing is lacking."""
    n = 3000
    rng = np.random.default_rng(2)
    path = tmp_path / "many.e2v"
    vectors = rng.normal(size=(n, DIM)).astype(np.float32)
    with ArtifactWriter(path, "index", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keyed(n)))
        writer.add("vectors", vectors)
    items = Items(open_artifact(path, "index"))
    graph, exact = on_a_graph(items), ExactSearch(items)
    walked = []
    candidates = graph._candidates  # type: ignore[attr-defined]
    graph._candidates = lambda *asked: walked.append(asked) or candidates(*asked)  # type: ignore[attr-defined]
    for mask in (rng.random(n) < 0.5, vectors[:, 0] > 2.0, rng.random(n) < 0.01):
        selection = Selection(mask=mask)
        found, expected = (list(each.find(USERS, 10, selection)) for each in (graph, exact))
        assert all(len(one.rows) == 10 and mask[one.rows].all() for one in found)
        same = sum(
            len(set(a.rows.tolist()) & set(b.rows.tolist())) for a, b in zip(found, expected, strict=True)
        )
        assert same >= 0.98 * 10 * len(USERS)
    assert 0 < len(walked) < 3 * len(USERS)
    opposed = User(np.eye(DIM, dtype=np.float32)[0], np.zeros(0, np.int32))
    selection = Selection(mask=vectors[:, 0] < 0)
    (found,), (expected,) = (list(each.find([opposed], 10, selection)) for each in (graph, exact))
    assert found.rows.tolist() == expected.rows.tolist() and len(found.rows) == 10


@pytest.mark.parametrize("search_of", SEARCHES)
def test_categories_have_so_many_places_and_no_answer_is_lacking(
    search_of: Callable[[Items], Search], items: Items
) -> None:
    search = Reranked(search_of(items), items)
    for places, n in ((1, 5), (2, 8), (1, 60)):
        selection = Selection(mask=some(0.9), categories=CATEGORIES, per_category=places)
        for user, found in zip(USERS, search.find(USERS, n, selection), strict=True):
            every = ranked(user, some(0.9))
            expected = oracle.with_places(every, {k: set(v) for k, v in CATEGORIES.items()}, places, n)
            assert found.rows.tolist() == expected
            assert found.scores.tolist() == pytest.approx([dict(every)[item] for item in expected], abs=1e-4)


def test_more_is_searched_for_where_the_best_are_all_of_one_category(tmp_path: Path) -> None:
    n = 2000
    path = tmp_path / "items.e2v"
    with ArtifactWriter(path, "index", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keyed(n)))
        writer.add("vectors", np.arange(n, 0, -1, dtype=np.float32)[:, np.newaxis])
    items = Items(open_artifact(path, "index"))
    one = User(np.ones(1, np.float32), np.zeros(0, np.int32))
    categories = {row: frozenset(["shoe"]) for row in range(1990)}
    selection = Selection(categories=categories, per_category=2)
    (found,) = Reranked(ExactSearch(items), items).find([one], 5, selection)
    assert found.rows.tolist() == [0, 1, 1990, 1991, 1992]


@pytest.mark.parametrize("diversity", [0.2, 0.5, 0.9])
def test_marginal_relevance(diversity: float, items: Items) -> None:
    search = Reranked(OrPopular(ExactSearch(items), items), items)
    for user, found in zip(USERS, search.find(USERS, 8, Selection(diversity=diversity)), strict=True):
        expected = oracle.mmr(ranked(user), VECTORS, diversity, 8)
        assert found.rows.tolist() == [item for item, _ in expected]
        assert found.scores.tolist() == pytest.approx([score for _, score in expected], abs=1e-4)


@pytest.mark.parametrize("search_of", SEARCHES)
@pytest.mark.parametrize("mask", [None, some(0.3), some(0.8)])
def test_common_items_have_to_score_more(
    search_of: Callable[[Items], Search], mask: np.ndarray | None, items: Items
) -> None:
    selection = Selection(mask=mask, popularity_penalty=0.7)
    for user, found in zip(USERS, search_of(items).find(USERS, 5, selection), strict=True):
        expected = ranked(user, mask, 0.7)[:5]
        assert found.rows.tolist() == [item for item, _ in expected]
        assert found.scores.tolist() == pytest.approx([score for _, score in expected], abs=1e-4)
    items.counts = None
    with pytest.raises(InputError, match="make it anew with e2v index"):
        list(ExactSearch(items).find(USERS, 5, selection))


def test_a_baseline_selects_and_divides_by_popularity(items: Items) -> None:
    scored = np.abs(RNG.normal(size=(len(USERS), N))).astype(np.float32)

    class Scores:
        def scores(self, histories: Histories, /) -> np.ndarray:
            return scored[: len(histories)].copy()

    catalogue = Catalogue(TitledKeys(items.keys), items.counts)
    mask = some(0.5)
    search = Reranked(OrPopular(HistorySearch(Scores, catalogue), catalogue), catalogue)
    stranger = User(np.zeros(0, np.float32), np.zeros(0, np.int32), known=False)
    selection = Selection(mask=mask, popularity_penalty=0.5)
    *found, popular = search.find([*USERS, stranger], 6, selection)
    for user, one, scores in zip(USERS, found, scored, strict=True):
        adjusted = scores / np.sqrt(EXPECTED)
        adjusted[~mask] = adjusted[user.seen] = -np.inf
        assert one.rows.tolist() == np.argsort(-adjusted, kind="stable")[:6].tolist()
    expected = np.argsort(-np.where(mask, COUNTS, -1), kind="stable")[:6]
    assert popular.rows.tolist() == expected.tolist()
    assert popular.scores.tolist() == COUNTS[expected].tolist()  # whoever is unknown gets what is popular
    with pytest.raises(SettingError, match="diversity needs vectors of items"):
        vectors_of(catalogue)


def test_a_baseline_is_computed_for_the_first_who_needs_it(tmp_path: Path) -> None:
    computed: list[Corpus] = []

    class Scores:
        def __init__(self, corpus: Corpus) -> None:
            computed.append(corpus)

        def scores(self, histories: Histories, /) -> np.ndarray:
            return np.ones((len(histories), 3), np.float32)

    corpus = write_corpus(tmp_path / "corpus.e2v", ["ab", "bc"], ["u", "v"])
    service = BaselineService(corpus, Scores)
    with pytest.raises(UnknownKeyError):
        service.user("w")
    assert not computed
    users = [service.user("u"), service.user("v")]
    for _ in range(2):
        assert [found.rows.tolist() for found in service.search.find(users, 9)] == [[2], [1]]
    assert len(computed) == 1
