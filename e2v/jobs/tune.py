"""Settings are found by trials, and the model is made with them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.settings import SplitSettings, resolve_split
from e2v.errors import Advice, E2VError, Interrupted, SettingError
from e2v.evaluation.comparison import paired_difference
from e2v.jobs.making import records
from e2v.jobs.running import Signals, unheeded
from e2v.jobs.trials import Learning, Measured, Trials, trials_of
from e2v.kernels.compiling import seconds_compiling
from e2v.progress import Progress, Report, silent
from e2v.settings import declared, recorded
from e2v.store import Output, reserved, scratch_folder
from e2v.training.engine.checkpoint import checkpoint_path
from e2v.training.priors import draw_settings
from e2v.tuning.rounds import LEAST_TRIALS, Round, entrants, most_of, rounds_of, smallest, timed_rounds
from e2v.tuning.settings import Learner, TuneSettings
from e2v.tuning.table import Table, Trial
from e2v.tuning.verdict import Found, command_line

#: Draws of what was tried already, after which there is nothing new.
_AGAIN = 100


@dataclass(frozen=True)
class Tuning:
    """A model, and how its settings were found.

    output: the model. table: every trial, as lines of JSON. settings: those that are not as by default, by
    name. line: the command line that makes the model. lines: of each of the finalists.
    """

    output: Path
    table: Path
    learner: Learner
    found: Found
    settings: Mapping[str, Any]
    line: str
    lines: Mapping[int, str]


def table_path(output: Path) -> Path:
    """Where the trials of a search are written, beside what it makes."""
    return output.with_name(output.name + ".trials.jsonl")


def tune(
    corpus: str | Path,
    output: Output,
    settings: TuneSettings,
    given_cut: Mapping[str, Any],
    table: Path | None = None,
    *,
    resume: bool = False,
    called: tuple[Path, Path] | None = None,
    report: Report = silent,
    signals: Signals = unheeded,
) -> Tuning:
    """Try settings on samples of a corpus that grow, and make a model with the best, or with the defaults.

    The time budget is for the trials; the model takes about as long as one of the last round, or, where that
    is of a sample, accordingly longer.

    given_cut: of `SplitSettings`, by name; how histories are cut for the trials. table: where each is
    written; beside the output if it is not given. resume: go on with the search of that table. called: the
    corpus and the output as the command lines name them, where they will be elsewhere.

    Raises:
        Interrupted: it was stopped.
        E2VError: there is nothing to try settings on; see also `Table`, and the jobs of each step.
    """
    corpus, table = Path(corpus), table or table_path(output.path)
    given_cut = {name: value for name, value in given_cut.items() if name != "seed"}
    opened = open_corpus(corpus)
    histories = opened.ordered is not None or opened.names is not None
    learner = settings.learner or ("tower" if histories else "word2vec")
    cut = _cut(learner, given_cut, settings, ordered=opened.ordered)
    learning = Learning.of_corpus(learner, opened.path, ordered=opened.ordered)
    fixed = learning.fixed(settings.fixed)
    read = [corpus, *settings.analogies, *settings.similarity]
    with reserved(learning.command, [replace(output, kinds=("model",))], read):
        pass  # before there is work that would be lost
    about = {
        **recorded(settings),
        "learner": learner,
        "corpus": opened.digest,
        "cut": cut and recorded(cut),
        **{name: records(getattr(settings, name)) for name in ("analogies", "similarity")},
    }
    with (
        reserved("tune", [Output(table, kinds=())], [*read, output.path]),
        scratch_folder(output.path) as folder,
    ):
        rows = Table(table, about, resume=resume)
        with _resumable(rows):
            report(Progress("splitting" if cut else "preparing"))
            trials = trials_of(corpus, folder, learning, settings, cut)
            found = _Search(trials, learning, fixed, settings, rows, report).run()
            own = {} if settings.seed == declared(TuneSettings)["seed"].default else {"seed": settings.seed}
            of = learning.command, learning.preset, learning.of
            line = partial(command_line, *of, *(called or (corpus, output.path)))
            lines = {trial.number: line({**fixed, **trial.settings, **own}) for trial in found.finalists}
            chosen = found.chosen
            with_these = {**fixed, **chosen.settings}
            goes_on = resume and checkpoint_path(output.path).exists()
            common = {"seed": settings.seed, "threads": settings.threads}
            learning.learn(corpus, output, {**with_these, **common}, report, resume=goes_on, signals=signals)
            rows.conclude(chosen.number, lines[chosen.number])
    return Tuning(output.path, table, learner, found, with_these, lines[chosen.number], lines)


@contextlib.contextmanager
def _resumable(table: Table) -> Iterator[None]:
    """A search that a signal ends can be gone on with once a trial has ended, also while it makes the model.

    Raises:
        Interrupted: it was stopped.
    """
    try:
        yield
    except KeyboardInterrupt:
        if not table.begun:
            raise Interrupted("interrupted before the first trial had ended") from None
        raise Interrupted(
            f"interrupted; {table.path} holds the trials that have ended",
            Advice("go on with {resume}"),
            checkpoint=True,
        ) from None


def _cut(
    learner: Learner, given: Mapping[str, Any], settings: TuneSettings, *, ordered: bool | None
) -> SplitSettings | None:
    """How histories are cut; None of text.

    Raises:
        SettingError: it is given, and does not apply.
    """
    if learner == "word2vec":
        for name in given:
            raise SettingError("{} cuts histories, not text", name, hint="leave it out")
        return None
    for name in ("analogies", "similarity"):
        if getattr(settings, name):
            raise SettingError(f"{{{name}}} applies to {{learner}} word2vec only", hint="leave it out")
    cut = resolve_split(given, ordered=ordered)
    if cut.by == "random":
        cut = resolve_split({**given, "by": cut.by, "seed": settings.seed}, ordered=None)
    return cut


class _Search:
    """The rounds of a search; the trials that its table has are not made again.

    fixed: settings of all trials. table: see `Table`.
    """

    def __init__(
        self,
        trials: Trials,
        learning: Learning,
        fixed: Mapping[str, Any],
        settings: TuneSettings,
        table: Table,
        report: Report,
    ) -> None:
        self._trials, self._table, self._fixed, self._report = trials, table, fixed, report
        self._budget, self._asked = settings.budget, settings.trials
        self._new = _distinct(learning, fixed, settings.seed)
        self._settings: list[Mapping[str, Any]] = [{}]
        self._spent, self._made = 0.0, 0
        #: What the defaults reached by the cases that confirm, by the size of the sample.
        self._of_defaults: dict[int, NDArray[np.float64]] = {}

    def run(self) -> Found:
        """Try settings, round by round."""
        rounds = self._rounds()
        made: list[Trial] = []
        number = 0
        for number, this in enumerate(rounds, 1):
            made = self._round(number, this, made, is_last=number == len(rounds))
            if len(made) == 1:  # there is nothing to go on with
                break
        found = sorted(
            made, key=lambda trial: (-(-1.0 if trial.value is None else trial.value), trial.number)
        )
        trials = self._trials
        return Found(found, trials.measure, trials.unit, trials.whole, self._made, number)

    def _rounds(self) -> list[Round]:
        """Those that the number of settings asks for, or that the time allows, by the speed of a trial."""
        whole = self._trials.whole
        if self._budget is None:
            return rounds_of(whole, self._asked or LEAST_TRIALS)
        size = smallest(whole)
        first = self._table.trials.get((1, 0)) or self._try(1, 0, size, confirms=size == whole)
        if not self._table.trials:
            self._table.add(first)
        return timed_rounds(whole, self._budget, first.seconds)

    def _round(self, number: int, this: Round, before: Sequence[Trial], *, is_last: bool) -> list[Trial]:
        most, made = most_of(this, len(before)), list[Trial]()
        of_before = {trial.number: trial for trial in before}
        for entrant in self._entrants(before):
            if len(made) == most:
                break
            trial = self._table.trials.get((number, entrant))
            if trial is None:
                expected = _expected(this, of_before.get(entrant), made)
                if entrant and not this.fits(self._spent, expected):
                    if before:
                        continue  # another may take less
                    break
                trial = self._try(number, entrant, this.size, confirms=is_last)
                self._table.add(trial)
            self._spent += trial.seconds
            self._made += 1
            made.append(trial)
        return made

    def _entrants(self, before: Sequence[Trial]) -> Iterator[int]:
        """The numbers of settings that a round may try, in their order; new ones in the first."""
        if before:
            yield from entrants([(trial.number, trial.value) for trial in before])
            return
        yield 0
        for new in self._new:
            self._settings.append(new)
            yield len(self._settings) - 1

    def _try(self, number: int, entrant: int, size: int, *, confirms: bool) -> Trial:
        """Learn and measure; what fails, but for the defaults, is a trial without a value.

        confirms: whether it is compared with the defaults.
        """
        given = self._settings[entrant]
        began = time.monotonic()
        value = confirmed = ahead = error = failed = None
        with seconds_compiling() as compiled:
            try:
                measured = self._measured(number, given, size, confirms=confirms)
            except Interrupted:
                raise
            except E2VError as reason:
                if not entrant:
                    raise
                failed = reason.message
            else:
                value = float(measured.choosing.mean())
        seconds = time.monotonic() - began - sum(compiled)
        if value is not None and measured.confirming is not None:
            confirmed = float(measured.confirming.mean())
            if entrant:
                ahead, error = paired_difference(measured.confirming, self._cases_of_defaults(number, size))
            else:
                self._of_defaults[size] = measured.confirming
        return Trial(
            round=number,
            number=entrant,
            settings=given,
            size=size,
            value=value,
            seconds=round(seconds, 3),
            confirmed=confirmed,
            ahead=ahead,
            error=error,
            failed=failed,
        )

    def _cases_of_defaults(self, number: int, size: int) -> NDArray[np.float64]:
        """float64[n]; the table does not have them, so that a search that goes on makes them again."""
        if size not in self._of_defaults:
            again = self._measured(number, {}, size, confirms=True).confirming
            assert again is not None
            self._of_defaults[size] = again
        return self._of_defaults[size]

    def _measured(self, number: int, given: Mapping[str, Any], size: int, *, confirms: bool) -> Measured:
        """One trial, of which the search as a whole is reported."""
        began = time.monotonic()
        best = max((trial.value or 0.0 for trial in self._table.of_round(number)), default=0.0)
        figures: dict[str, float] = {"round": number, "trial": len(self._table.of_round(number)) + 1}
        figures |= {"best": best} if best else {}

        def report(_: Any) -> None:
            left = None
            if self._budget is not None:
                left = max(0.0, self._budget - self._spent - (time.monotonic() - began))
            self._report(Progress("trying settings", figures=figures, left=left))

        report(None)
        return self._trials.measured({**self._fixed, **given}, size, report, confirms=confirms)


def _expected(this: Round, before: Trial | None, made: Sequence[Trial]) -> float:
    """Seconds that a trial may take, by what the same settings took before, or by those of its round."""
    if before is not None:
        return before.seconds * this.size / before.size
    return sum(trial.seconds for trial in made) / max(len(made), 1)


def _distinct(learning: Learning, fixed: Mapping[str, Any], seed: int) -> Iterator[Mapping[str, Any]]:
    """Settings drawn from their priors, each once."""
    rng = np.random.default_rng(seed)
    tried: list[Mapping[str, Any]] = []
    again = 0
    while again < _AGAIN:
        drawn = draw_settings(learning.of, learning.priors, {**learning.base, **fixed}, fixed, rng)
        if drawn is None:
            return
        if drawn in tried:
            again += 1
            continue
        again = 0
        tried.append(drawn)
        yield drawn
