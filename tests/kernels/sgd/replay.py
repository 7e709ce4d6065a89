"""Whole units of work, replayed draw by draw by the oracle: `python -m tests.kernels.sgd.replay [case ...]`.

Also run as a program, so that the kernels can be had with the JIT off, for other CPUs, or mutated.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np

from e2v.kernels import sgd as kernels
from tests.oracles import word2vec as oracle

VOCABULARY, DIM = 40, 20
#: Of the inner nodes, so many are replicated.
REPLICATED = 9
#: N-grams; those whose rows are replicated; and where there are frozen words, how many stay, the first.
NGRAMS, REPLICATED_NGRAMS, KEPT = 15, (9, 6, 14), 6
#: Units in which words with parts are trained, and what is too large a difference for one bit, of 8, of a few
#: numbers.
UNITS, COARSE = 6, 0.02
#: Rows behind the last one, which nobody may touch.
GUARDS = 4
LR_START, LR_END = 0.1, 0.02
#: Float32 against float64, over some thousand steps at a high learning rate.
TOLERANCE = 1e-5

CASES: dict[str, dict[str, Any]] = {
    "skipgram": {},
    "skipgram-fixed-window": {"dynamic": False, "window": 3},
    "skipgram-wide-window": {"window": 12, "dynamic": False},
    "skipgram-one-noise-word": {"negative": 1, "window": 1},
    "skipgram-many-noise-words": {"negative": 30},
    "skipgram-subwords": {"parts": True},
    "skipgram-hierarchical": {"paths": True},
    "skipgram-hierarchical-subwords": {"paths": True, "parts": True},
    "cbow": {"cbow": True},
    "cbow-undivided": {"cbow": True, "cbow_divide": False},
    "cbow-subwords": {"cbow": True, "parts": True},
    "cbow-hierarchical": {"cbow": True, "paths": True},
    "set": {"context_set": True, "negative": 3},
    "set-sampled": {"context_set": True, "set_sample": 5},
    "set-hierarchical": {"context_set": True, "paths": True},
    "set-cbow-subwords": {"context_set": True, "cbow": True, "parts": True, "set_sample": 9},
    # Ids above 4,096 have more than the two digits of 64 by which repeated noise words are looked for.
    "skipgram-large-vocabulary": {"vocabulary": 4500, "negative": 3},
    "skipgram-shared": {"centres": 4},
    "skipgram-shared-by-many": {"centres": 8, "negative": 9, "window": 2},
    "skipgram-shared-wide-window": {"centres": 2, "negative": 3, "window": 12},
    "skipgram-shared-pairs": {"centres": 2, "negative": 1, "window": 1},
    "skipgram-shared-subwords-two-threads": {"centres": 3, "negative": 14, "parts": True, "threads": 2},
    "skipgram-shared-frozen": {"centres": 4, "frozen": 7, "window": 9},
    "cbow-shared-undivided": {"cbow": True, "cbow_divide": False, "centres": 3},
    "cbow-shared-subwords-frozen": {"cbow": True, "centres": 2, "frozen": 11, "parts": True},
    "set-shared": {"context_set": True, "centres": 4, "negative": 3},
    "set-shared-sampled-cbow": {"context_set": True, "centres": 4, "set_sample": 6, "cbow": True},
    "set-shared-subwords-frozen": {"context_set": True, "centres": 3, "parts": True, "frozen": 9},
    "skipgram-frozen": {"frozen": 7, "negative": 9, "window": 12, "dynamic": False},
    "cbow-subwords-frozen": {"cbow": True, "parts": True, "frozen": 11},
    "set-subwords-frozen-two-threads": {"context_set": True, "parts": True, "frozen": 9, "threads": 2},
    "skipgram-subwords-two-threads": {"parts": True, "threads": 2},
    "cbow-hierarchical-subwords-two-threads": {"cbow": True, "paths": True, "parts": True, "threads": 2},
    "skipgram-three-lanes": {"lanes": 3, "negative": 9},
    "skipgram-shared-frozen-two-lanes": {"lanes": 2, "centres": 4, "frozen": 7},
    "cbow-two-lanes": {"cbow": True, "lanes": 2},
    "set-sampled-three-lanes": {"context_set": True, "set_sample": 5, "lanes": 3},
    "set-hierarchical-two-threads": {"context_set": True, "paths": True, "threads": 2},
}


def frequent_words(vocabulary: int) -> np.ndarray:
    """What the sentences are made of: of a large vocabulary, ids with low digits (base 64) in common."""
    if vocabulary <= 4096:
        return np.arange(vocabulary // 2)
    return np.add.outer([3, 40, 63], [0, 64, 320, 4032, 4096, 4160]).reshape(-1)


def noise_weights(vocabulary: int) -> np.ndarray:
    """Of a large vocabulary, frequent words are most of the noise, so that it repeats them."""
    if vocabulary <= 4096:
        return np.arange(1, vocabulary + 1) ** -0.5
    weights = np.full(vocabulary, 1 / vocabulary)
    weights[frequent_words(vocabulary)] = 1
    return weights


def sentences(rng: np.random.Generator, vocabulary: int) -> list[list[int]]:
    """Of all lengths from 0 on; words repeat, some at once."""
    words = frequent_words(vocabulary)
    lengths = [0, 1, 2, 3, 7, 29, 1, 40, 25, 18, 37, 33]
    return [words[rng.integers(0, len(words), n)].tolist() for n in lengths]


class Ngrams:
    """Parts of the words: of most that are not frozen, three of NGRAMS n-grams, one of which most have."""

    def __init__(self, rng: np.random.Generator, vocabulary: int, frozen: int) -> None:
        self.vocabulary, n_kept = vocabulary, KEPT if frozen else 0
        drawn = rng.integers(0, NGRAMS, (vocabulary, 3))
        drawn[rng.random(vocabulary) < 0.7, 0] = REPLICATED_NGRAMS[0]
        # In the order in which kernels take them: replicas, others, those that stay.
        self.of_words = [
            sorted(row.tolist(), key=lambda ngram: (ngram < n_kept, ngram not in REPLICATED_NGRAMS))
            if word % 3 and word >= frozen
            else []
            for word, row in enumerate(drawn)
        ]
        values = (rng.normal(size=(NGRAMS, DIM)) * 0.4).astype(np.float32)
        self.kept = kernels.allocate_rows(n_kept, DIM)
        self.kept[:, :DIM] = values[:n_kept]
        self.all_trained = kernels.allocate_bfloat16(NGRAMS - n_kept + GUARDS, DIM)
        self.trained = self.all_trained[:-GUARDS]
        self.trained[:] = kernels.pack(values[n_kept:])

    def rows(self) -> np.ndarray:
        """What the kernel's rows are: float32[NGRAMS, DIM]."""
        return np.concatenate((self.kept[:, :DIM], kernels.unpack(self.trained, DIM)))

    def of_oracle(self) -> dict[str, Any]:
        """Settings of an `oracle.Model`."""
        first, n_kept, shared = self.vocabulary, len(self.kept), float(np.float32(0.2))
        parts = [
            [(word, float(np.float32(0.4))), *((first + ngram, shared) for ngram in ngrams)]
            if ngrams
            else [(word, 1.0)]
            for word, ngrams in enumerate(self.of_words)
        ]
        kept = frozenset(range(first, first + n_kept))
        return {"parts": parts, "coarse": first + n_kept, "frozen_parts": kept}

    def of_kernel(self) -> kernels.Subwords:
        """The same for the kernels."""
        some = np.array([len(ngrams) > 0 for ngrams in self.of_words])
        own, shared = np.where(some, 0.4, 1).astype(np.float32), np.full(len(some), 0.2, np.float32)
        ngrams = np.array([ngram for word in self.of_words for ngram in word], np.int32)
        weights = own, shared
        return kernels.Subwords(
            _offsets(self.of_words), ngrams, *weights, self.kept, self.trained, REPLICATED_NGRAMS
        )


