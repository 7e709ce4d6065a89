"""The rows of n-grams. What is trained is of bfloat16, which halves what training reads and writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.sgd import allocate_bfloat16, allocate_rows, pack, unpack
from e2v.threads import Map


@dataclass(frozen=True, slots=True)
class NgramRows:
    """A row of `dim` numbers for each n-gram: those of the first K stay, the others are trained.

    kept float32[K, stride], columns from dim on zero; trained uint32[N - K, words], words of bfloat16.
    """

    kept: NDArray[np.float32]
    trained: NDArray[np.uint32]
    dim: int

    @classmethod
    def zeros(cls, kept: int, trained: int, dim: int, parallel: Map = map) -> NgramRows:
        """For so many n-grams; parallel: fills them, see `allocate_rows`."""
        return cls(allocate_rows(kept, dim), allocate_bfloat16(trained, dim, parallel), dim)

    def __len__(self) -> int:
        return len(self.kept) + len(self.trained)

    def take(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """Some of them, float32[n, dim]."""
        taken = np.empty((len(rows), self.dim), np.float32)
        stay = rows < len(self.kept)
        taken[stay] = self.kept[rows[stay], : self.dim]
        taken[~stay] = unpack(self.trained[rows[~stay] - len(self.kept)], self.dim)
        return taken

    def put(self, rows: NDArray[np.integer], vectors: NDArray[np.float32]) -> None:
        """Set some of them, to float32[n, dim]; those that are trained are rounded to the nearest."""
        stay = rows < len(self.kept)
        self.kept[rows[stay], : self.dim] = vectors[stay]
        self.trained[rows[~stay] - len(self.kept)] = pack(vectors[~stay])

    def blocks(self, rows: int) -> Iterator[NDArray[np.float32]]:
        """All of them, so many at a time."""
        for start in range(0, len(self), rows):
            yield self.take(np.arange(start, min(start + rows, len(self))))
