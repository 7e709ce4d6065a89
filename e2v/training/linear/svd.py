"""Truncated singular value decomposition of who had what: the classical vectors for items."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from e2v.corpus.artifact import Corpus
from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.histories import histories_of
from e2v.corpus.weights import event_weights
from e2v.errors import Advice, InputError, UsageError
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import ArtifactWriter
from e2v.store.provenance import made_by
from e2v.threads import Map, parallel_map
from e2v.training.linear.attributes import with_new_items
from e2v.training.linear.interactions import InteractionMatrix
from e2v.training.linear.settings import SvdSettings
from e2v.vectors.matrix import Floats

#: Columns beyond those asked for, and rounds: Halko, Martinsson and Tropp (2011), section 4.5, use a
#: few of each; spectra of interactions fall slowly and want more.
_OVERSAMPLING = 16
_ROUNDS = 8
#: Dimensions, where none are asked for and there are as many.
_USUAL_DIM = 100
#: Rows of a product that one thread computes at a time.
_BLOCK_ROWS = 2048


class Svd(NamedTuple):
    """values: float32[r], falling. items: float32[n, r], orthonormal columns, a row for each item."""

    values: Floats
    items: Floats


def truncated_svd(matrix: InteractionMatrix, rank: int, seed: int, report: Report = silent) -> Svd:
    """The `rank` largest singular values of X and its right singular vectors.

    Randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4), exact where the
    subspace is the whole space.
    """
    n_items = len(matrix.items)
    width = min(rank + _OVERSAMPLING, len(matrix.users), n_items)
    basis = np.random.default_rng(seed).standard_normal((n_items, width), np.float32)
    with parallel_map(matrix.threads) as parallel:
        for done in range(_ROUNDS):
            report(Progress("decomposing", done=done, total=_ROUNDS + 1))
            basis = matrix.transposed_times(matrix.times(_orthonormal(basis, parallel)))
        report(Progress("decomposing", done=_ROUNDS, total=_ROUNDS + 1))
        basis = _orthonormal(_orthonormal(basis, parallel), parallel)
        squares, right = _eigen(matrix.times(basis), parallel)
        items = _times(basis, right[:, :rank], parallel)
    return Svd(np.sqrt(squares[:rank]), items)


def _orthonormal(columns: Floats, parallel: Map) -> Floats:
    """Orthonormal columns that span what `columns` do; columns of zeros where there are too many.

    From the small matrix of their products, because that is a matrix product: a QR decomposition of a
    tall matrix takes 20 times as long. The repetition in subspace iteration makes up for the digits lost.
    """
    squares, vectors = _eigen(columns, parallel)
    lengths = np.sqrt(squares)
    lengths[squares < squares[0] * np.finfo(np.float32).eps * len(squares)] = np.inf
    vectors /= lengths
    return _times(columns, vectors, parallel)


def _eigen(columns: Floats, parallel: Map) -> tuple[Floats, Floats]:
    """Eigenvalues, falling, and eigenvectors of columns.T @ columns."""
    products = sum(parallel(lambda rows: (rows.T @ rows).astype(np.float64), _blocks(columns)))
    squares, vectors = np.linalg.eigh(products)
    return np.maximum(squares[::-1], 0).astype(np.float32), vectors[:, ::-1].astype(np.float32)


def _times(rows: Floats, small: Floats, parallel: Map) -> Floats:
    """rows @ small, by blocks of rows that threads share."""
    out = np.empty((len(rows), small.shape[1]), np.float32)
    parallel(
        lambda part: np.matmul(part[0], small, out=part[1]), zip(_blocks(rows), _blocks(out), strict=True)
    )
    return out


def _blocks(rows: Floats) -> list[Floats]:
    """The same ones for any number of threads, and so the same sums."""
    return [rows[first : first + _BLOCK_ROWS] for first in range(0, len(rows), _BLOCK_ROWS)]


def sized(settings: SvdSettings, corpus: Corpus) -> SvdSettings:
    """The settings with a dimension, if none is given: the usual one, or as many as the corpus has."""
    if settings.dim is not None:
        return settings
    return replace(settings, dim=max(1, min(_USUAL_DIM, len(histories_of(corpus)), len(corpus.keys))))


def write_svd(
    corpus: Corpus, path: str | os.PathLike[str], settings: SvdSettings, report: Report = silent
) -> Svd:
    """Decompose a corpus of sets and write a model.

    The cosines of its input vectors are those of the rows of V diag(values), which Barkan and Koenigstein
    (2016), section 4.1, call U S^(1/2), their matrix being X^T X. The sum of a history's input vectors
    times an item's output vector is the ideal low-pass filter h D^(-1/2) V V^T D^(1/2) of Shen et al. (2021).
    Items of a `DescribedCorpus` that nobody has had get the vectors that a ridge regression makes of their
    attributes.

    Raises:
        InputError: nobody has two different items.
        UsageError: there are fewer than `settings.dim` keys or sentences.
        OutputError: as `e2v.store.atomic_path`.
    """
    settings = sized(settings, corpus)
    histories = histories_of(corpus, event_weights(corpus, settings.half_life))
    if histories.distinct().sizes.max(initial=0) < 2:
        raise InputError(
            f"{corpus.name}: nobody has two different items, so there is nothing to learn from",
            Advice("add data, or lower {min_count}"),
        )
    described = corpus if isinstance(corpus, DescribedCorpus) else None
    n_items = described.n_known if described else len(corpus.keys)
    matrix = InteractionMatrix(histories, n_items, settings.threads)
    most, dim = min(matrix.shape), settings.dim
    assert dim is not None
    if dim > most:
        n_users, n_items = matrix.shape
        raise UsageError(
            f"{n_users} histories of {n_items} keys have no {dim} dimensions",
            Advice("{dim} {} at most", most),
        )
    svd = truncated_svd(matrix, dim, settings.seed, report)
    report(Progress("writing"))
    scale = matrix.item_scale[:, np.newaxis]
    inverse = 1 / np.where(svd.values > 0, svd.values, np.inf)
    inputs = svd.items * svd.values * scale
    outputs = svd.items * inverse.astype(np.float32) / scale
    if described:
        inputs, outputs = (with_new_items(described, vectors) for vectors in (inputs, outputs))
    features = described.features if described else None
    provenance = made_by("svd", settings=recorded(settings), corpus=corpus.record(), item_features=features)
    with ArtifactWriter(path, "model", provenance) as writer:
        corpus.add_vocabulary(writer)
        writer.add("input", inputs)
        writer.add("output", outputs)
    return svd
