"""A model, or vectors, with all of it rotated, so that it answers as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError
from e2v.store import Artifact, ArtifactWriter
from e2v.vectors.matrix import Floats, Matrix, Stored
from e2v.versions.procrustes import rotated

#: Rows that are rotated at once.
AT_ONCE = 1 << 14

#: Matrices of a model whose rows are vectors: products of any two of them stay what they are.
_OF_VECTORS = ("input", "output", "nodes", "ngram_vectors")


def write_rotated(
    path: Path,
    artifact: Artifact,
    rotation: NDArray[np.float64],
    provenance: dict[str, Any],
    report: Callable[[int], None],
) -> None:
    """Write a model, or a file of vectors, with its vectors times `rotation`, float64[d, d], and all else as
    it is.

    The layers of a user tower take the mean of rotated input vectors and give rotated user vectors. Vectors
    of half precision or of int8 become float32, as rounding them once more would lose some of them.

    report: told how many rows are done.

    Raises:
        OutputError: the file cannot be written.
    """
    last = _last_layer(artifact)
    done = 0
    with ArtifactWriter(path, artifact.kind, provenance) as writer:
        for name, array in artifact.arrays.items():
            if name in _OF_VECTORS or name == "vectors":
                stream = writer.stream(name, np.float32, array.shape[1:])
                for block in _blocks(Stored(array, artifact.arrays.get("scales"))):
                    stream.write(rotated(block, rotation))
                    report(done := done + len(block))
            elif name != "scales":
                writer.add(name, _layer(name, array, rotation, last))


def check_dimensions(old: Artifact, new: Artifact) -> None:
    """See that the vectors of two files have the same length.

    Raises:
        InputError: they have not.
    """
    dim, other = (artifact.arrays[vectors_name(artifact)].shape[1] for artifact in (old, new))
    if dim != other:
        raise InputError(
            f"{old.path} has {dim} dimensions and {new.path} {other}, and rotations do not change that",
            Advice("train with {dim} {}", dim),
        )


def vectors_name(artifact: Artifact) -> str:
    """The array of the vectors that questions are asked of."""
    return "input" if artifact.kind == "model" else "vectors"


def rows_of(artifact: Artifact) -> int:
    """How many rows are rotated in all."""
    return sum(len(array) for name, array in artifact.arrays.items() if name in (*_OF_VECTORS, "vectors"))


def _blocks(matrix: Matrix) -> Iterator[Floats]:
    for first in range(0, matrix.shape[0], AT_ONCE):
        yield matrix.rows(slice(first, min(first + AT_ONCE, matrix.shape[0])))


def _last_layer(artifact: Artifact) -> int:
    """The number of the last layer of a user tower; -1 if there is none."""
    return sum(name.endswith(".weight") for name in artifact.arrays) - 1


def _layer(name: str, array: NDArray[Any], rotation: NDArray[np.float64], last: int) -> NDArray[Any]:
    """An array of a user tower as it belongs to rotated vectors; other arrays are left as they are."""
    made = array
    if name == "tower.0.weight":
        dim = len(rotation)
        turned = rotation.T @ made[:dim].astype(np.float64)
        made = np.concatenate((turned.astype(np.float32), made[dim:]))  # features, which follow, are not
    if name == f"tower.{last}.weight":
        made = rotated(made, rotation)
    elif name == f"tower.{last}.bias":
        made = rotated(made[np.newaxis], rotation)[0]
    return made
