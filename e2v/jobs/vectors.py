"""The vectors that are put into clusters, on a map, or beside others: those of keys, or of users."""

from __future__ import annotations

from pathlib import Path

from e2v.errors import Advice, InputError
from e2v.store import open_artifact
from e2v.vectors import KeyedVectors, load_vectors
from e2v.vectors.matrix import Centred, Stored, unit_mean
from e2v.vectors.settings import VectorSettings


def vectors_of(path: str | Path, settings: VectorSettings) -> KeyedVectors:
    """Those of a model, or of a file of vectors or users; nothing is read yet.

    Raises:
        InputError: the file is missing, of another kind, or has no such vectors.
    """
    artifact = open_artifact(path, "model", "vectors", "users")
    if artifact.kind != "users":
        return load_vectors(path, settings.vectors, center=settings.center)
    if settings.vectors != "input":
        raise InputError(
            f"{artifact.path} holds one matrix and no output vectors", Advice("use {vectors} input")
        )
    matrix = Stored(artifact.arrays["vectors"])
    return KeyedVectors(artifact.keys, Centred(matrix, unit_mean(matrix)) if settings.center else matrix)
