"""A run that can be stopped and gone on with: training, its checkpoint, and when to save one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

from e2v.durations import Interval
from e2v.errors import Advice, OutputError
from e2v.store.rescue import rescued
from e2v.training.engine.checkpoint import State, checkpoint_path, read_checkpoint, write_checkpoint
from e2v.training.engine.reached import Reached
from e2v.training.engine.runner import TrainProgress, UnitRunner


class Run(State, Protocol):
    """A training that can be stopped between units of work, and gone on with.

    Attributes:
        runner: trains the rest of the schedule; knows how many units are done.
        counted: what its tokens are, as a user calls them: "words".
    """

    runner: UnitRunner
    counted: Literal["words", "examples"]

    def figures(self) -> dict[str, float]:
        """What has been reached, besides the loss and the learning rate."""

    def resume_at(self, units: int, seconds: float) -> None:
        """Make the next unit to train the one after the first `units`, which took `seconds`."""

    def conclude(self) -> None:
        """Do what is left to do once the schedule has ended.

        Raises:
            TrainingError: nothing was learned.
        """

    def save(self, path: Path, provenance: dict[str, Any]) -> None:
        """Write the model.

        Raises:
            TrainingError: it holds a nan or infinity.
            OutputError: it cannot be written.
        """


Training = TypeVar("Training", bound=Run)


class Session(Generic[Training]):
    """A training that leaves `output` alone until its end, and a checkpoint beside it if it is stopped.

    provenance: the model's; a checkpoint of another provenance is refused.
    """

    def __init__(self, training: Training, output: Path, provenance: dict[str, Any]) -> None:
        self.training = training
        self.output = output
        self.checkpoint = checkpoint_path(output)
        self.provenance = provenance

    @property
    def reached(self) -> Reached:
        """How far the training has come."""
        return replace(self.training.runner.reached, counted=self.training.counted)

    def resume(self) -> bool:
        """Take up the checkpoint; False if there is none. See `read_checkpoint` for errors."""
        if not self.checkpoint.exists():
            return False
        reached, losses = read_checkpoint(self.checkpoint, self.training, self.provenance)
        self.training.resume_at(reached.units, reached.seconds)
        if losses:
            self.training.runner.recall(losses)
        return True

    def run(
        self,
        interval: Interval | None = None,
        on_save_error: Callable[[OutputError], object] | None = None,
    ) -> Generator[TrainProgress]:
        """Train to the end, saving a checkpoint now and then. When closed, finishes the units under way.

        interval: between two checkpoints. on_save_error: called where one cannot be saved, and the training
        goes on; without it, the error is raised.
        """
        runner = self.training.runner
        finished = False
        while not finished:
            saved_at, saved_epochs = time.monotonic(), runner.epochs
            with closing(runner.run()) as events:
                for progress in events:
                    yield progress
                    if interval and interval.is_over(
                        time.monotonic() - saved_at, runner.epochs - saved_epochs
                    ):
                        break
                else:
                    finished = True
            if not finished:
                try:
                    self.save_checkpoint()
                except OutputError as error:
                    if on_save_error is None:
                        raise
                    on_save_error(error)

    def save_checkpoint(self, path: Path | None = None) -> None:
        """Save what is done, between units; `path`: elsewhere than beside the output."""
        losses = self.training.runner.losses
        write_checkpoint(path or self.checkpoint, self.training, self.provenance, self.reached, losses)

    def finish(self) -> None:
        """Write the model in place of what was there, and drop the checkpoint.

        Raises:
            TrainingError: nothing was learned, or the model holds a nan or infinity.
            OutputError: it cannot be written; it says where the checkpoint is, or else the model.
        """
        self.training.conclude()
        try:
            self.training.save(self.output, self.provenance)
        except OutputError as error:
            raise self._kept(error) from error
        self.checkpoint.unlink(missing_ok=True)

    def _kept(self, error: OutputError) -> OutputError:
        """Keep a training whose model cannot be written."""
        try:
            self.save_checkpoint()
        except OutputError:
            return rescued(
                error,
                "the model",
                self.output.name,
                lambda path: self.training.save(path, self.provenance),
            )
        kept = Advice("{} holds what was done, and {resume} goes on from it", self.checkpoint)
        return OutputError(error.message, Advice("{}; {}", error.hint, kept) if error.hint else kept)
