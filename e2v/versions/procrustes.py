"""The rotation that brings one version of some vectors nearest to another.

Of all orthogonal matrices R, X R is nearest to Y for R = U V^T, where U S V^T is the singular value
decomposition of X^T Y (Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem").
Hamilton, Leskovec and Jurafsky (2016), "Diachronic word embeddings reveal statistical laws of semantic
change", so compare words over time. Rows are scaled to length 1 first: then R is the rotation of the highest
mean cosine, which is what questions go by, and long vectors count no more than others (Artetxe, Labaka and
Agirre 2016, "Learning principled bilingual mappings of word embeddings while preserving monolingual
invariance", section 2.2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.notices import counted
from e2v.vectors.matrix import Floats, Matrix, directed, unit
from e2v.versions.shared import Rows

#: Rows that are read at once.
_AT_ONCE = 1 << 14


class Fit(NamedTuple):
    """How near one version is to another: the mean cosine of the rows of a key, and the residual,
    ||X - Y|| / ||Y|| of the vectors as they are, by Frobenius' norm.
    """

    cosine: float
    residual: float


class Alignment(NamedTuple):
    """rotation: float64[d, d], by which rows of the new version are multiplied. keys: that it is fitted to.

    before, after: how near the new version is to the old one without and with it.
    """

    rotation: NDArray[np.float64]
    keys: int
    before: Fit
    after: Fit

    @property
    def doubt(self) -> str | None:
        """Why the rotation is not to be relied on, in a sentence; None if it is."""
        if self.keys >= len(self.rotation):
            return None
        return (
            f"{counted(self.keys, 'key')} in common cannot say how all of {len(self.rotation)} dimensions "
            "are to be rotated; some of it is arbitrary"
        )


def align(old: Matrix, old_rows: Rows, new: Matrix, new_rows: Rows) -> Alignment:
    """The rotation of `new` that brings rows new_rows, int64[n], nearest to rows old_rows of `old`.

    Rows of zeros, which have no direction, do not count.

    Raises:
        InputError: no row counts.
    """
    dim = new.shape[1]
    products = np.zeros((dim, dim))
    keys = 0
    for first in range(0, len(old_rows), _AT_ONCE):
        x, y = _pairs(old, old_rows, new, new_rows, first)
        products += unit(x).T.astype(np.float64) @ unit(y).astype(np.float64)
        keys += len(x)
    if not keys:
        raise InputError("no key with a direction is in both", "are these versions of the same vectors?")
    left, _, right = np.linalg.svd(products)
    rotation = left @ right
    identity = np.eye(dim)
    fits = [_fit(old, old_rows, new, new_rows, by) for by in (identity, rotation)]
    return Alignment(rotation, keys, *fits)


def rotated(rows: Floats, rotation: NDArray[np.float64]) -> Floats:
    """float32[m, d]: rows float32[m, d], rotated; the sums are of float64."""
    made: Floats = (rows.astype(np.float64) @ rotation).astype(np.float32)
    return made


def _pairs(old: Matrix, old_rows: Rows, new: Matrix, new_rows: Rows, first: int) -> tuple[Floats, Floats]:
    """float32[m, d] of either version: some rows of the same keys, all with a direction."""
    which = slice(first, first + _AT_ONCE)
    x, y = new.rows(new_rows[which]), old.rows(old_rows[which])
    there = directed(x) & directed(y)
    return x[there], y[there]


def _fit(old: Matrix, old_rows: Rows, new: Matrix, new_rows: Rows, rotation: NDArray[np.float64]) -> Fit:
    cosines = apart = size = 0.0
    keys = 0
    for first in range(0, len(old_rows), _AT_ONCE):
        x, y = _pairs(old, old_rows, new, new_rows, first)
        turned = x.astype(np.float64) @ rotation
        turned_lengths = np.linalg.norm(turned, axis=1)
        cosines += float((np.einsum("ij,ij->i", turned, unit(y)) / turned_lengths).sum())
        apart += float(np.square(turned - y).sum())
        size += float(np.square(y, dtype=np.float64).sum())
        keys += len(x)
    return Fit(cosines / keys, float(np.sqrt(apart / size)))
