"""Small artifacts for tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from e2v.store import ArtifactWriter, Keys


def write_model(
    path: Path,
    keys: Iterable[str | bytes],
    input_vectors: np.ndarray,
    output: np.ndarray | None = None,
    nodes: np.ndarray | None = None,
) -> Path:
    """A model file with falling counts; `nodes` in place of `output` for hierarchical softmax."""
    packed = Keys.from_strings(keys)
    with ArtifactWriter(path, "model", {}) as writer:
        writer.add_keys("keys", packed)
        writer.add("counts", np.arange(len(packed), 0, -1, dtype=np.int64))
        writer.add("input", input_vectors.astype(np.float32))
        if nodes is not None:
            writer.add("nodes", nodes.astype(np.float32))
        else:
            writer.add("output", (-input_vectors if output is None else output).astype(np.float32))
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
