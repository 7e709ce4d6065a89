"""The settings that a model says it was trained with, checked before a run acts on them."""

from __future__ import annotations

from typing import Any

from e2v.errors import DamagedFileError, SettingError
from e2v.settings import declared, resolve
from e2v.store import Artifact
from e2v.training.word2vec.settings import Word2VecSettings


def recorded_settings(model: Artifact) -> dict[str, Any]:
    """The settings of the run that made a model, as far as it says them.

    Raises:
        DamagedFileError: one is of another type, or out of range, or does not go with the others.
    """
    made = model.made.inner("settings")
    try:
        settings = {
            name: one.value(value)
            for name, one in declared(Word2VecSettings).items()
            if one.recorded and (value := made.get(name)) is not None
        }
        resolve(Word2VecSettings, {}, settings)
    except SettingError as error:
        raise DamagedFileError(f"{model.path} is damaged: provenance: settings: {error}") from error
    dim = model.arrays["input"].shape[1]
    if settings.get("dim", dim) != dim:
        raise made.odd("dim", f"{dim}, which its vectors have")
    return settings
