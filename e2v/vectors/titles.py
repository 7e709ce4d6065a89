"""Keys with titles, such as those of films: items are named by either, and shown with their titles."""

from __future__ import annotations

from e2v.errors import SharedTitleError, UnknownKeyError
from e2v.inputs.keys import as_written
from e2v.store import Artifact, Keys

_SUGGESTIONS = 3


class TitledKeys:
    """Finds the row of an item by its key or its title, and the title of a row.

    Look-ups scan, as those of `Keys`: a single one against a million items takes milliseconds and no memory.

    keys: n of them. titles: n, empty where an item has none; None if none has.

    Raises:
        ValueError: there are more or fewer titles than keys.
    """

    def __init__(self, keys: Keys, titles: Keys | None = None) -> None:
        if titles is not None and len(titles) != len(keys):
            raise ValueError(f"{len(keys)} keys with {len(titles)} titles")
        self.keys = keys
        self.titles = titles

    @classmethod
    def of(cls, artifact: Artifact) -> TitledKeys:
        """Those of a corpus, a model or an index."""
        return cls(artifact.keys, artifact.titles)

    def rows_of(self, name: str) -> list[int]:
        """The row of the item that has this key, else those of the items that have this title.

        Where there are none, those of the name without the blanks around it.
        """
        for written in as_written(name):
            row = self.keys.find(written)
            if row >= 0:
                return [row]
            if self.titles is not None and written and (rows := list(self.titles.rows_of(written))):
                return rows
        return []

    def find(self, name: str) -> int:
        """The row of the item that this names, by its key or its title; -1 if there is none.

        Raises:
            SharedTitleError: several items have the title.
        """
        rows = self.rows_of(name)
        if len(rows) > 1:
            raise SharedTitleError(name, [self.keys[row] for row in rows])
        return rows[0] if rows else -1

    def row(self, name: str) -> int:
        """As `find`, of an item that is there.

        Raises:
            UnknownKeyError: none has this key or title; with some that look like it.
            SharedTitleError: several items have the title.
        """
        row = self.find(name)
        if row < 0:
            raise self.unknown(name)
        return row

    def unknown(self, name: str) -> UnknownKeyError:
        """The error for what is neither a key nor a title."""
        from e2v.vectors.suggest import suggest  # which a query for a known key need not import

        alike = suggest(self.keys, name, _SUGGESTIONS)
        if self.titles is not None:
            alike += suggest(self.titles, name, _SUGGESTIONS)
        return UnknownKeyError(name, list(dict.fromkeys(alike))[:_SUGGESTIONS])

    def beginning_with(self, begun: str, limit: int) -> list[str]:
        """Up to `limit` keys, and then titles, that begin so; the first come first."""
        from e2v.vectors.suggest import beginning_with

        found = beginning_with(self.keys, begun, limit)
        if self.titles is not None and begun:
            found += beginning_with(self.titles, begun, limit - len(found))
        return found

    def title(self, row: int) -> str | None:
        """What the item of a row is called, if it is."""
        return None if self.titles is None else self.titles[row] or None
