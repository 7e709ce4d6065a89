"""The items that can be recommended: keys, what they are called, and what scores them for a user vector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.store import Artifact
from e2v.vectors.matrix import Floats, Stored
from e2v.vectors.nearest import Scorer
from e2v.vectors.titles import TitledKeys


class Catalogue:
    """What items there are.

    Attributes:
        keys: n of them.
        names: keys and titles.
        counts: int64[n], how often each item occurred; None in an index that was made before it had them.
    """

    def __init__(self, names: TitledKeys, counts: NDArray[np.int64] | None) -> None:
        self.names = names
        self.keys = names.keys
        self.counts = counts

    def popularity(self) -> Floats | None:
        """float32[n]: the counts, as the scores of the items for users of whom nothing is known."""
        return None if self.counts is None else self.counts.astype(np.float32)


class Items(Catalogue):
    """The items of a model or of an index.

    threads: that score them for many users; the scores do not depend on them.

    Attributes:
        vectors: float32[n, d], the output vectors.
        bias: float32[n], or None if there are none.

    Raises:
        InputError: the model has no output vectors.
    """

    def __init__(self, artifact: Artifact, threads: int | None = None) -> None:
        name = "vectors" if artifact.kind == "index" else "output"
        if not artifact.has(name):
            raise InputError(
                f"{artifact.path} has no output vectors to rank with",
                "e2v train --loss negative-sampling keeps them",
            )
        super().__init__(
            TitledKeys.of(artifact), artifact.arrays["counts"] if artifact.has("counts") else None
        )
        self.vectors: Floats = artifact.arrays[name]
        self.bias: Floats | None = artifact.arrays["bias"] if artifact.has("bias") else None
        self._scorer = Scorer(
            Stored(self.vectors), len(self.keys), cosine=False, bias=self.bias, threads=threads
        )

    @property
    def batch_size(self) -> int:
        """How many users to score for at once without taking much memory."""
        return self._scorer.batch_size

    def scores(self, users: Floats) -> Floats:
        """float32[q, n]: the score of every item for user vectors float32[q, d]; free to be written to.

        The product of the vectors, plus the item's bias if it has one.
        """
        return self._scorer.scores(users)
