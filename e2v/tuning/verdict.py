"""What a search has found: which settings, whether they are better than the defaults, and how to use them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.evaluation.comparison import is_certain
from e2v.settings import declared, option_name
from e2v.tuning.table import Trial


@dataclass(frozen=True)
class Found:
    """The trials of the last round, best first.

    measure: what their values are the mean of. unit, whole: of how many a sample could be. trials, rounds:
    how many there were of all.
    """

    finalists: Sequence[Trial]
    measure: str
    unit: str
    whole: int
    trials: int
    rounds: int

    @property
    def best(self) -> Trial:
        """The best by the cases by which settings are chosen."""
        return self.finalists[0]

    @property
    def chosen(self) -> Trial:
        """The best, where the other cases confirm that it is better than the defaults; else these."""
        if self.best.number and is_certain(self.best.ahead or 0.0, self.best.error):
            return self.best
        return next(trial for trial in self.finalists if trial.number == 0)

    @property
    def verdict(self) -> str:
        """What is chosen, and why, in a line."""
        best, chosen = self.best, self.chosen
        default = next(trial for trial in self.finalists if trial.number == 0)
        on = "" if best.size == self.whole else f"; on {best.size:,} of {self.whole:,} {self.unit}"
        if len(self.finalists) == 1:
            return "the defaults are kept: there was no time for others, or they failed"
        if best is default:
            return f"the defaults are kept: of {self.trials:,} trials none came out above them{on}"
        error = "-" if best.error is None else f"{best.error:.4f}"
        figures = (
            f"{self.measure} {best.confirmed or 0:.4f}, by default {default.confirmed or 0:.4f}; difference "
            f"{best.ahead or 0:+.4f}, standard error {error}{on}"
        )
        if chosen is best:
            return f"better than the defaults: {figures}"
        return f"the defaults are kept, the best of {self.trials:,} trials is not surely better: {figures}"


def command_line(
    command: str,
    preset: str | None,
    of: type,
    corpus: str | Path,
    output: str | Path,
    settings: Mapping[str, Any],
) -> str:
    """The command line that makes a model with these settings, for a shell.

    of: the class of the settings.
    """
    words = ["e2v", command, str(corpus)]
    if preset is not None:
        words += [option_name("preset"), preset]
    for name, value in settings.items():
        option = declared(of)[name].option
        if isinstance(value, bool):
            words.append(option if value else option_name(f"no-{name}"))
        elif isinstance(value, tuple):
            words += [option, ",".join(map(str, value)) or "0"]
        else:
            words += [option, str(value)]
    return shlex.join([*words, "-o", str(output)])
