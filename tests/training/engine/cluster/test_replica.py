"""Rows that workers train apart and merge, beside an oracle in float64."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.kernels.linalg.gains import find_gains
from e2v.kernels.sgd import pack, unpack
from e2v.training.engine.cluster.replica import EVERYTHING, Part, Replica
from e2v.training.word2vec.ngram_rows import NgramRows
from e2v.training.word2vec.rows import PartRows, WordRows
from tests.oracles import exchange

ROWS, DIM, STRIDE, WORKERS = 37, 5, 16, 3
#: A sum in float32 may be rounded to the other bfloat16 beside it, the gains being below 1.
ROUNDED = 2**-8


def matrices(rng: np.random.Generator) -> list[WordRows]:
    """The same rows for each worker."""
    first = np.zeros((ROWS, STRIDE), np.float32)
    first[:, :DIM] = rng.normal(size=(ROWS, DIM))
    return [WordRows(first.copy(), DIM, np.arange(4)) for _ in range(WORKERS)]


def synchronise(replicas: list[Replica], hot: bool = False) -> None:
    for number in range(len(replicas)):
        part = Part(hot, number, len(replicas))
        gains = replicas[number].merged(part, [replica.gains(part) for replica in replicas])
        for replica in replicas:
            replica.apply(part, gains)


def test_rows_are_those_of_the_oracle_after_every_synchronisation() -> None:
    rng = np.random.default_rng(1)
    replicas = [Replica(matrix, threads=2) for matrix in matrices(rng)]
    start = replicas[0].common(EVERYTHING)[:, :DIM].astype(np.float64)
    oracle = [exchange.Workers(row, WORKERS) for row in start]
    for turn in range(6):
        for worker, replica in enumerate(replicas):
            for row in np.flatnonzero(rng.random(ROWS) < 0.4):
                step = rng.normal(size=DIM).astype(np.float32) * np.float32(10.0 ** -rng.integers(1, 3))
                vector = replica.matrix.take(np.array([row]))
                vector[0, :DIM] += step
                replica.matrix.put(np.array([row]), vector)
                oracle[row].train(worker, step)
        hot = turn % 3 == 1
        synchronise(replicas, hot)
        exchange.synchronise(
            oracle, [range(number, 4 if hot else ROWS, WORKERS) for number in range(WORKERS)]
        )
        for worker, replica in enumerate(replicas):
            common = replica.common(EVERYTHING)[:, :DIM]
            np.testing.assert_array_equal(common, replicas[0].common(EVERYTHING)[:, :DIM])
            np.testing.assert_allclose(common, [each.common for each in oracle], atol=ROUNDED)
            own = replica.matrix.take(np.arange(ROWS))[:, :DIM]
            np.testing.assert_allclose(own, [each.own[worker] for each in oracle], atol=ROUNDED)


def test_what_nobody_trained_is_not_sent() -> None:
    replicas = [Replica(matrix, 1) for matrix in matrices(np.random.default_rng(2))]
    vector = replicas[1].matrix.take(np.array([7]))
    vector[0, :DIM] += np.float32(1 / 3)  # which leaves something when it is rounded
    replicas[1].matrix.put(np.array([7]), vector)
    gains = [replica.gains(EVERYTHING) for replica in replicas]
    assert [each.places.tolist() for each in gains] == [[], [7], []]
    together = replicas[0].merged(EVERYTHING, gains)
    for replica in replicas:
        replica.apply(EVERYTHING, together)
    assert not any(len(replica.gains(EVERYTHING).places) for replica in replicas)


def test_a_worker_that_comes_later_has_what_the_others_have() -> None:
    rng = np.random.default_rng(3)
    replicas = [Replica(matrix, 1) for matrix in matrices(rng)]
    late = Replica(matrices(np.random.default_rng(4))[0], 1)
    replicas[0].matrix.put(np.arange(ROWS), rng.normal(size=(ROWS, STRIDE)).astype(np.float32))
    synchronise(replicas)
    for part in (Part(hot=False, number=number, of=5) for number in range(5)):
        late.adopt(part, replicas[1].common(part))
    assert not len(late.gains(EVERYTHING).places)
    np.testing.assert_array_equal(late.common(EVERYTHING), replicas[2].common(EVERYTHING))


def test_rows_of_n_grams_are_rounded_alike_on_all_workers() -> None:
    rng = np.random.default_rng(5)
    replicas = []
    for _ in range(2):
        rows = NgramRows.zeros(2, ROWS - 2, 40)
        rows.put(np.arange(ROWS), np.random.default_rng(6).normal(size=(ROWS, 40)).astype(np.float32))
        replicas.append(Replica(PartRows(rows, np.arange(2, 6)), 1))
    for _ in range(3):
        for replica in replicas:
            trained = np.flatnonzero(rng.random(ROWS) < 0.5)
            trained = trained[trained >= 2]  # the first two stay
            moved = replica.matrix.take(trained) + rng.normal(size=(len(trained), 40)).astype(np.float32)
            replica.matrix.put(trained, moved)
        synchronise(replicas)
        np.testing.assert_array_equal(*(replica.common(EVERYTHING) for replica in replicas))
        for replica in replicas:
            assert not len(replica.gains(EVERYTHING).places)


@pytest.mark.parametrize("number", [0.0, 1.0, -1 / 3, 1e-30, 3.4e38, 1 + 2**-8, 1 + 3 * 2**-8])
def test_a_bfloat16_is_the_nearest(number: float) -> None:
    row = np.array([[number]], np.float32)
    nearest = exchange.nearest_bfloat16(float(row[0, 0]))
    if nearest >= 2.0**128:
        nearest = np.inf
    assert unpack(pack(row), 1) == nearest
    halves = np.zeros((1, 1), np.uint16)
    untrained = np.full(1, -1).astype(np.uint32)
    assert find_gains(row, np.zeros_like(row), untrained, np.zeros(1, np.int32), halves) == 1
    assert (halves.astype(np.uint32) << 16).view(np.float32) == nearest
