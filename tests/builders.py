"""Small artifacts for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from e2v.corpus.histories import Histories
from e2v.store import ArtifactWriter, Keys


def write_model(
    path: Path,
    keys: Iterable[str | bytes],
    input_vectors: np.ndarray,
    output: np.ndarray | None = None,
    nodes: np.ndarray | None = None,
    titles: Iterable[str] | None = None,
    made: Mapping[str, Any] | None = None,
) -> Path:
    """A model file with falling counts; `nodes` in place of `output` for hierarchical softmax.

    made: its provenance.
    """
    packed = Keys.from_strings(keys)
    with ArtifactWriter(path, "model", dict(made or {})) as writer:
        writer.add_keys("keys", packed)
        writer.add("counts", np.arange(len(packed), 0, -1, dtype=np.int64))
        writer.add("input", input_vectors.astype(np.float32))
        if nodes is not None:
            writer.add("nodes", nodes.astype(np.float32))
        else:
            writer.add("output", (-input_vectors if output is None else output).astype(np.float32))
        if titles is not None:
            writer.add_keys("labels", Keys.from_strings(titles))
    return path


def write_vectors(
    path: Path, keys: Iterable[str | bytes], vectors: np.ndarray, scales: np.ndarray | None = None
) -> Path:
    """A vectors file, of the dtype of `vectors`."""
    with ArtifactWriter(path, "vectors", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keys))
        writer.add("vectors", vectors)
        if scales is not None:
            writer.add("scales", scales)
    return path


def keyed(n: int) -> list[str]:
    """n different keys."""
    return [f"k{number}" for number in range(n)]


def write_corpus(
    path: Path,
    sentences: Iterable[Iterable[str]],
    names: Iterable[str] | None = None,
    titles: Mapping[str, str] | None = None,
    *,
    made: Mapping[str, Any] | None = None,
    times: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Path:
    """A corpus file of these sentences; `names`, one for each, say whose they are; `titles` are of keys.

    made: its provenance. times, weights: of the tokens.
    """
    texts = [list(sentence) for sentence in sentences]
    counts = Counter(key for text in texts for key in text)
    keys = sorted(counts, key=lambda key: (-counts[key], key.encode("utf-8", "surrogateescape")))
    rows = {key: row for row, key in enumerate(keys)}
    with ArtifactWriter(path, "corpus", dict(made or {})) as writer:
        writer.add("tokens", np.array([rows[key] for text in texts for key in text], np.int32))
        writer.add("offsets", np.cumsum([0, *map(len, texts)]))
        if times is not None:
            writer.add("times", times)
        if weights is not None:
            writer.add("weights", weights)
        writer.add_keys("keys", Keys.from_strings(keys))
        writer.add("counts", np.array([counts[key] for key in keys], np.int64))
        if names is not None:
            writer.add_keys("names", Keys.from_strings(names))
        if titles is not None:
            writer.add_keys("labels", Keys.from_strings(titles.get(key, "") for key in keys))
    return path


def write_tastes(path: Path, made: Mapping[str, Any] | None = None) -> Path:
    """A corpus of 80 users and 30 items: even users like the first half of the items, odd ones the second.

    made: its provenance.
    """
    rng = np.random.default_rng(7)
    sentences = []
    for user in range(80):
        first = user % 2 * 15
        items = (*rng.integers(first, first + 15, rng.integers(2, 8)), *rng.integers(0, 30, 2))
        sentences.append([str(item) for item in items])
    return write_corpus(path, sentences, [f"u{user}" for user in range(80)], made=made)


def ragged(rows: Iterable[Iterable[int]]) -> Histories:
    """Rows of items, as they are."""
    texts = [list(row) for row in rows]
    items = [item for text in texts for item in text]
    return Histories(np.cumsum([0, *map(len, texts)]), np.array(items, np.int32))
