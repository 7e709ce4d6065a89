"""The items that can be recommended: keys, what they are called, and what scores them for a user vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError
from e2v.recommend.settings import NewItems
from e2v.store import Artifact
from e2v.store.content import counts_problems, value_problems
from e2v.store.schema import Problem
from e2v.vectors.matrix import Floats, Stored
from e2v.vectors.nearest import Scorer
from e2v.vectors.titles import TitledKeys


class Catalogue:
    """What items there are.

    Attributes:
        keys: n of them.
        names: keys and titles.
        counts: int64[n], how often each item occurred; None in an index that was made before it had them.
        hidden: bool[n], the items that are not to be recommended to anybody; None: all are.
        new_items: which of the items that nobody has had may be recommended; None is none.
    """

    new_items: NewItems | None = None

    def __init__(
        self,
        names: TitledKeys,
        counts: NDArray[np.int64] | None,
        hidden: NDArray[np.bool_] | None = None,
    ) -> None:
        self.names = names
        self.keys = names.keys
        self.counts = counts
        self.hidden = hidden

    def popularity(self) -> Floats | None:
        """float32[n]: the counts, as the scores of the items for users of whom nothing is known."""
        return None if self.counts is None else self.counts.astype(np.float32)


class Items(Catalogue):
    """The items of a model or of an index.

    threads: that score them for many users; the scores do not depend on them. new_items: see `Catalogue`.

    Attributes:
        vectors: float32[n, d], the output vectors.
        bias: float32[n], or None if there are none.
        scorer: computes `scores`, and finds the best of them.
        new: uint8[n], 1 for items that nobody has had; None if there are none such.

    Raises:
        InputError: the model has no output vectors, or no new items, and only these are wanted.
        DamagedFileError: counts or biases are none.
    """

    def __init__(
        self, artifact: Artifact, threads: int | None = None, new_items: NewItems | None = None
    ) -> None:
        name = "vectors" if artifact.kind == "index" else "output"
        if not artifact.has(name):
            raise InputError(
                f"{artifact.path} has no output vectors to rank with",
                "e2v train --loss negative-sampling keeps them",
            )
        self._artifact = artifact
        self.new_items = new_items
        self.new: NDArray[np.uint8] | None = artifact.arrays["new"] if artifact.has("new") else None
        counts = artifact.arrays["counts"] if artifact.has("counts") else None
        if counts is not None:
            artifact.refuse(counts_problems(counts))
        super().__init__(TitledKeys.of(artifact), counts, self._hidden(artifact.path, new_items))
        self.vectors: Floats = artifact.arrays[name]
        self.bias: Floats | None = artifact.arrays["bias"] if artifact.has("bias") else None
        if self.bias is not None:
            artifact.refuse(value_problems({"bias": self.bias}))
        self.scorer = Scorer(
            Stored(self.vectors), len(self.keys), cosine=False, bias=self.bias, threads=threads
        )

    def _hidden(self, path: Path, new_items: NewItems | None) -> NDArray[np.bool_] | None:
        if new_items == "only" and (self.new is None or not self.new.any()):
            raise InputError(
                f"{path} knows no items but those that somebody has had",
                Advice("train it with {item_features} that describe others, too"),
            )
        if self.new is None or new_items == "also":
            return None
        hidden: NDArray[np.bool_] = (self.new != 0) == (new_items != "only")
        return hidden

    def scores(self, users: Floats) -> Floats:
        """float32[q, n]: the score of every item for user vectors float32[q, d]; free to be written to.

        The product of the vectors, plus the item's bias if it has one.

        Raises:
            DamagedFileError: an item's vector is not finite.
        """
        scores = self.scorer.scores(users)
        self.check(scores)
        return scores

    def check(self, scores: Floats) -> None:
        """See that scores are finite, as users and biases are.

        Raises:
            DamagedFileError: an item's vector is not.
        """
        if np.isnan(scores.sum()) and np.isnan(scores).any():
            self._artifact.refuse(value_problems(self._artifact.arrays))
            self._artifact.refuse([Problem("vectors", "are too large: scores are not finite")])
