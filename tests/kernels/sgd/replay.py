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


def replay(settings: dict[str, Any], seed: int = 7) -> float:
    """Train with the kernel and with the oracle; returns the largest difference in any number.

    All sentences are one unit; or for several threads one unit more than those, one after the other; or for
    several lanes as many units, a step of each in turn.

    AssertionError where counts differ (a draw was made at another time), or where a unit writes to the lane
    of another thread.
    """
    rng = np.random.default_rng(seed)
    settings = dict(settings)
    vocabulary, threads = settings.pop("vocabulary", VOCABULARY), settings.pop("threads", 1)
    lanes = settings.pop("lanes", 0)
    frozen = settings.get("frozen", 0)
    frozen_parts = frozenset(range(vocabulary, vocabulary + 6) if frozen and settings.get("parts") else ())
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
    n_inputs = vocabulary
    if settings.pop("parts", False):
        n_inputs += 15
        parts = [
            [(word, 0.4)]
            + [(vocabulary + int(row), float(np.float32(0.6 / 3))) for row in rng.integers(0, 15, 3)]
            if word % 3 and word >= frozen
            else [(word, 1.0)]
            for word in range(vocabulary)
        ]
        for word_parts in parts:
            word_parts.sort(key=lambda part: part[0] in frozen_parts)
        model_tables["parts"] = parts
        rows, weights = zip(*(pair for word_parts in parts for pair in word_parts), strict=True)
        tables["parts"] = _offsets(parts), np.array(rows, np.int32), np.array(weights, np.float32)
        # An own row among the replicated ones.
        tables["parts"] += ([frozen + 2, *(vocabulary + row for row in (6, 9, 14))],)
        tables["parts"] += (
            [sum(row >= frozen and row not in frozen_parts for row, _ in word_parts) for word_parts in parts],
        )
        model_tables["frozen_parts"] = frozen_parts

    n_outputs = vocabulary - 1 if "paths" in tables else vocabulary
    all_inputs = kernels.allocate_rows(n_inputs + GUARDS, DIM)
    all_outputs = kernels.allocate_rows(n_outputs + GUARDS, DIM)
    inputs, outputs = all_inputs[:-GUARDS], all_outputs[:-GUARDS]
    inputs[:, :DIM] = rng.normal(size=(n_inputs, DIM)) * 0.4
    outputs[:, :DIM] = rng.normal(size=(n_outputs, DIM)) * 0.4
    keep = rng.uniform(0.6, 1.2, vocabulary).astype(np.float32)
    as_sets = settings.get("context_set", False)
    model = oracle.Model(
        inputs[:, :DIM].astype(float),
        outputs[:, :DIM].astype(float),
        keep,
        **model_tables,
        **{k: v for k, v in settings.items() if k != "context_set"},
    )
    negative, centres, _ = settings.pop("negative", 5), settings.pop("centres", 1), settings.pop("frozen", 0)
    before_training = inputs.copy(), outputs.copy()
    settings["sets"] = settings.pop("context_set", False)
    with mock.patch("e2v.kernels.sgd.plan.MAX_NODE_REPLICAS", REPLICATED):
        trainer = kernels.make_trainer(
            kernels.Sentences(np.concatenate(corpus).astype(np.int32), _offsets(corpus), keep),
            kernels.Matrices(
                inputs, outputs, kernels.Subwords(*tables["parts"]) if "parts" in tables else None, frozen
            ),
            kernels.HierarchicalSoftmax(*tables["paths"])
            if "paths" in tables
            else kernels.NegativeSampling(tables["noise"], negative, centres),
            kernels.Context(**settings),
            max(threads, lanes),
        )
    losses = [0.0]
    if lanes:
        bounds = [len(corpus) * lane // lanes for lane in range(lanes + 1)]
        places = [range(*pair) for pair in pairwise(bounds)]
        units = [corpus[place.start : place.stop] for place in places]
        tallies = oracle.train_units_in_turn(model, units, seed, LR_START, LR_END, as_sets)
        given = [(place, seed + lane, (LR_START, LR_END)) for lane, place in enumerate(places)]
        for result, tally in zip(kernels.train_units_in_turn(trainer, given), tallies, strict=True):
            assert (result.loss_pairs, result.pairs) == (tally.measured, tally.pairs)
            losses.append(abs(result.loss - tally.loss) / max(1.0, tally.loss))
        assert sum(tally.pairs for tally in tallies) > 100
    for turn in range(0 if lanes else threads + 1 if threads > 1 else 1):
        lane = turn % threads
        first, last = len(corpus) * turn // (threads + 1), len(corpus) * (turn + 1) // (threads + 1)
        if threads == 1:
            first, last = 0, len(corpus)
        before = trainer.arena.copy()
        tally = oracle.train_unit(model, corpus[first:last], seed + turn, LR_START, LR_END, as_sets)
        result = kernels.train_unit(trainer, range(first, last), seed + turn, (LR_START, LR_END), lane)
        assert (result.loss_pairs, result.pairs) == (tally.measured, tally.pairs)
        assert result.words == sum(map(len, corpus[first:last]))
        losses.append(abs(result.loss - tally.loss) / max(1.0, tally.loss))
        assert set(np.flatnonzero((trainer.arena != before).any(axis=1))) <= {lane}
    kept = [*range(frozen), *frozen_parts]
    assert inputs[kept].tobytes() == before_training[0][kept].tobytes()
    assert outputs[:frozen].tobytes() == before_training[1][:frozen].tobytes()
    assert not all_inputs[-GUARDS:].any() and not all_inputs[:, DIM:].any()
    assert not all_outputs[-GUARDS:].any() and not all_outputs[:, DIM:].any()
    return max(
        float(np.abs(inputs[:, :DIM] - model.inputs).max()),
        float(np.abs(outputs[:, :DIM] - model.outputs).max()),
        *losses,
    )


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
