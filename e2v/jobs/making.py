"""What every job that makes something does the same way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from e2v.corpus.features.columns import FeatureColumns
from e2v.errors import Advice, InputError, UsageError
from e2v.inputs.sources import STDIN, open_sources
from e2v.store import open_artifact
from e2v.store.provenance import made_by


def source_names(inputs: Sequence[str]) -> list[str]:
    """The files that inputs are, globs being matched.

    Raises:
        InputError: there is no such file.
    """
    return [source.name for source in open_sources(inputs)]


def leave_unchanged(output: Path, command: str, expected: Mapping[str, Any]) -> bool:
    """Whether `output` is what a job would make; then it counts as made now, for programs that go by times.

    expected: what the provenance would say, where names of files do not matter; None is nothing.
    """
    try:
        artifact = open_artifact(output)
        if not _matches({**made_by(command), **expected}, artifact.provenance):
            return False
        artifact.check(*artifact.arrays)
    except InputError:  # there is none, it is not what this job makes, or it is damaged
        return False
    os.utime(output)
    return True


def no_file_to_compare() -> UsageError:
    """The error where `if_changed` is asked of an output that is a stream."""
    return UsageError("there is no file that could be left unchanged", "name one with -o")


def records(inputs: Iterable[str | Path]) -> list[dict[str, Any]]:
    """What the provenance says of files that a job reads, but for their names: sizes and digests.

    Raises:
        UsageError: one of them is stdin, which cannot be read twice.
        InputError: one cannot be read.
    """
    names = [str(name) for name in inputs]
    if STDIN in names:
        raise UsageError(
            "stdin cannot be read twice, to see whether it has changed",
            Advice("name files, or leave out {if_changed}"),
        )
    sources = open_sources(names)
    for source in sources:
        for _ in source.chunks(text=False):
            pass
    return [{"bytes": source.position, "sha256": source.sha256} for source in sources]


def recorded_features(given: FeatureColumns | None) -> dict[str, Any] | None:
    """What the provenance says of a table of items' features, but for its name; None is none.

    Raises:
        UsageError, InputError: as `records`.
    """
    return None if given is None else records([given.path])[0] | given.record()


def digest(path: str | Path | None, output: Path | None = None) -> dict[str, Any] | None:
    """What the provenance says of an .e2v file that a job reads, but for its name; None is none.

    output: what is made in place of that file has replaced what it was made of, and counts as made of it.
    """
    if path is None:
        return None
    if output is not None and output.exists() and Path(path).samefile(output):
        return {}
    return {"digest": open_artifact(path).digest}


def _matches(expected: Any, made: Any) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(made, Mapping) and all(
            made.get(name) == value if name == "settings" else _matches(value, made.get(name))
            for name, value in expected.items()
            if name != "name"
        )
    if isinstance(expected, list):
        pairs = (
            zip(expected, made, strict=True)
            if isinstance(made, list) and len(made) == len(expected)
            else None
        )
        return pairs is not None and all(_matches(one, other) for one, other in pairs)
    return bool(expected == made)
