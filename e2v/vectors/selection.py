"""Which keys may be answers, and what counts besides their scores."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from e2v.vectors.settings import Narrowing, SelectionSettings
from e2v.vectors.titles import TitledKeys

if TYPE_CHECKING:
    from e2v.vectors.selector import Selector

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Selection:
    """Which of n rows may be answers, and what counts besides their scores.

    mask: bool[n], whether a row may be an answer; None: all may. categories: of the rows that have some.
    per_category: how many answers may have a category in common. diversity: D of `e2v.vectors.reranking`.
    popularity_penalty: how much more common items have to score, see `e2v.recommend.search`.
    """

    mask: Mask | None = None
    categories: Mapping[int, frozenset[str]] | None = None
    per_category: int | None = None
    diversity: float = 0.0
    popularity_penalty: float = 0.0

    @property
    def reranks(self) -> bool:
        """Whether the first answers may be others than those of the highest scores."""
        return bool(self.diversity or self.per_category)

    @functools.cached_property
    def rows(self) -> NDArray[np.int64]:
        """int64[m]: the rows that may be answers, ascending, where there is a mask."""
        return np.flatnonzero(self.mask) if self.mask is not None else np.empty(0, np.int64)

    @functools.cached_property
    def excluded(self) -> NDArray[np.int64]:
        """int64[n - m]: the others."""
        return np.flatnonzero(~self.mask) if self.mask is not None else np.empty(0, np.int64)


#: All keys, by their scores.
EVERYTHING = Selection()


class Selecting:
    """What may be an answer at all, and what of that a question asks for.

    names: n keys and what they are called.

    Raises:
        InputError: a file of the settings cannot be read, or no key that may be an answer is left.
    """

    def __init__(
        self, names: TitledKeys, settings: SelectionSettings, popularity_penalty: float | None = None
    ) -> None:
        self._names = names
        self._settings = settings
        self.selection = EVERYTHING
        if settings != SelectionSettings():
            self.selection = self._selector.of(settings, popularity_penalty or 0)
        elif popularity_penalty:
            self.selection = Selection(popularity_penalty=popularity_penalty)

    def narrowed(self, asked: Narrowing) -> Selection:
        """What a question asks for.

        Raises:
            UsageError: no key that may be an answer is left, or there are no categories.
        """
        return self._selector.narrowed(self.selection, asked) if asked.narrows else self.selection

    @functools.cached_property
    def _selector(self) -> Selector:
        from e2v.vectors.selector import Selector  # which reads files, as most questions need none

        return Selector(self._names, self._settings.categories)
