"""Interactions to histories, slowly: dictionaries and lists of bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Event = tuple[str, str, int]


def corpus(
    events: Sequence[Event], *, ordered: bool, by_time: bool, min_count: int = 1, max_vocab: int | None = None
) -> tuple[list[str], list[int], dict[str, list[str]]]:
    """(keys, counts, user -> items) of events (user, item, time)."""
    histories: dict[str, list[tuple[str, int]]] = {}
    for user, item, time in events:
        histories.setdefault(user, []).append((item, time))
    kept: dict[str, list[str]] = {}
    for user, history in histories.items():
        in_order = sorted(history, key=lambda pair: pair[1]) if by_time else history  # a stable sort
        items = [item for item, _ in in_order]
        kept[user] = items if ordered else list(dict.fromkeys(items))
    counts = Counter(item for items in kept.values() for item in items)
    keys = sorted(counts, key=lambda key: (-counts[key], key.encode()))
    keys = [key for key in keys if counts[key] >= min_count][:max_vocab]
    left = {user: [item for item in items if item in keys] for user, items in kept.items()}
    return keys, [counts[key] for key in keys], {user: items for user, items in left.items() if items}
