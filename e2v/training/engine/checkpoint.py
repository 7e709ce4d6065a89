"""Saving a run under way, and going on from it as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from e2v.errors import Advice, DamagedFileError, InputError, UsageError
from e2v.store import Artifact, ArtifactWriter, open_artifact
from e2v.store.explain import explained
from e2v.store.reader import refuse_short
from e2v.training.engine.differences import another_run
from e2v.training.engine.reached import Reached
from e2v.training.engine.runner import Losses

KIND = "checkpoint"


class State(Protocol):
    """What a run has changed, and goes on with."""

    def write_state(self, writer: ArtifactWriter) -> None:
        """Add it to a checkpoint.

        Raises:
            TrainingError: it holds a nan or infinity.
        """

    def read_state(self, saved: Artifact) -> None:
        """Take it from a checkpoint.

        Raises:
            InputError: it is of another shape.
        """


def checkpoint_path(output: Path) -> Path:
    """Where the checkpoint of the run that makes `output` lies: beside it."""
    return output.with_name(output.name + ".ckpt")


def aside_path(checkpoint: Path) -> Path:
    """Where a checkpoint is put by a run that begins anew beside it."""
    return checkpoint.with_name(checkpoint.name + ".old")


def put_aside(checkpoint: Path) -> bool:
    """Rename a checkpoint to `aside_path`; False if the one that is there holds all of it.

    Of two checkpoints of one run the further one is kept, as the other is on its way.

    Raises:
        OutputError: it cannot be renamed.
    """
    aside = aside_path(checkpoint)
    if _goes_further(aside, checkpoint):
        return False
    with explained(aside, aside):
        checkpoint.replace(aside)
    return True


def _goes_further(one: Path, other: Path) -> bool:
    """Whether two files are checkpoints of one run, and the first is at least as far."""
    try:
        first, second = (open_artifact(path, KIND) for path in (one, other))
        first.check(*first.arrays)
        reached, reached_by_other = (Reached.read(artifact.made) for artifact in (first, second))
    except InputError:
        return False
    return (
        _without_state(first.provenance) == _without_state(second.provenance)
        and reached.units >= reached_by_other.units
    )


def _without_state(provenance: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in provenance.items() if name != "state"}


def refuse_other_file(path: Path) -> None:
    """A file where the checkpoint is to be has to be a checkpoint, for it will be replaced and removed.

    Raises:
        UsageError: it is something else.
        InputError: it cannot be read.
    """
    if not path.exists() and not path.is_symlink():
        return
    try:
        refuse_short(path)
        open_artifact(path, KIND)
    except DamagedFileError:
        pass
    except InputError as error:
        if isinstance(error.__cause__, OSError):
            raise
        raise UsageError(
            f"{path} is where a checkpoint would be written, and is none ({error.message})",
            "move it away, or name another output",
        ) from error


def write_checkpoint(
    path: Path, run: State, provenance: dict[str, Any], reached: Reached, losses: Losses
) -> None:
    """Save a run as it is when so much is done, the last units of it with these losses.

    provenance is that of the model to come; it names the settings and the corpus, and so the rest of
    the run. TrainingError, and the last checkpoint stays, if it has gone wrong.
    """
    with ArtifactWriter(path, KIND, {**provenance, "state": reached.state()}) as writer:
        run.write_state(writer)
        writer.add("losses", losses.losses)
        writer.add("loss_pairs", losses.pairs)


def read_checkpoint(path: Path, run: State, provenance: dict[str, Any]) -> tuple[Reached, Losses | None]:
    """Take up a run; returns how far it had come, and the losses of its last units, if it has them.

    Raises:
        SettingError, InputError: the checkpoint is of another run: other settings, another text.
        DamagedFileError: it is damaged, or does not say how far the run has come.
    """
    try:
        return _read_checkpoint(path, run, provenance)
    except DamagedFileError as error:
        raise error.hinted(Advice("move it away, or leave out {resume} to begin anew")) from error


def _read_checkpoint(path: Path, run: State, provenance: dict[str, Any]) -> tuple[Reached, Losses | None]:
    saved = open_artifact(path, KIND)
    made_by = _without_state(saved.provenance)
    if made_by != provenance:
        raise another_run(path, made_by, provenance)
    reached = Reached.read(saved.made)
    saved.check(*saved.arrays)
    run.read_state(saved)
    if not saved.has("losses"):
        return reached, None
    return reached, Losses(saved.arrays["losses"], saved.arrays["loss_pairs"])


def saved_array(saved: Artifact, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """An array of a checkpoint.

    Raises:
        InputError: there is none, or it is of another shape.
    """
    found = saved.arrays[name].shape if saved.has(name) else None
    if found != shape:
        raise InputError(f"{saved.path} does not fit the model: {name} is {found}")
    return saved.arrays[name]
