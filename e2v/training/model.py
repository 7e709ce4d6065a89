"""The two matrices of a model: made, checked, and written as an artifact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.errors import TrainingError
from e2v.kernels import allocate_rows
from e2v.store import ArtifactWriter, Keys
from e2v.training.config import TrainConfig

_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Model:
    """Input and output vectors under training.

    inputs float32[V, stride], outputs float32[R, stride], stride a multiple of 16 and columns from
    `dim` on zero. R is V, or V - 1 inner nodes with hierarchical softmax.
    """

    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    dim: int

    @property
    def nbytes(self) -> int:
        """Bytes of both matrices in memory."""
        return self.inputs.nbytes + self.outputs.nbytes


def new_model(vocabulary: int, config: TrainConfig) -> Model:
    """Inputs uniform in ±0.5/dim, outputs zero (word2vec.c, InitNet), from the run's seed."""
    nodes = vocabulary - 1 if config.loss == "hierarchical-softmax" else vocabulary
    inputs = allocate_rows(vocabulary, config.dim)
    rng = np.random.default_rng(config.seed)
    for block in row_blocks(inputs):
        draws = rng.random((len(block), config.dim), dtype=np.float32)
        block[:, : config.dim] = (draws - np.float32(0.5)) / np.float32(config.dim)
    return Model(inputs, allocate_rows(nodes, config.dim), config.dim)


def check_finite(model: Model) -> None:
    """Raise TrainingError if any value is nan or infinite."""
    for name, matrix in (("input", model.inputs), ("output", model.outputs)):
        for block in row_blocks(matrix):
            if not np.isfinite(np.abs(block).max()):
                raise TrainingError(f"the {name} vectors have become nan or infinite", "try a lower --lr")


def write_model(
    path: Path,
    keys: Keys,
    counts: NDArray[np.int64],
    model: Model,
    config: TrainConfig,
    provenance: dict[str, Any],
) -> None:
    """Write a model artifact at `path`, replacing what is there only once it is complete."""
    check_finite(model)
    output = "nodes" if config.loss == "hierarchical-softmax" else "output"
    with ArtifactWriter(path, "model", provenance) as writer:
        writer.add_keys("keys", keys)
        writer.add("counts", counts)
        for name, matrix in (("input", model.inputs), (output, model.outputs)):
            stream = writer.stream(name, np.float32, (model.dim,))
            for block in row_blocks(matrix):
                stream.write(block[:, : model.dim])


def row_blocks(matrix: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """The matrix in views of some 16 MB, so that what is made of a block stays small."""
    step = max(1, _BLOCK_BYTES // max(1, matrix.shape[1] * 4))
    for start in range(0, len(matrix), step):
        yield matrix[start : start + step]
