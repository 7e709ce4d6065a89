"""Which items may be recommended, where some of them are hidden from everybody."""

from __future__ import annotations

from e2v.errors import Advice, InputError, UsageError
from e2v.recommend.items import Catalogue
from e2v.vectors.selection import Selecting, Selection
from e2v.vectors.settings import Narrowing, SelectionSettings


class SelectingItems(Selecting):
    """What settings select of items, and what of that a question asks for.

    Raises:
        InputError: as `Selecting`; or all items that are left are hidden.
    """

    def __init__(self, items: Catalogue, settings: SelectionSettings, popularity_penalty: float) -> None:
        super().__init__(items.names, settings, popularity_penalty)
        self._items = items
        if self._all_hidden(self.selection):
            files = [*settings.only, *([settings.in_stock] if settings.in_stock else [])]
            raise InputError(*self._reason(f"{', '.join(files)}: " if files else ""))

    def narrowed(self, asked: Narrowing) -> Selection:
        """See `Selecting.narrowed`.

        Raises:
            UsageError: as there; or all items that are left are hidden.
        """
        selection = super().narrowed(asked)
        if asked.narrows and self._all_hidden(selection):
            raise UsageError(*self._reason(""))
        return selection

    def _all_hidden(self, selection: Selection) -> bool:
        hidden, mask = self._items.hidden, selection.mask
        return hidden is not None and mask is not None and bool(hidden[mask].all())

    def _reason(self, where: str) -> tuple[str, Advice]:
        """Why nothing that is left may be recommended, and what to do."""
        had = "somebody has had" if self._items.new_items == "only" else "nobody has had"
        return f"{where}only items are left that {had}", Advice("{new_items} also recommends them")
