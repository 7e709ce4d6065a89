"""Sets with weights: how often each of their items is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from e2v.corpus.artifact import open_corpus
from e2v.training.engine.schedule import Unit
from e2v.training.word2vec.weighted import WeightedSets
from tests.builders import write_corpus

WEIGHTS = np.array([0.25, 2, 1.5, 1, 0.25], np.float32)  # 1 on average


def test_items_are_drawn_as_often_as_they_weigh(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", ["ab", "bca"]))
    sets = WeightedSets(corpus, WEIGHTS)
    rounds, counts, largest = 4000, np.zeros((2, 3)), np.diff(sets.largest()[1])
    for seed in range(rounds):
        tokens, offsets, unit = sets.drawn(Unit(0, 0, 0, 2, 5, 0.1, 0.1, seed + 1))
        assert (unit.first, unit.last, unit.tokens) == (0, 2, len(tokens) == offsets[-1] and len(tokens))
        assert (np.diff(offsets) <= largest).all()
        for row in range(2):
            counts[row] += np.bincount(tokens[offsets[row] : offsets[row + 1]], minlength=3)
    expected = np.zeros((2, 3))
    np.add.at(expected, ([0, 0, 1, 1, 1], corpus.tokens), WEIGHTS)
    np.testing.assert_allclose(counts / rounds, expected, atol=0.03)
    np.testing.assert_allclose(sets.counts, expected.sum(axis=0))


def test_the_sets_of_a_unit_are_its_own(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "c.e2v", ["ab", "bca"]))
    tokens, offsets, unit = WeightedSets(corpus, 2 * np.ones(5, np.float32)).drawn(
        Unit(3, 1, 1, 2, 3, 0.1, 0.1, 9)
    )
    assert tokens.tolist() == np.repeat(corpus.tokens[2:], 2).tolist() and offsets.tolist() == [0, 6]
    assert (unit.first, unit.last, unit.tokens, unit.seed) == (0, 1, 6, 9)