def replay(settings: dict[str, Any], seed: int = 7) -> float:
    """Train with the kernel and with the oracle; returns the largest difference in any number.

    All sentences are one unit; or for several threads one unit more than those, one after the other; or for
    several lanes as many units, a step of each in turn. With parts they are some units, each of which both
    begin with what the kernel has: where a last digit decides how a number is rounded, they part, in few of
    the units. So it is the difference that half of the units do not exceed, if none is COARSE.

    AssertionError where counts differ (a draw was made at another time), or where a unit writes to the lane
    of another thread.
    """
    rng = np.random.default_rng(seed)
    settings = dict(settings)
    vocabulary, threads = settings.pop("vocabulary", VOCABULARY), settings.pop("threads", 1)
    lanes = settings.pop("lanes", 0)
    frozen = settings.get("frozen", 0)
    corpus = sentences(rng, vocabulary)
    tables: dict[str, Any] = {}
    model_tables: dict[str, Any] = {}
    if settings.pop("paths", False):
        paths = [
            [(int(node), int(rng.integers(2))) for node in rng.permutation(vocabulary - 1)[: 1 + word % 19]]
            for word in range(vocabulary)
        ]
        model_tables["paths"] = paths
        nodes, labels = zip(*(pair for path in paths for pair in path), strict=True)
        tables["paths"] = _offsets(paths), np.array(nodes, np.int32), np.array(labels, np.uint8)
    else:
        tables["noise"] = model_tables["noise"] = kernels.alias_table(noise_weights(vocabulary))
    n_outputs = vocabulary - 1 if "paths" in tables else vocabulary
    all_inputs = kernels.allocate_rows(vocabulary + GUARDS, DIM)
    all_outputs = kernels.allocate_rows(n_outputs + GUARDS, DIM)
    inputs, outputs = all_inputs[:-GUARDS], all_outputs[:-GUARDS]
    inputs[:, :DIM] = rng.normal(size=(vocabulary, DIM)) * 0.4
    outputs[:, :DIM] = rng.normal(size=(n_outputs, DIM)) * 0.4
    ngrams = Ngrams(rng, vocabulary, frozen) if settings.pop("parts", False) else None
    if ngrams:
        model_tables |= ngrams.of_oracle()

    def matrices() -> tuple[np.ndarray, np.ndarray]:
        """What the kernel has, in the oracle's terms."""
        rows = [inputs[:, :DIM]] + ([ngrams.rows()] if ngrams else [])
        return np.concatenate(rows).astype(float), outputs[:, :DIM].astype(float)

    keep = rng.uniform(0.6, 1.2, vocabulary).astype(np.float32)
    as_sets = settings.get("context_set", False)
    model = oracle.Model(
        *matrices(), keep, **model_tables, **{k: v for k, v in settings.items() if k != "context_set"}
    )
    negative, centres, _ = settings.pop("negative", 5), settings.pop("centres", 1), settings.pop("frozen", 0)
    before_training = [array.copy() for array in (inputs, outputs, ngrams.kept if ngrams else inputs[:0])]
    settings["sets"] = settings.pop("context_set", False)
    with mock.patch("e2v.kernels.sgd.plan.MAX_NODE_REPLICAS", REPLICATED):
        trainer = kernels.make_trainer(
            kernels.Sentences(np.concatenate(corpus).astype(np.int32), _offsets(corpus), keep),
            kernels.Matrices(inputs, outputs, ngrams.of_kernel() if ngrams else None, frozen),
            kernels.HierarchicalSoftmax(*tables["paths"])
            if "paths" in tables
            else kernels.NegativeSampling(tables["noise"], negative, centres),
            kernels.Context(**settings),
            max(threads, lanes),
        )
    differences = []

    def compare(results: list[kernels.UnitResult], tallies: list[oracle.Tally]) -> None:
        difference = 0.0
        for result, tally in zip(results, tallies, strict=True):
            assert (result.loss_pairs, result.pairs) == (tally.measured, tally.pairs)
            difference = max(difference, abs(result.loss - tally.loss) / max(1.0, tally.loss))
        for ours, theirs in zip(matrices(), (model.inputs, model.outputs), strict=True):
            difference = max(difference, float(np.abs(ours - theirs).max()))
        differences.append(difference)

    if lanes:
        bounds = [len(corpus) * lane // lanes for lane in range(lanes + 1)]
        places = [range(*pair) for pair in pairwise(bounds)]
        units = [corpus[place.start : place.stop] for place in places]
        tallies = oracle.train_units_in_turn(model, units, seed, LR_START, LR_END, as_sets)
        given = [(place, seed + lane, (LR_START, LR_END)) for lane, place in enumerate(places)]
        compare(kernels.train_units_in_turn(trainer, given), tallies)
        assert sum(tally.pairs for tally in tallies) > 100
    turns = 0 if lanes else UNITS if ngrams else threads + 1 if threads > 1 else 1
    for turn in range(turns):
        lane = turn % threads
        first, last = len(corpus) * turn // turns, len(corpus) * (turn + 1) // turns
        before = trainer.arena.copy()
        tally = oracle.train_unit(model, corpus[first:last], seed + turn, LR_START, LR_END, as_sets)
        result = kernels.train_unit(trainer, range(first, last), seed + turn, (LR_START, LR_END), lane)
        assert result.words == sum(map(len, corpus[first:last]))
        compare([result], [tally])
        if ngrams:
            model.inputs, model.outputs = matrices()
        assert set(np.flatnonzero((trainer.arena != before).any(axis=1))) <= {lane}
    assert inputs[:frozen].tobytes() == before_training[0][:frozen].tobytes()
    assert outputs[:frozen].tobytes() == before_training[1][:frozen].tobytes()
    assert not all_inputs[-GUARDS:].any() and not all_inputs[:, DIM:].any()
    assert not all_outputs[-GUARDS:].any() and not all_outputs[:, DIM:].any()
    if ngrams is None:
        return max(differences)
    assert ngrams.kept.tobytes() == before_training[2].tobytes()
    assert not ngrams.all_trained[-GUARDS:].any()
    assert not kernels.unpack(ngrams.trained, 2 * ngrams.trained.shape[1])[:, DIM:].any()
    typical = sorted(differences)[UNITS // 2 - 1]
    return typical if max(differences) < COARSE else max(differences)


def _offsets(lists: list[Any]) -> np.ndarray:
    return np.cumsum([0] + [len(items) for items in lists])


def main(names: list[str]) -> int:
    """Print the difference for each case; 1 if one is too large."""
    differences = {name: replay(CASES[name]) for name in names or CASES}
    for name, difference in differences.items():
        print(f"{name}\t{difference:.2e}")  # noqa: T201 - this is its answer
    return int(max(differences.values()) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
