"""The steps of a run, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from e2v.settings import recorded
from e2v.store.provenance import made_by
from e2v.training.plan import disk, memory
from e2v.training.plan.corpora import Planned, PlannedCorpus
from e2v.training.plan.size import Outlook, RunSize
from e2v.training.plan.trial import Trial, most_resident
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training

#: Of n-grams that words share: how their number grows with that of words, as of 10 to 74 thousand words of
#: English.
_NGRAM_GROWTH = 0.85

#: What memory is multiplied by, as a limit must hold: in 33 runs each (docs/benchmarks.md) the peak was up to
#: 4.9 % above what the arrays and the process come to, and with text, whose blocks come and go, up to 12.1 %.
_MARGIN, _MARGIN_OF_TEXT = 1.05, 1.13


class Step(NamedTuple):
    """A step of a run: seconds that it takes; memory, at its peak, with a margin, and disk, in bytes."""

    step: str
    what: str
    seconds: float
    memory: int
    disk: int


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """What was measured here, for the settings of the run.

    process: bytes of memory of a process that has its kernels. starting, compiling: seconds; a kernel that
    is kept is not compiled again. reading: seconds for each byte of text. writing: seconds for each byte of a
    file.
    """

    process: int
    starting: float
    compiling: float
    reading: float
    writing: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A run, as far as it is known.

    start: what it starts from, as the provenance says it, and the bytes of that file. checkpoints: whether
    any are saved on the way. done: the share of the training that a checkpoint holds already. changes: of
    settings of text.
    """

    planned: Planned
    config: Word2VecSettings
    speeds: Speeds
    trial: Trial
    start: Mapping[str, Any] | None = None
    start_bytes: int = 0
    checkpoints: bool = False
    done: float = 0.0
    changes: Mapping[str, Any] = field(default_factory=dict)

    def changed(self, **changes: Any) -> Estimate:
        """The same with other settings, of training or of text."""
        of_training = {name: value for name, value in changes.items() if hasattr(self.config, name)}
        of_text = {name: value for name, value in changes.items() if name not in of_training}
        return replace(self, config=replace(self.config, **of_training), changes={**self.changes, **of_text})

    def size(self) -> RunSize:
        """How large it is."""
        size, tried = self.planned.size(self.changes), self.trial
        size = replace(size, start_bytes=self.start_bytes)
        if self.config.subword is None:
            return size
        grown = size.keys / tried.keys
        ngrams = round(tried.ngrams * grown**_NGRAM_GROWTH)
        if self.config.buckets:
            ngrams = min(ngrams, self.config.buckets)
        return replace(
            size,
            ngrams=ngrams,
            ngram_bytes=round(tried.ngram_bytes * ngrams / max(1, tried.ngrams)),
            parts=round(tried.parts * grown),
        )

    def steps(self) -> list[Step]:
        """Each step, and the whole."""
        size, config, speeds = self.size(), self.config, self.speeds
        made = made_by("train", settings=recorded(config), corpus=self.planned.record(), start=self.start)
        model = disk.model_bytes(size, config, made)
        saved = disk.checkpoint_bytes(size, config, made)
        corpus = size.corpus_bytes if size.text else 0
        steps = [Step("starting", "Python, compiled code", speeds.starting, 0, 0)]
        if text := size.text:
            while_encoding = disk.encoding_bytes(size, text)
            read = memory.reading_bytes(text, config.threads)
            encoded = memory.encoding_bytes(size, text)
            steps += [
                Step("reading", f"{text.words:,} words", speeds.reading * text.bytes, read, while_encoding),
                Step(
                    "encoding",
                    f"{size.keys:,} keys",
                    self.planned.encoding + speeds.writing * size.corpus_bytes,
                    encoded,
                    while_encoding,
                ),
            ]
        steps += [
            Step(
                "preparing",
                f"{size.keys:,} keys by {config.dim:,}",
                self.trial.preparing * size.keys,
                memory.preparing_bytes(size, config),
                corpus,
            ),
            Step("compiling", "once for this kind of run", speeds.compiling, 0, corpus),
            Step(
                "training",
                self._amount(size),
                self._training_seconds(size),
                memory.training_bytes(size, config),
                corpus + 2 * saved * self.checkpoints,
            ),
            Step(
                "writing",
                "the model",
                speeds.writing * model + self.trial.composing * size.parts,
                memory.writing_bytes(size, config),
                corpus + model + saved * self.checkpoints,
            ),
        ]
        margin = _MARGIN_OF_TEXT if size.text else _MARGIN
        steps = [one._replace(memory=round(margin * (one.memory + speeds.process))) for one in steps]
        whole = Step(
            "all",
            "the run",
            sum(one.seconds for one in steps),
            max(one.memory for one in steps),
            max(one.disk for one in steps),
        )
        return [*steps, whole]

    def _amount(self, size: RunSize) -> str:
        if self.config.time_budget is not None:
            return "for the time given"
        times = f"{self.config.epochs:,} times " if self.config.epochs > 1 else ""
        return f"{times}{size.words:,} words"

    def _training_seconds(self, size: RunSize) -> float:
        config = self.config
        if config.time_budget is not None:
            return config.time_budget * (1 - self.done)
        return self.trial.training * size.words * config.epochs * (1 - self.done)


def outlook(training: Training, made: dict[str, Any]) -> Outlook:
    """What a run takes whose matrices are there already; made: the provenance of its model."""
    config, ngrams, parts = training.config, training.ngrams, training.model.parts
    size = replace(
        PlannedCorpus(training.corpus).size({}),
        ngrams=len(ngrams.keys) if ngrams else 0,
        ngram_bytes=len(ngrams.keys.blob) if ngrams else 0,
        parts=len(training.corpus.keys) + len(parts.ngrams) if parts else 0,
    )
    to_come = memory.writing_bytes(size, config) - memory.training_bytes(size, config)
    model = disk.model_bytes(size, config, made)
    return Outlook(size.keys, config.dim, most_resident() + to_come, model)
