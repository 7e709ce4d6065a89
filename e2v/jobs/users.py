"""Histories become the users' vectors, so that they can be served without the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import Histories, user_histories
from e2v.errors import Advice, UsageError
from e2v.inputs.sources import STDIN, Source
from e2v.jobs.making import digest, leave_unchanged, records
from e2v.notices import hint, notice
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import UserFeatures, UserTable, read_user_table
from e2v.recommend.users import read_histories, write_users
from e2v.store import Artifact, Output, open_artifact, reserved
from e2v.store.provenance import made_by
from e2v.vectors.matrix import Floats


@dataclass(frozen=True)
class UsersResult:
    """Vectors of users.

    items: in their histories. unknown: items that the model does not know. without: users without any other.
    """

    output: Path
    users: int
    dim: int
    items: int
    unknown: int
    without: int


def users(
    model: str | Path,
    corpus: str,
    output: Output,
    user_features: Path | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> UsersResult | None:
    """Write the users' vectors and histories; None if `if_changed` and nothing has.

    corpus: a corpus with the users' ids, or lines of 'user item item ...' on stdin. user_features: a table.

    Raises:
        E2VError: see `write_users`, `read_histories` and `reserved`.
    """
    with reserved("users", [replace(output, kinds=("users",))], [model, corpus, user_features]):
        if if_changed:
            report(Progress("comparing"))
            if leave_unchanged(output.path, "users", _made_of(model, corpus, user_features)):
                return None
        report(Progress("reading"))
        made_of = open_artifact(model, "model")
        provenance: dict[str, Any] = {}
        if corpus == STDIN:
            source = Source(corpus)
            names, histories, unknown = read_histories(source, made_of.keys, report)
            provenance["inputs"] = [source.record()]
        else:
            opened = open_corpus(corpus)
            names, histories = user_histories(opened)
            read = len(histories.items)
            histories = histories.renumbered(made_of.keys.find_all(opened.keys))
            unknown = read - len(histories.items)
            provenance["corpus"] = {"digest": opened.digest}
        features = None
        if user_features is not None:
            table = read_user_table(user_features)
            features = encoded_features(made_of, table, names)
            provenance["user_features"] = table.record
        elif made_of.has("features"):
            notice(
                Advice("no table of features: every user is like the average one; {user_features} names one")
            )
        made = made_by("users", **provenance)
        seen = write_users(output.path, made_of, names, histories, made, features, report)
    return _result(output.path, made_of, seen, unknown)


def encoded_features(model: Artifact, table: UserTable, users: list[str]) -> Floats:
    """float32[U, F]: the features of the users, as the model takes them.

    Raises:
        UsageError: the model takes none.
        InputError: the table has other columns.
    """
    features = UserFeatures.of_model(model)
    if features is None:
        raise UsageError(f"{model.path} takes no features", Advice("leave out {user_features}"))
    numbers, found = features.encode(table, users)
    hint(f"features of {found:,} of {len(users):,} users")
    return numbers


def _made_of(model: str | Path, corpus: str, user_features: Path | None) -> dict[str, Any]:
    """What the provenance will say."""
    features = None if user_features is None else records([user_features])[0]
    made_of: dict[str, Any] = {"model": digest(model), "user_features": features}
    return (
        {**made_of, "inputs": records([corpus])} if corpus == STDIN else {**made_of, "corpus": digest(corpus)}
    )


def _result(output: Path, model: Artifact, seen: Histories, unknown: int) -> UsersResult:
    dim, without = model.arrays["input"].shape[1], int((seen.sizes == 0).sum())
    return UsersResult(output, len(seen), dim, len(seen.items), unknown, without)
