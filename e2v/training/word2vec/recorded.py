"""The settings that a model says it was trained with, checked before a run acts on them."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

from e2v.errors import DamagedFileError, UsageError
from e2v.store import Artifact
from e2v.training.word2vec.settings import TrainConfig, resolve

#: What no run has had: a file that asks for more would take all memory, or never come to an end.
_MOST = {
    "dim": 1 << 20,
    "window": 1 << 20,
    "set_sample": 1 << 20,
    "negative": 1 << 20,
    "epochs": 1 << 20,
    "buckets": 1 << 31,
    "threads": 1 << 16,
    "seed": (1 << 63) - 1,
}


def recorded_settings(model: Artifact) -> dict[str, Any]:
    """The settings of the run that made a model, as far as it says them.

    Raises:
        DamagedFileError: one is of another type, or out of range, or does not go with the others.
    """
    made = model.made.inner("settings")
    settings: dict[str, Any] = {}
    for name, kind in get_type_hints(TrainConfig).items():
        if get_origin(kind) is Literal:
            value: Any = made.text(name, get_args(kind))
        elif kind is int:
            value = made.whole(name, 0, _MOST[name])
        elif name == "subword":
            lengths = made.ngram_lengths(name)
            value = lengths and made.text(name)
        else:
            value = made.number(name)
        if value is not None:
            settings[name] = value
    dim = model.arrays["input"].shape[1]
    if settings.get("dim", dim) != dim:
        raise made.odd("dim", f"{dim}, which its vectors have")
    try:
        resolve({}, settings)
    except UsageError as error:
        raise DamagedFileError(f"{model.path} is damaged: provenance: settings: {error}") from error
    return settings
