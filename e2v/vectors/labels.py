"""Keys with labels, such as films with titles: items are named by either, and shown with their labels."""

from __future__ import annotations

from e2v.errors import SharedLabelError, UnknownKeyError
from e2v.store import Artifact, Keys

_SUGGESTIONS = 3


class LabelledKeys:
    """Finds the row of an item by its key or its label, and the label of a row.

    Look-ups scan, as those of `Keys`: a single one against a million items takes milliseconds and no memory.

    keys: n of them. labels: n, empty where an item has none; None if none has.

    Raises:
        ValueError: there are more or fewer labels than keys.
    """

    def __init__(self, keys: Keys, labels: Keys | None = None) -> None:
        if labels is not None and len(labels) != len(keys):
            raise ValueError(f"{len(keys)} keys with {len(labels)} labels")
        self.keys = keys
        self.labels = labels

    @classmethod
    def of(cls, artifact: Artifact) -> LabelledKeys:
        """Those of a corpus, a model or an index."""
        return cls(artifact.keys, artifact.keys_of("labels") if artifact.has("labels") else None)

    def find(self, name: str) -> int:
        """The row of the item that has this key, else of the one that has this label, else -1.

        Raises:
            SharedLabelError: several items have the label.
        """
        row = self.keys.find(name)
        if row >= 0 or self.labels is None or not name:
            return row
        rows = list(self.labels.rows_of(name))
        if len(rows) > 1:
            raise SharedLabelError(name, [self.keys[row] for row in rows])
        return rows[0] if rows else -1

    def row(self, name: str) -> int:
        """As `find`, of an item that is there.

        Raises:
            UnknownKeyError: none has this key or label; with some that look like it.
            SharedLabelError: several items have the label.
        """
        row = self.find(name)
        if row < 0:
            raise self.unknown(name)
        return row

    def unknown(self, name: str) -> UnknownKeyError:
        """The error for what is neither a key nor a label."""
        from e2v.vectors.suggest import suggest  # which a query for a known key need not import

        alike = suggest(self.keys, name, _SUGGESTIONS)
        if self.labels is not None:
            alike += suggest(self.labels, name, _SUGGESTIONS)
        return UnknownKeyError(name, list(dict.fromkeys(alike))[:_SUGGESTIONS])

    def label(self, row: int) -> str | None:
        """What the item of a row is called, if it is."""
        return None if self.labels is None else self.labels[row] or None
