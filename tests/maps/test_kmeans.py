"""Spherical k-means: its two steps against a slow twin, and what holds whatever the threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from e2v.maps import kmeans as module
from e2v.maps.kmeans import Clusters, assign, first_centres, kmeans, moved
from e2v.vectors.matrix import unit
from tests.oracles import clusters as oracle

RNG = np.random.default_rng(3)
POLES = unit(RNG.normal(size=(6, 12)).astype(np.float32))
#: Six tight bundles of directions, of 50, 60, ... 100 rows.
ROWS = unit(
    np.repeat(POLES, [50, 60, 70, 80, 90, 100], axis=0) + 0.05 * RNG.normal(size=(450, 12)).astype(np.float32)
)
BUNDLE = np.repeat(np.arange(6), [50, 60, 70, 80, 90, 100])


def rows_of(rows: np.ndarray):
    return lambda which: rows[which]


def run(
    rows: np.ndarray, k: int, *, seed: int = 1, epochs: int = 20, threads: int = 1, report=None
) -> Clusters:
    return kmeans(rows_of(rows), len(rows), k, seed=seed, epochs=epochs, threads=threads, report=report)


@pytest.mark.parametrize("k", [1, 7, 40])
def test_steps_are_those_of_the_oracle(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 64)
    monkeypatch.setattr(module, "_SCORES", 700)
    rows = unit(RNG.normal(size=(300, 9)).astype(np.float32))
    centres = first_centres(rows_of(rows), len(rows), k, np.random.default_rng(5))
    with ThreadPoolExecutor(2) as pool:
        found = assign(rows_of(rows), np.arange(len(rows)), centres, pool)
    labels = oracle.assigned(rows.astype(float), centres.astype(float))
    assert found.labels.tolist() == labels
    assert found.counts.tolist() == np.bincount(labels, minlength=k).tolist()
    np.testing.assert_allclose(found.cosines, np.einsum("ij,ij->i", rows, centres[labels]), atol=1e-6)
    np.testing.assert_allclose(
        moved(centres, found, rows_of(rows)), oracle.updated(rows.astype(float), labels, k), atol=1e-6
    )


def test_bundles_are_found_and_numbered_by_size() -> None:
    found = run(ROWS, 6)
    assert [sorted(set(BUNDLE[found.labels == number])) for number in range(6)] == [
        [5],
        [4],
        [3],
        [2],
        [1],
        [0],
    ]
    assert (np.einsum("ij,ij->i", found.centres, POLES[::-1]) > 0.99).all()
    assert found.cosines.min() > 0.9


def test_threads_and_chunks_change_nothing_and_seeds_do(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unit(RNG.normal(size=(2000, 8)).astype(np.float32))
    monkeypatch.setattr(module, "_CHUNK", 128)
    once, again, other = run(rows, 30), run(rows, 30, threads=3), run(rows, 30, seed=2)
    assert (
        once.labels.tobytes() == again.labels.tobytes() and once.centres.tobytes() == again.centres.tobytes()
    )
    assert (once.labels != other.labels).any()


def test_first_centres_are_far_apart() -> None:
    chosen = first_centres(rows_of(ROWS), len(ROWS), 6, np.random.default_rng(0))
    assert (chosen @ chosen.T - np.eye(6) < 0.9).all()


def test_passes_bring_rows_nearer_and_end() -> None:
    seen: list[float] = []
    run(unit(RNG.normal(size=(800, 8)).astype(np.float32)), 20, report=lambda _, mean: seen.append(mean))
    assert 3 < len(seen) < 20 and seen == sorted(seen)


def test_rows_that_are_all_the_same_are_one_cluster() -> None:
    found = run(np.repeat(POLES[:2], [30, 20], axis=0), 5)
    assert found.labels.tolist() == [0] * 30 + [1] * 20
    assert len(found.centres) == 2


def test_an_empty_cluster_begins_anew_with_the_farthest_row() -> None:
    centres = np.concatenate((POLES[:1], -POLES[:1]))
    rows = np.concatenate((POLES[[0, 0, 0]], unit(POLES[:1] + 0.3 * POLES[1:2])))
    with ThreadPoolExecutor(1) as pool:
        found = assign(rows_of(rows), np.arange(4), centres, pool)
    assert found.counts.tolist() == [4, 0]
    np.testing.assert_array_equal(moved(centres, found, rows_of(rows))[1], rows[3])


def test_batches_find_what_passes_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY", 300)
    monkeypatch.setattr(module, "_BATCH", 128)
    monkeypatch.setattr(module, "_RUN", 8)
    found = run(ROWS, 6)
    assert [sorted(set(BUNDLE[found.labels == number])) for number in range(6)] == [
        [5],
        [4],
        [3],
        [2],
        [1],
        [0],
    ]
    assert run(ROWS, 6, threads=2).labels.tobytes() == found.labels.tobytes()
