"""How good and how fast a search is, on users like those that it will serve."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from e2v.errors import Advice, InputError
from e2v.recommend.search import Search
from e2v.recommend.user_store import StoredUsers, User, user_of_history
from e2v.store import Artifact

_SAMPLE = 1000


class SearchMeasurement(NamedTuple):
    """recall: the share of what exact search finds that is found. per_second: users answered."""

    recall: float
    per_second: float


def sample_users(users: StoredUsers, seed: int = 1) -> list[User]:
    """A thousand of the users of whom something is known, or all of these if there are fewer.

    Raises:
        InputError: there is none.
    """
    rows = np.random.default_rng(seed).permutation(len(users.keys))
    known = (user for user in map(users.at, rows.tolist()) if user.known)
    sample = list(islice(known, _SAMPLE))
    if not sample:
        raise InputError(
            f"{users.path} has no user with an item that the model knows",
            Advice("measure without {users}"),
        )
    return sample


def sample_single_item_users(model: Artifact, seed: int = 1) -> list[User]:
    """A thousand users who each have a single item; frequent items more often."""
    counts = model.arrays["counts"] + 1.0
    items = np.random.default_rng(seed).choice(len(counts), _SAMPLE, p=counts / counts.sum()).astype(np.int32)
    return [user_of_history(model, items[[row]]) for row in range(_SAMPLE)]


def measure(search: Search, exact: Search, users: Sequence[User], n: int = 10) -> SearchMeasurement:
    """Recall at n against exact search, and speed: users are searched for in batches, one thread at work."""
    started = time.perf_counter()
    found = _rows(search, users, n)
    seconds = time.perf_counter() - started
    expected = found if search is exact else _rows(exact, users, n)
    hits = sum(len(a & b) for a, b in zip(found, expected, strict=True))
    wanted = sum(map(len, expected))
    return SearchMeasurement(hits / wanted if wanted else 1.0, len(users) / seconds)


def _rows(search: Search, users: Sequence[User], n: int) -> list[set[int]]:
    return [
        set(found.rows.tolist())
        for first in range(0, len(users), search.batch_size)
        for found in search.find(users[first : first + search.batch_size], n)
    ]
