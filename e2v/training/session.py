"""A run that can be stopped and gone on with: training, its checkpoint, and when to save one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.training.checkpoint import checkpoint_path, read_checkpoint, write_checkpoint
from e2v.training.trainer import TrainProgress
from e2v.training.word2vec import Training


@dataclass(frozen=True, slots=True)
class Interval:
    """How often: every so many seconds or units."""

    seconds: float | None = None
    units: int | None = None


class Session:
    """A training that leaves `output` alone until its end, and a checkpoint beside it if it is stopped.

    provenance: the model's; a checkpoint of another provenance is refused.
    """

    def __init__(self, training: Training, output: Path, provenance: dict[str, Any]) -> None:
        self.training = training
        self.output = output
        self.checkpoint = checkpoint_path(output)
        self._provenance = provenance

    def resume(self) -> bool:
        """Take up the checkpoint; False if there is none. InputError if it is another run's."""
        if not self.checkpoint.exists():
            return False
        units, seconds = read_checkpoint(self.checkpoint, self.training.model, self._provenance)
        self.training.start_at(units, seconds)
        return True

    def run(self, every: Interval | None = None) -> Iterator[TrainProgress]:
        """Train to the end, saving a checkpoint now and then; when closed, the units under way are finished."""
        runner = self.training.runner
        finished = False
        while not finished:
            saved_at, saved_units = time.monotonic(), runner.units
            with closing(runner.run()) as events:
                for progress in events:
                    yield progress
                    if every and _due(every, time.monotonic() - saved_at, runner.units - saved_units):
                        break
                else:
                    finished = True
            if not finished:
                self.save_checkpoint()

    def save_checkpoint(self) -> None:
        """Save what is done, between units."""
        runner = self.training.runner
        write_checkpoint(
            self.checkpoint, self.training.model, self._provenance, runner.units, runner.seconds
        )

    def finish(self) -> None:
        """Write the model in place of what was there, and drop the checkpoint."""
        self.training.save(self.output, self._provenance)
        self.checkpoint.unlink(missing_ok=True)


def _due(every: Interval, seconds: float, units: int) -> bool:
    if every.seconds is not None and seconds >= every.seconds:
        return True
    return every.units is not None and units >= every.units
