"""Items of a tower that are made of what they have in common, too: how, and backward through it.

An item's input vector is its own row and those of its n attributes,

    v_i = o_i + 1 / sqrt(n) sum_a A_a,

and so are its output vector and its bias, of rows and biases of their own. An item that nobody has had yet is
its attributes alone. So that these learn to stand for an item, each step does without the own rows of some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.linalg.sparse import WeightedCsr, add_rows
from e2v.kernels.sgd.splitmix64 import INCREMENT, mix
from e2v.kernels.tower.draws import transpose
from e2v.threads import Map
from e2v.training.linear.attributes import attribute_vectors, rows_of
from e2v.training.linear.products import product
from e2v.vectors.matrix import Floats

T = TypeVar("T")

#: The share of a step's items whose own rows are left out.
_DROPPED = 0.1
#: Rows that one thread adds at a time.
_BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True)
class Attributes(Generic[T]):
    """What belongs to the rows of the attributes: inputs, outputs: float32[A, d]; biases: float32[A]."""

    inputs: T
    outputs: T
    biases: T

    def all(self) -> list[T]:
        """Each of them, always in the same order."""
        return [self.inputs, self.outputs, self.biases]


@dataclass(frozen=True, slots=True)
class Composition:
    """What some items are made of.

    items: int64[k], different ones. own: float32[k], 1, or 0 where an own row is left out. by_item: the
    weights of the attributes, a row for each of the items. attributes: int64[a], that these have, once each.
    by_attribute: the same weights, a row for each of `attributes`, of places among the items.
    """

    items: NDArray[np.int64]
    own: Floats
    by_item: WeightedCsr
    attributes: NDArray[np.int64]
    by_attribute: WeightedCsr

    def compose(self, own: Floats, attributes: Floats, out: Floats, parallel: Map = map) -> Floats:
        """float32[k, d] in `out`: the items' rows, of own: float32[V, d] and attributes: float32[A, d]."""
        product(self.by_item, attributes, out, parallel)

        def rows(first: int) -> None:
            add_rows(own, self.items, self.own, out, first, min(first + _BLOCK_ROWS, len(out)))

        for _ in parallel(rows, range(0, len(out), _BLOCK_ROWS)):
            pass
        return out

    def backward(self, gradient: Floats, out: Floats, parallel: Map = map) -> Floats:
        """float32[a, d] in `out`: the gradient of the attributes, of float32[k, d], that of the items' rows.

        The latter becomes that of the own rows: 0 for those that are left out.
        """
        product(self.by_attribute, gradient, out, parallel)
        gradient[self.own == 0] = 0
        return out


class Composer:
    """Says what items are made of.

    parts: a row for each item, of attributes. n_attributes: how many there are.
    """

    def __init__(self, parts: WeightedCsr, n_attributes: int) -> None:
        self._parts = parts
        self._places = np.full(n_attributes, -1)

    def of(self, items: NDArray[np.int64], seed: int | None = None) -> Composition:
        """Of these, some own rows being left out, at random by the seed; None: none are.

        The same seed leaves out the own rows of the same items.
        """
        by_item = rows_of(self._parts, items)
        own = np.ones(len(items), np.float32)
        if seed is not None:
            draws = mix(items.astype(np.uint64) * np.uint64(INCREMENT) + np.uint64(seed))  # type: ignore[arg-type]
            own[(draws < np.uint64(_DROPPED * 2.0**64)) & (np.diff(by_item.offsets) > 0)] = 0
        m = len(by_item.columns)
        attributes = np.empty(m, np.int64)
        of_each = WeightedCsr(np.empty(m + 1, np.int64), np.empty(m, np.int32), np.empty(m, np.float32))
        n = transpose(by_item, self._places, attributes, of_each)
        by_attribute = of_each._replace(offsets=of_each.offsets[: n + 1])
        return Composition(items, own, by_item, attributes[:n], by_attribute)


def all_rows(own: Floats, parts: WeightedCsr, attributes: Floats, parallel: Map = map) -> Floats:
    """float32[V, d]: the rows of all items of `parts`; of them own: float32[n, d] are the first ones' own."""
    rows = product(parts, attributes, np.empty((len(parts.offsets) - 1, own.shape[1]), np.float32), parallel)
    rows[: len(own)] += own
    return rows


def attributes_start(
    inputs: Floats,
    outputs: Floats,
    parts: WeightedCsr,
    n_attributes: int,
    seen: NDArray[np.bool_],
    parallel: Map,
) -> Attributes[Floats]:
    """Rows of the attributes of which a ridge regression makes the items' rows; these become what is left.

    seen: bool[V], the items that have rows to go by; the own rows of the others become zeros.
    """
    known = np.flatnonzero(seen)

    def fitted(vectors: Floats) -> Floats:
        found = attribute_vectors(parts, n_attributes, vectors, known, parallel)
        vectors -= product(parts, found, np.empty_like(vectors), parallel)
        vectors[~seen] = 0
        return found

    return Attributes(fitted(inputs), fitted(outputs), np.zeros(n_attributes, np.float32))
