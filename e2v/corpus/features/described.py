"""A corpus whose items are described by a table, with those that nobody has had yet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.features.attributes import ItemAttributes
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.table import FeatureTable, read_feature_table
from e2v.errors import InputError
from e2v.notices import counted, hint, notice
from e2v.store import ArtifactWriter, Keys


class DescribedCorpus(Corpus):
    """The corpus, and after its keys those of a table that it does not have, which occur 0 times.

    Attributes:
        n_known: the keys of the corpus, which come first.
        attributes: what they are called. parts: WeightedCsr, a row for each key, see `ItemAttributes.matrix`.
        new: uint8[V], 1 for keys that nobody has had, of the table or of the corpus, but that are described.
        features: what provenance says of the table.

    Raises:
        InputError: the table has none of the items; and as `read_feature_table` and `ItemAttributes.of`.
    """

    def __init__(self, corpus: Corpus, given: FeatureColumns) -> None:
        self.__dict__.update(corpus.__dict__)
        self._made_of = corpus, given
        table = read_feature_table(given, "item")
        if not (corpus.keys.find_all(Keys.from_strings(table.ids)) >= 0).any():
            raise InputError(
                f"{given.path} has none of the {len(corpus.keys):,} items",
                f"its column of ids should hold such as {corpus.keys[0]}, and holds {table.ids[0]}",
            )
        described = ItemAttributes.of(table, given, corpus.keys.take(np.flatnonzero(corpus.counts)))
        unheard = np.flatnonzero(corpus.keys.find_all(described.items) < 0)
        self.n_known = len(corpus.keys)
        self.keys = corpus.keys + described.items.take(unheard)
        self.counts = np.concatenate((corpus.counts, np.zeros(len(unheard), np.int64)))
        self.attributes = described.names
        self.parts = described.matrix(self.keys)
        sizes = np.diff(self.parts.offsets)
        self.new: NDArray[np.uint8] = ((self.counts == 0) & (sizes > 0)).astype(np.uint8)
        self.features = table.record | given.record()
        if corpus.titles is not None:
            self.titles = corpus.titles + _titles(corpus, table, self.keys[self.n_known :])
        bare = int((sizes == 0).sum())
        lost = len(set(table.ids) - set(self.keys))
        for count, what in (
            (bare, "of the corpus of which it says nothing"),
            (lost, "that nobody has had and that have nothing in common with others, left out"),
        ):
            if count:
                notice(f"{given.path}: {counted(count, 'item')} {what}")
        if n_new := int(self.new.sum()):
            hint(f"{given.path}: {counted(n_new, 'item')} that nobody has had yet")

    def __reduce__(self) -> tuple[Any, ...]:
        return DescribedCorpus, self._made_of

    def add_vocabulary(self, writer: ArtifactWriter) -> None:
        """See `Corpus.add_vocabulary`; and which of the items are new."""
        super().add_vocabulary(writer)
        writer.add("new", self.new)


def _titles(corpus: Corpus, table: FeatureTable, new: Keys) -> Keys:
    """What the new keys are called: as a column says that calls all others as the corpus does."""
    titles = corpus.titles or ()
    row_of = {item: row for row, item in enumerate(table.ids)}
    both = [(key, title) for key, title in zip(corpus.keys, titles, strict=True) if title and key in row_of]
    for column in range(len(table.columns)):
        if both and all(table.rows[row_of[key]][column] == title for key, title in both):
            return Keys.from_strings(table.rows[row_of[key]][column] for key in new)
    return Keys.from_strings([""] * len(new))


def described_corpus(corpus: Corpus, given: FeatureColumns | None) -> Corpus:
    """The corpus, described by a table if there is one; see `DescribedCorpus`."""
    return corpus if given is None else DescribedCorpus(corpus, given)
