"""Whole units of work, replayed draw by draw by the oracle: `python -m tests.kernels.sgd.replay [case ...]`.

Also run as a program, so that the kernels can be had with the JIT off, for other CPUs, or mutated.
"""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock

import numpy as np

from e2v.kernels import sgd as kernels
from tests.oracles import word2vec as oracle

VOCABULARY, DIM = 40, 20
#: Of the inner nodes, so many are replicated.
REPLICATED = 9
#: Rows behind the last replica, which nobody may touch.
GUARDS = 2 * REPLICATED
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
    "skipgram-frozen": {"frozen": 7, "negative": 9, "window": 12, "dynamic": False},
    "cbow-subwords-frozen": {"cbow": True, "parts": True, "frozen": 11},
    "set-subwords-frozen-two-threads": {"context_set": True, "parts": True, "frozen": 9, "threads": 2},
    "skipgram-subwords-two-threads": {"parts": True, "threads": 2},
    "cbow-hierarchical-subwords-two-threads": {"cbow": True, "paths": True, "parts": True, "threads": 2},
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

    All sentences are one unit, or with replicas for several threads, one unit more than those, in turn.

    AssertionError where counts differ (a draw was made at another time), or where a unit writes to the
    replicas of another.
    """
    rng = np.random.default_rng(seed)
    settings = dict(settings)
    vocabulary, threads = settings.pop("vocabulary", VOCABULARY), settings.pop("threads", 1)
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

    part_replicas, node_replicas = 4 if "parts" in tables else 0, REPLICATED if "paths" in tables else 0
    n_outputs = vocabulary - 1 if "paths" in tables else vocabulary
    all_inputs = kernels.allocate_rows(n_inputs + kernels.replica_rows(part_replicas, threads) + GUARDS, DIM)
    copies = kernels.copy_rows(settings.get("negative", 5) + 1, threads) if frozen else 0
    all_outputs = kernels.allocate_rows(
        n_outputs + kernels.replica_rows(node_replicas, threads) + copies + GUARDS, DIM
    )
    inputs, outputs = all_inputs[:-GUARDS], all_outputs[:-GUARDS]
    inputs[:n_inputs, :DIM] = rng.normal(size=(n_inputs, DIM)) * 0.4
    outputs[:n_outputs, :DIM] = rng.normal(size=(n_outputs, DIM)) * 0.4
    keep = rng.uniform(0.6, 1.2, vocabulary).astype(np.float32)
    as_sets = settings.get("context_set", False)
    model = oracle.Model(
        inputs[:n_inputs, :DIM].astype(float),
        outputs[:n_outputs, :DIM].astype(float),
        keep,
        **model_tables,
        **{k: v for k, v in settings.items() if k != "context_set"},
    )
    negative, _ = settings.pop("negative", 5), settings.pop("frozen", 0)
    before_training = inputs.copy(), outputs.copy()
    settings["sets"] = settings.pop("context_set", False)
    with mock.patch("e2v.kernels.sgd.replicas.MAX_NODE_REPLICAS", REPLICATED):
        trainer = kernels.make_trainer(
            kernels.Sentences(np.concatenate(corpus).astype(np.int32), _offsets(corpus), keep),
            kernels.Matrices(
                inputs, outputs, kernels.Subwords(*tables["parts"]) if "parts" in tables else None, frozen
            ),
            kernels.HierarchicalSoftmax(*tables["paths"])
            if "paths" in tables
            else kernels.NegativeSampling(tables["noise"], negative),
            kernels.Context(**settings),
            threads,
        )
    replicas = all_inputs[n_inputs:], all_outputs[n_outputs:]
    written: list[set[tuple[int, int]]] = []
    losses = [0.0]
    turns = threads + 1 if threads > 1 else 1
    for turn in range(turns):
        first, last = len(corpus) * turn // turns, len(corpus) * (turn + 1) // turns
        before = [rows.copy() for rows in replicas]
        tally = oracle.train_unit(model, corpus[first:last], seed + turn, LR_START, LR_END, as_sets)
        result = kernels.train_unit(trainer, range(first, last), seed + turn, (LR_START, LR_END))
        assert (result.loss_pairs, result.pairs) == (tally.measured, tally.pairs)
        assert result.words == sum(map(len, corpus[first:last]))
        losses.append(abs(result.loss - tally.loss) / max(1.0, tally.loss))
        written.append(
            {
                (matrix, int(row))
                for matrix in range(2)
                for row in np.flatnonzero((replicas[matrix] != before[matrix]).any(axis=1))
            }
        )
    for turn, rows in enumerate(written[:threads]):  # each has replicas of its own
        assert len(rows) == 2 * (part_replicas + node_replicas) or frozen
        assert not any(rows & others for others in written[:turn])
    assert frozen or all(rows <= earlier for rows, earlier in zip(written[threads:], written, strict=False))
    kept = [*range(frozen), *frozen_parts]
    assert inputs[kept].tobytes() == before_training[0][kept].tobytes()
    assert outputs[:frozen].tobytes() == before_training[1][:frozen].tobytes()
    assert not all_inputs[-GUARDS:].any() and not all_inputs[:, DIM:].any()
    assert not all_outputs[-GUARDS:].any() and not all_outputs[:, DIM:].any()
    return max(
        float(np.abs(inputs[:n_inputs, :DIM] - model.inputs).max()),
        float(np.abs(outputs[:n_outputs, :DIM] - model.outputs).max()),
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
