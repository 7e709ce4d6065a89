"""The best items for a user, by exact search and along a graph, against the oracle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2v.recommend.graph import GraphSearch, build_graph, typical_length
from e2v.recommend.items import Items
from e2v.recommend.measure import measure
from e2v.recommend.search import ExactSearch, Search
from e2v.recommend.user_store import User
from e2v.store import ArtifactWriter, Keys, open_artifact
from e2v.vectors import matrix as matrix_module
from e2v.vectors import nearest
from e2v.vectors.selection import EVERYTHING, Selection
from tests.builders import keyed
from tests.oracles import serving as oracle

N, DIM = 400, 12


def items_of(folder: Path, vectors: np.ndarray, bias: np.ndarray | None = None) -> Items:
    path = folder / "items.e2v"
    with ArtifactWriter(path, "index", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keyed(len(vectors))))
        writer.add("vectors", vectors.astype(np.float32))
        if bias is not None:
            writer.add("bias", bias.astype(np.float32))
    return Items(open_artifact(path, "index"))


def on_a_graph(items: Items) -> Search:
    pytest.importorskip("faiss", reason="needs the [ann] extra")
    return GraphSearch(items, build_graph(items, 1.5, links=16, ef=128, threads=1), 1.5)


@pytest.fixture
def some() -> tuple[np.ndarray, np.ndarray, list[User]]:
    rng = np.random.default_rng(5)
    users = [
        User(rng.normal(size=DIM).astype(np.float32), rng.choice(N, 20, replace=False).astype(np.int32))
        for _ in range(30)
    ]
    return rng.normal(size=(N, DIM)), rng.normal(size=N) * 3, users


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("search_of", [ExactSearch, on_a_graph])
def test_what_is_found_is_what_the_oracle_finds(
    search_of: Callable[[Items], Search], biased: bool, some, tmp_path: Path
) -> None:
    vectors, bias, users = some
    items = items_of(tmp_path, vectors, bias if biased else None)
    for user, found in zip(users, search_of(items).find(users, 10), strict=True):
        seen = set(user.seen.tolist())
        expected = oracle.recommend(user.vector, items.vectors, items.bias, seen, 10)
        assert found.rows.tolist() == [item for item, _ in expected]
        np.testing.assert_allclose(found.scores, [score for _, score in expected], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("share", [None, 0.3, 0.7])
def test_items_that_are_scored_in_spans(share: float | None, some, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(nearest, "_SPAN", 1)
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 50 * DIM)
    vectors, bias, users = some
    items = items_of(tmp_path, vectors, bias)
    mask = np.ones(N, bool) if share is None else np.random.default_rng(3).random(N) < share
    selection = EVERYTHING if share is None else Selection(mask=mask)
    assert items.scorer.span == 50
    for user, found in zip(users, ExactSearch(items).find(users, 60, selection), strict=True):
        seen = {*user.seen.tolist(), *np.flatnonzero(~mask).tolist()}
        expected = oracle.recommend(user.vector, items.vectors, items.bias, seen, 60)
        assert found.rows.tolist() == [item for item, _ in expected]
        np.testing.assert_allclose(found.scores, [score for _, score in expected], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("search_of", [ExactSearch, on_a_graph])
def test_every_item_can_be_found(search_of: Callable[[Items], Search], some, tmp_path: Path) -> None:
    """Those of the first and the last row, too."""
    vectors = some[0] / np.linalg.norm(some[0], axis=1, keepdims=True)
    users = [User(vector.astype(np.float32), np.zeros(0, np.int32)) for vector in vectors]
    found = search_of(items_of(tmp_path, vectors)).find(users, 1)
    assert [one.rows.tolist() for one in found] == [[row] for row in range(N)]


@pytest.mark.parametrize("search_of", [ExactSearch, on_a_graph])
def test_a_bias_decides_where_vectors_say_nothing(
    search_of: Callable[[Items], Search], tmp_path: Path
) -> None:
    bias = np.arange(N) % 100 + np.arange(N) / 1000
    items = items_of(tmp_path, np.full((N, DIM), 0.01), bias)
    nobody = User(np.zeros(DIM, np.float32), np.zeros(0, np.int32))
    (found,) = search_of(items).find([nobody], 3)
    assert found.rows.tolist() == [399, 299, 199]


@pytest.mark.parametrize("search_of", [ExactSearch, on_a_graph])
def test_whoever_has_seen_nearly_everything(
    search_of: Callable[[Items], Search], some, tmp_path: Path
) -> None:
    vectors, bias, users = some
    items = items_of(tmp_path, vectors, bias)
    all_but_two = np.setdiff1d(np.arange(N, dtype=np.int32), [3, 77]).astype(np.int32)
    everything = np.arange(N, dtype=np.int32)
    few, none = search_of(items).find(
        [users[0]._replace(history=all_but_two), users[1]._replace(history=everything)], 10
    )
    assert sorted(few.rows.tolist()) == [3, 77]
    assert not len(none.rows)


def test_one_item(tmp_path: Path) -> None:
    items = items_of(tmp_path, np.ones((1, DIM)))
    user = User(np.ones(DIM, np.float32), np.zeros(0, np.int32))
    (found,) = ExactSearch(items).find([user], 10)
    assert (found.rows.tolist(), found.scores.tolist()) == ([0], [DIM])
    (found,) = on_a_graph(items).find([user], 10)
    assert found.rows.tolist() == [0]


def test_one_thread_builds_the_same_graph(some, tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="needs the [ann] extra")
    items = items_of(tmp_path, some[0], some[1])
    first, second = (build_graph(items, 1.0, links=8, ef=32, threads=1).tobytes() for _ in range(2))
    assert first == second


def test_a_search_is_measured_against_the_exact_one(some, tmp_path: Path) -> None:
    vectors, _, users = some
    exact = ExactSearch(items_of(tmp_path, vectors))
    assert measure(exact, exact, users).recall == 1
    sated = [users[0]._replace(history=np.arange(N, dtype=np.int32))]
    assert measure(exact, exact, sated).recall == 1  # there was nothing to find

    class Half(ExactSearch):
        def find(self, users, n):
            return super().find(users, n // 2)

    found = measure(Half(items_of(tmp_path, vectors)), exact, users)
    assert found.recall == 0.5
    assert found.per_second > 0


def test_the_typical_length() -> None:
    assert typical_length(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)) == pytest.approx(12.5**0.5)
    assert typical_length(np.zeros((2, 3), np.float32)) == 1
