"""Keys with vectors: what every question is asked of."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError, UnknownKeyError, UsageError
from e2v.store import Artifact, Keys, open_artifact
from e2v.vectors.choice import VectorChoice
from e2v.vectors.matrix import Centred, Concatenation, Floats, Matrix, Stored, WeightedSum
from e2v.vectors.suggest import suggest


class KeyedVectors:
    """Keys, most frequent first, and a vector for each.

    keys: n of them. matrix: float32[n, d], or a `Matrix`, of which the first n rows count.
    counts: int64[n], or None if unknown. targets: for asking what a key predicts, the vectors that
    can be answers, another space than `matrix`; None if questions and answers share one space.
    """

    def __init__(
        self,
        keys: Keys,
        matrix: Floats | Matrix,
        counts: NDArray[np.int64] | None = None,
        targets: Matrix | None = None,
    ) -> None:
        self.keys = keys
        self.matrix: Matrix = Stored(matrix) if isinstance(matrix, np.ndarray) else matrix
        self.counts = counts
        self.targets = targets

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self.matrix.shape[1]

    def row(self, key: str) -> int:
        """The row of a key.

        Raises:
            UnknownKeyError: with keys that look like it.
        """
        row = self.keys.find(key)
        if row < 0:
            raise UnknownKeyError(key, suggest(self.keys, key))
        return row

    def vectors_of(self, keys: Iterable[str]) -> Floats:
        """float32[m, d]: the vectors of some keys.

        Raises:
            UnknownKeyError: for the first that is not there.
        """
        return self.matrix.rows(np.array([self.row(key) for key in keys], np.int64))

    def head(self, n: int) -> KeyedVectors:
        """The n most frequent keys, in the same space."""
        counts = None if self.counts is None else self.counts[:n]
        return KeyedVectors(self.keys[:n], self.matrix, counts, self.targets)


def load_vectors(path: str | os.PathLike[str], which: str = "input", *, center: bool = False) -> KeyedVectors:
    """Map a model or vectors file; nothing is read but what a question needs.

    which: as `VectorChoice.parse` reads it; a vectors file holds one matrix, which is its input.
    center: take the mean away, see `Centred`.

    Raises:
        UsageError: no such choice of vectors, or one that this file or `center` does not go with.
        InputError: the file is missing, or of another kind.
    """
    choice = VectorChoice.parse(which)
    artifact = open_artifact(path, "model", "vectors")
    counts = artifact.arrays["counts"] if artifact.has("counts") else None
    if choice.name == "input-output":
        if center:
            raise UsageError("--center does not go with --vectors input-output", "leave one of them out")
        return KeyedVectors(artifact.keys, _input(artifact), counts, _output(artifact))
    matrix = _combined(artifact, choice)
    return KeyedVectors(artifact.keys, Centred(matrix) if center else matrix, counts)


def _combined(artifact: Artifact, choice: VectorChoice) -> Matrix:
    if choice.name == "input":
        return _input(artifact)
    if choice.name == "output":
        return _output(artifact)
    combine = WeightedSum if choice.name == "sum" else Concatenation
    return combine(_input(artifact), _output(artifact), choice.weight)


def _input(artifact: Artifact) -> Matrix:
    if artifact.kind == "model":
        return Stored(artifact.arrays["input"])
    return Stored(artifact.arrays["vectors"], artifact.arrays.get("scales"))


def _output(artifact: Artifact) -> Matrix:
    if artifact.has("output"):
        return Stored(artifact.arrays["output"])
    if artifact.kind == "vectors":
        raise InputError(f"{artifact.path} holds one matrix and no output vectors", "use --vectors input")
    raise InputError(
        f"{artifact.path} has no output vectors: hierarchical softmax learns none", "use --vectors input"
    )
