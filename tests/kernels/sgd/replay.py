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
}


def sentences(rng: np.random.Generator) -> list[list[int]]:
    """Of all lengths from 0 on; words repeat, some at once."""
    lengths = [0, 1, 2, 3, 7, 29, 1, 40, 25, 18, 37, 33]
    return [rng.integers(0, VOCABULARY // 2, n).tolist() for n in lengths]


def replay(settings: dict[str, Any], seed: int = 7) -> float:
    """Train a unit with the kernel and with the oracle; returns the largest difference in any number.

    AssertionError where counts differ: a draw was made at another time.
    """
    rng = np.random.default_rng(seed)
    settings = dict(settings)
    corpus = sentences(rng)
    tables: dict[str, Any] = {}
    model_tables: dict[str, Any] = {}
    if settings.pop("paths", False):
        paths = [
            [(int(node), int(rng.integers(2))) for node in rng.permutation(VOCABULARY - 1)[: 1 + word % 19]]
            for word in range(VOCABULARY)
        ]
        model_tables["paths"] = paths
        nodes, labels = zip(*(pair for path in paths for pair in path), strict=True)
        tables["paths"] = _offsets(paths), np.array(nodes, np.int32), np.array(labels, np.uint8)
    else:
        tables["noise"] = model_tables["noise"] = kernels.alias_table(np.arange(1, VOCABULARY + 1) ** -0.5)
    n_inputs = VOCABULARY
    if settings.pop("parts", False):
        n_inputs += 15
        parts = [
            [(word, 0.4)]
            + [(VOCABULARY + int(row), float(np.float32(0.6 / 3))) for row in rng.integers(0, 15, 3)]
            if word % 3
            else [(word, 1.0)]
            for word in range(VOCABULARY)
        ]
        model_tables["parts"] = parts
        rows, weights = zip(*(pair for word_parts in parts for pair in word_parts), strict=True)
        tables["parts"] = _offsets(parts), np.array(rows, np.int32), np.array(weights, np.float32)

    replicated = (
        [2, VOCABULARY, VOCABULARY + 3, VOCABULARY + 14] if "parts" in tables else []
    )  # an own row too
    inputs = kernels.allocate_rows(n_inputs + kernels.replica_rows(len(replicated), 1), DIM)
    n_outputs = VOCABULARY - 1 if "paths" in tables else VOCABULARY
    outputs = kernels.allocate_rows(VOCABULARY + 2 * REPLICATED, DIM)
    inputs[:n_inputs, :DIM] = rng.normal(size=(n_inputs, DIM)) * 0.4
    outputs[:n_outputs, :DIM] = rng.normal(size=(n_outputs, DIM)) * 0.4
    keep = rng.uniform(0.6, 1.2, VOCABULARY).astype(np.float32)
    as_sets = settings.get("context_set", False)
    model = oracle.Model(
        inputs[:n_inputs, :DIM].astype(float),
        outputs[:n_outputs, :DIM].astype(float),
        keep,
        **model_tables,
        **{k: v for k, v in settings.items() if k != "context_set"},
    )
    tally = oracle.train_unit(model, corpus, seed, LR_START, LR_END, as_sets)

    negative = settings.pop("negative", 5)
    settings["sets"] = settings.pop("context_set", False)
    loss = (
        kernels.HierarchicalSoftmax(*tables["paths"])
        if "paths" in tables
        else kernels.NegativeSampling(tables["noise"], negative)
    )
    with mock.patch("e2v.kernels.sgd.replicas.MAX_NODE_REPLICAS", REPLICATED):
        trainer = kernels.make_trainer(
            kernels.Sentences(np.concatenate(corpus).astype(np.int32), _offsets(corpus), keep),
            kernels.Matrices(
                inputs,
                outputs,
                kernels.Subwords(*tables["parts"], replicated) if "parts" in tables else None,
            ),
            loss,
            kernels.Context(**settings),
        )
    result = kernels.train_unit(trainer, range(len(corpus)), seed, (LR_START, LR_END))
    assert (result.loss_pairs, result.pairs) == (tally.measured, tally.pairs)
    assert result.words == sum(map(len, corpus))
    assert not inputs[:, DIM:].any()
    assert not outputs[:, DIM:].any()
    return max(
        float(np.abs(inputs[:n_inputs, :DIM] - model.inputs).max()),
        float(np.abs(outputs[:n_outputs, :DIM] - model.outputs).max()),
        abs(result.loss - tally.loss) / max(1.0, tally.loss),
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
