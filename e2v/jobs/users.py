"""Histories become the users' vectors, so that they can be served without the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import open_corpus
from e2v.corpus.features.table import FeatureTable
from e2v.corpus.histories import Histories, user_histories
from e2v.errors import Advice, InputError, UsageError
from e2v.inputs.sources import STDIN, Source
from e2v.jobs.making import digest, leave_unchanged, records
from e2v.notices import counted, hint, notice
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import UserFeatures, read_user_table
from e2v.recommend.updated_users import UpdatedUsers, updated_users
from e2v.recommend.users import read_histories, write_users
from e2v.store import Artifact, Output, open_artifact, reserved
from e2v.store.provenance import made_by
from e2v.vectors.matrix import Floats


@dataclass(frozen=True)
class UsersResult:
    """Vectors of users.

    items: different ones in their histories, summed up. unknown: items that the model does not know. without:
    users without any other. changed, new: users with new events, and how many of these were not there before;
    None where nothing was. events: how many were added; None likewise.
    """

    output: Path
    users: int
    dim: int
    items: int
    unknown: int
    without: int
    changed: int | None = None
    new: int | None = None
    events: int | None = None


def users(
    model: str | Path,
    corpus: str,
    output: Output,
    user_features: Path | None = None,
    update: Path | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> UsersResult | None:
    """Write the users' vectors and histories; None if `if_changed` and nothing has.

    corpus: a corpus with the users' ids, or lines of 'user item item ...' on stdin. user_features: a table.
    update: a file of users, whose events these follow; it may be replaced.

    Raises:
        InputError: the model knows none of the items, or `update` has these events already.
        E2VError: see `write_users`, `read_histories`, `updated_users` and `reserved`.
    """
    files = [model, corpus, user_features, update]
    with reserved("users", [replace(output, kinds=("users",))], files, replacing=update):
        if if_changed:
            report(Progress("comparing"))
            expected = _made_of(model, corpus, user_features, digest(update, output.path))
            if leave_unchanged(output.path, "users", expected):
                return None
            if update is not None and _is_there(model, corpus, user_features, update, output.path):
                return None
        report(Progress("reading"))
        made_of = open_artifact(model, "model")
        made_of.check_content()
        before = None if update is None else open_artifact(update, "users")
        provenance: dict[str, Any] = {}
        if corpus == STDIN:
            source = Source(corpus)
            names, histories, unknown = read_histories(source, made_of.keys, report)
            provenance["inputs"] = [source.record()]
            _check_new(before, source.record(), "stdin")
        else:
            opened = open_corpus(corpus)
            _check_new(before, {"digest": opened.digest}, corpus)
            names, histories = user_histories(opened)
            read = len(histories.items)
            histories = histories.renumbered(made_of.keys.find_all(opened.keys))
            unknown = read - len(histories.items)
            provenance["corpus"] = {"digest": opened.digest}
        if unknown and not len(histories.items):
            name = "stdin" if corpus == STDIN else corpus
            raise InputError(
                f"none of the {counted(unknown, 'item')} of {name} is known to {model}",
                f"it knows such as {made_of.keys[0]}" if len(made_of.keys) else "",
            )
        added = len(histories.items)
        table = None if user_features is None else read_user_table(user_features)
        updated = None
        if before is not None:
            updated = updated_users(before, made_of, names, histories, table)
            provenance["update"] = {"digest": before.digest}
            provenance["earlier"] = _events_of(before)
            names, histories = list(updated.names), updated.histories
        features = None
        if table is not None:
            features = encoded_features(made_of, table, names)
            provenance["user_features"] = table.record
        elif made_of.has("features"):
            notice(
                Advice("no table of features: every user is like the average one; {user_features} names one")
            )
        made = made_by("users", **provenance)
        write_users(output.path, made_of, names, histories, made, features, report, updated=updated)
    return _result(output.path, made_of, histories, unknown, updated, added)


def encoded_features(model: Artifact, table: FeatureTable, users: list[str]) -> Floats:
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


def _made_of(
    model: str | Path, corpus: str, user_features: Path | None, update: dict[str, Any] | None
) -> dict[str, Any]:
    """What the provenance will say."""
    features = None if user_features is None else records([user_features])[0]
    made_of: dict[str, Any] = {"model": digest(model), "user_features": features, "update": update}
    return (
        {**made_of, "inputs": records([corpus])} if corpus == STDIN else {**made_of, "corpus": digest(corpus)}
    )


def _events_of(users: Artifact) -> list[dict[str, Any]]:
    """What the provenance says of all the events in a file of users: digests, in their order."""
    made = users.made
    last = [made.inner("corpus")] if "corpus" in made else made.items_of("inputs")
    kept = ("digest", "sha256")
    return [
        {name: record[name] for name in kept if name in record}
        for record in (*made.items_of("earlier"), *last)
    ]


def _check_new(before: Artifact | None, events: dict[str, Any], name: str) -> None:
    """See that the events called `name`, of which the provenance will say `events`, are not there yet.

    Raises:
        InputError: they are, and would count twice.
    """
    if before is not None and _has(before, events):
        raise InputError(
            f"{before.path} has the events of {name} already, which would count twice",
            "update it with new events only",
        )


def _has(users: Artifact, events: dict[str, Any]) -> bool:
    field = "digest" if "digest" in events else "sha256"
    return any(record.get(field) == events[field] for record in _events_of(users))


def _is_there(model: str | Path, corpus: str, user_features: Path | None, update: Path, output: Path) -> bool:
    """Whether `output` is the file to be updated, and has these events, be they not its last ones."""
    made_of = _made_of(model, corpus, user_features, digest(update, output))
    if made_of["update"] or not _has(open_artifact(update, "users"), made_of["corpus"]):
        return False
    unchanging = {name: made_of[name] for name in ("model", "user_features")}
    return leave_unchanged(output, "users", unchanging)


def _result(
    output: Path,
    model: Artifact,
    histories: Histories,
    unknown: int,
    updated: UpdatedUsers | None,
    added: int,
) -> UsersResult:
    dim, without = model.arrays["input"].shape[1], int((histories.sizes == 0).sum())
    items = len(histories.first_occurrences().items)
    changed = new = events = None
    if updated is not None:
        changed, new, events = int(updated.changed.sum()), len(histories) - len(updated.vectors), added
    return UsersResult(output, len(histories), dim, items, unknown, without, changed, new, events)
