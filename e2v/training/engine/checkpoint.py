"""Saving a run under way, and going on from it as if nothing had happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import DamagedFileError, InputError, UsageError
from e2v.store import ArtifactWriter, open_artifact
from e2v.training.word2vec.model import Model, check_finite, row_blocks

KIND = "checkpoint"


def checkpoint_path(output: Path) -> Path:
    """Where the checkpoint of the run that makes `output` lies: beside it."""
    return output.with_name(output.name + ".ckpt")


def refuse_other_file(path: Path) -> None:
    """A file where the checkpoint is to be has to be a checkpoint, for it will be replaced and removed.

    Raises:
        UsageError: it is something else.
    """
    if not path.exists() and not path.is_symlink():
        return
    try:
        open_artifact(path, KIND)
    except DamagedFileError:
        pass
    except InputError as error:
        raise UsageError(
            f"{path} is where a checkpoint would be written, and is none ({error.message})",
            "move it away, or name another output",
        ) from error


def write_checkpoint(
    path: Path, model: Model, provenance: dict[str, Any], units: int, seconds: float
) -> None:
    """Save the matrices as they are after the first `units` units and `seconds` of training.

    provenance is that of the model to come; it names the settings and the corpus, and so the rest of
    the run. TrainingError, and the last checkpoint stays, if they hold a nan or infinity.
    """
    check_finite(model)
    state = {**provenance, "state": {"units": units, "seconds": round(seconds, 3)}}
    with ArtifactWriter(path, KIND, state) as writer:
        for name, matrix in (("rows", model.inputs), ("output", model.outputs)):
            stream = writer.stream(name, np.float32, (model.dim,))
            for block in row_blocks(matrix):
                stream.write(block[:, : model.dim])


def read_checkpoint(path: Path, model: Model, provenance: dict[str, Any]) -> tuple[int, float]:
    """Load the matrices into `model`; returns the units and the seconds that they took.

    Raises InputError when the checkpoint is of another run: other settings, another text; DamagedFileError
    when it does not say how far the run has come.
    """
    saved = open_artifact(path, KIND)
    made_by = {k: v for k, v in saved.provenance.items() if k != "state"}
    if made_by != provenance:
        differing = sorted(
            k for k in made_by.keys() | provenance.keys() if made_by.get(k) != provenance.get(k)
        )
        raise InputError(
            f"{path} is the checkpoint of another run: its {' and '.join(differing)} differ",
            "give the settings and input it was started with, or remove it",
        )
    state = saved.made.inner("state")
    units, seconds = state.whole("units"), state.number("seconds", 0)
    if units is None or seconds is None:
        raise DamagedFileError(f"{path} is damaged: it does not say how far the run has come")
    saved.check(*saved.arrays)
    for name, matrix in (("rows", model.inputs), ("output", model.outputs)):
        if saved.arrays[name].shape != (len(matrix), model.dim):
            raise InputError(f"{path} does not fit the model: {name} is {saved.arrays[name].shape}")
        matrix[:, : model.dim] = saved.arrays[name]
    return units, seconds
