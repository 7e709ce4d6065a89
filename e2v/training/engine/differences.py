"""What tells two runs apart, for whoever wants to go on with one and has given the settings of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from e2v.errors import E2VError, InputError, SettingError

_HINT = "give the settings and input it was started with, or move it away"

#: What a user calls what provenance names otherwise.
_NAMES = {"start": "vectors to start from", "frozen": "frozen vectors", "version": "version of e2v"}


def another_run(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> E2VError:
    """The error where a checkpoint is not of this run: a SettingError if settings differ, and says which.

    path: of the checkpoint. there, here: the provenance of its model, and of ours.
    """
    differing, values = [], []
    for name, before, now in _settings_apart(there, here):
        differing.append(f"{{{name}}} {{}} there, {{}} here")
        values += [_shown(before), _shown(now)]
    before, now = _inner(there, "cluster"), _inner(here, "cluster")
    for name in dict.fromkeys([*now, *before]):
        if before.get(name) != now.get(name):
            differing.append(f"{{{name}}} {{}} there, {{}} here")
            values += [_shown(before.get(name)), _shown(now.get(name))]
    text = _inner(there, "corpus"), _inner(here, "corpus")
    if _contents(text[0]) != _contents(text[1]):
        others = ["text"]
    elif text[0] != text[1] and _inner(text[0], "settings") == _inner(text[1], "settings"):
        others = ["corpus"]
    else:
        others = []
    rest = sorted((there.keys() | here.keys()) - {"settings", "corpus", "cluster"})
    others += [_NAMES.get(name, name) for name in rest if there.get(name) != here.get(name)]
    differing += [f"another {name}" for name in others]
    what = "is the checkpoint of another run"
    if values:
        return SettingError(f"{{}} {what}: {'; '.join(differing)}", path, *values, hint=_HINT)
    return InputError(f"{path} {what}: {'; '.join(differing)}", _HINT)


def _settings_apart(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Name and both values of each setting that differs, of the training and then of the text."""
    for one, other in ((there, here), (_inner(there, "corpus"), _inner(here, "corpus"))):
        before, now = _inner(one, "settings"), _inner(other, "settings")
        for name in dict.fromkeys([*now, *before]):
            if name.isidentifier() and before.get(name) != now.get(name):
                yield name, before.get(name), now.get(name)


def _inner(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in another; an empty one where there is none, as in a file that somebody has made up."""
    value = values.get(name)
    return value if isinstance(value, Mapping) else {}


def _contents(corpus: Mapping[str, Any]) -> list[Any]:
    """The digests of what a corpus is made of."""
    inputs = corpus.get("inputs")
    every = inputs if isinstance(inputs, list) else []
    return [one.get("sha256") if isinstance(one, Mapping) else one for one in every]


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
