"""From histories to a users file: a vector for each user, and what each has seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.histories import Histories
from e2v.errors import InputError
from e2v.inputs.dialect import DialectOptions
from e2v.inputs.faults import Faults
from e2v.inputs.rows import item_lines
from e2v.inputs.sources import Source
from e2v.inputs.tables import refuse_tables
from e2v.progress import Progress, Report, reported, silent
from e2v.recommend.updated_users import UpdatedUsers
from e2v.recommend.user_vectors import user_vectors
from e2v.store import Artifact, ArtifactWriter, Keys
from e2v.vectors.matrix import Floats

_USERS_AT_ONCE = 4096


def read_histories(source: Source, keys: Keys, report: Report = silent) -> tuple[list[str], Histories, int]:
    """Users, their histories in rows of `keys`, and how many items are none of these.

    Reads lines of 'user item item ...'; several of one user are joined, in their order. A user may have no
    item at all.

    Raises:
        InputError: the source is empty or unreadable.
    """
    instead = "e2v events makes a corpus of it: e2v events LOG -o corpus.e2v, e2v users MODEL corpus.e2v"
    refuse_tables(source, DialectOptions(), instead)
    rows: dict[str, list[int]] = {}
    unknown = 0
    faults = Faults(strict=True, strict_remarks=False)
    for _, (user, *items) in item_lines(source, faults):
        found = [keys.find(item) for item in items]
        unknown += found.count(-1)
        rows.setdefault(user, []).extend(row for row in found if row >= 0)
        if not len(rows) % _USERS_AT_ONCE:
            report(Progress("reading", "bytes", source.position, source.size))
    faults.tell_remarks()
    offsets = np.cumsum([0, *map(len, rows.values())], dtype=np.int64)
    every = np.fromiter((row for history in rows.values() for row in history), np.int32, int(offsets[-1]))
    return list(rows), Histories(offsets, every), unknown


def write_users(
    path: Path,
    model: Artifact,
    users: Sequence[str],
    histories: Histories,
    provenance: dict[str, Any],
    features: Floats | None = None,
    report: Report = silent,
    *,
    updated: UpdatedUsers | None = None,
) -> None:
    """Write a users file, whole or not at all.

    histories: a row for each user, of rows of the model's keys. features: float32[U, F], as `UserFeatures`
    encodes them, or None. updated: of the same users, whose vectors are not all to be made.

    Raises:
        InputError: there is no user.
        OutputError: the file cannot be written.
    """
    if not len(users):
        raise InputError("there is no user to make a vector of")
    with ArtifactWriter(path, "users", {**provenance, "model": {"digest": model.digest}}) as writer:
        writer.add_keys("keys", Keys.from_strings(users))
        vectors = writer.stream("vectors", np.float32, (model.arrays["input"].shape[1],))
        every = np.arange(len(users))
        parts = (every[first : first + _USERS_AT_ONCE] for first in range(0, len(users), _USERS_AT_ONCE))
        for rows in reported(parts, report, "computing", "users", len(users)):
            vectors.write(_vectors(model, histories, rows, features, updated))
        report(Progress("writing"))
        writer.add("seen.items", histories.items)
        writer.add("seen.offsets", histories.offsets)


def _vectors(
    model: Artifact,
    histories: Histories,
    rows: NDArray[np.int64],
    features: Floats | None,
    updated: UpdatedUsers | None,
) -> Floats:
    """float32[m, d]: the vectors of some users, made or as they were; see `write_users`."""
    made = rows if updated is None else rows[updated.changed[rows]]
    vectors = user_vectors(model, histories.take(made), None if features is None else features[made])
    if updated is None or len(made) == len(rows):
        return vectors
    found = np.empty((len(rows), vectors.shape[1]), np.float32)
    stay = rows[~updated.changed[rows]]
    found[made - rows[0]] = vectors
    found[stay - rows[0]] = updated.vectors[stay]
    return found
