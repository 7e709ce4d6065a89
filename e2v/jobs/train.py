"""A corpus, or text, becomes a model of word vectors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import Corpus
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.described import DescribedCorpus, described_corpus
from e2v.corpus.text.settings import resolve_vocab
from e2v.corpus.updated import check_update
from e2v.errors import Advice, SettingError
from e2v.jobs import running, vocab
from e2v.jobs.making import digest, leave_unchanged, recorded_features, source_names
from e2v.jobs.running import Signals, unheeded
from e2v.notices import detail, hint, notice
from e2v.progress import Progress, Report, silent
from e2v.settings import described, recorded, resolve
from e2v.store import Output, open_artifact
from e2v.store.provenance import made_by
from e2v.threads import MOST_OF_A_CORE, useful
from e2v.training.engine.cluster.settings import ClusterSettings
from e2v.training.engine.session import Session
from e2v.training.plan.estimate import outlook
from e2v.training.word2vec.cluster import cluster_backend
from e2v.training.word2vec.initial import refuse_other_dim
from e2v.training.word2vec.presets import PRESETS, preset_settings
from e2v.training.word2vec.recorded import recorded_settings
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training

#: Settings by which somebody says what the context is.
_OF_WINDOWS = frozenset({"context", "window", "window_mode"})


@dataclass(frozen=True)
class TrainResult:
    """A model, and how much it was learned from, 0 words if nothing could learn; loss: mean nats a pair."""

    output: Path
    keys: int
    dim: int
    words: int
    seconds: float
    loss: float


@dataclass(frozen=True, kw_only=True)
class Run(running.Run):
    """How a run is gone about; nothing here shapes the model, but for what it starts from.

    start_from: vectors to start from where they know a word. update: a model to go on with, on new text or
    histories. freeze: the rows of that model stay as they are. cluster: where it is trained, which several
    workers shape.
    """

    start_from: Path | None = None
    update: Path | None = None
    freeze: bool = False
    cluster: ClusterSettings = ClusterSettings()


def settings_for(
    given: Mapping[str, Any], preset: str | None, update: Path | None, inputs: Sequence[str] = ()
) -> Word2VecSettings:
    """The settings of a run: those given, else those of the preset or of the model that is updated.

    A corpus of histories, in order or not, has the preset for items unless something that is given says
    otherwise: windows over few items each, with the settings for words, learn next to nothing. What a preset
    is may depend on how large the sets of a corpus are.

    Raises:
        SettingError: as `e2v.settings.resolve`, or there is a preset and a model.
        InputError: the model cannot be gone on with on these inputs; see `check_update`.
    """
    if update and preset:
        raise SettingError("{preset} does not go with {update}", hint="the model is where it starts")
    if preset and preset not in PRESETS:
        raise SettingError("{preset} must be one of {}, not {}", ", ".join(PRESETS), preset)
    if update:
        model = open_artifact(update, "model")
        check_update(model, inputs[0] if inputs else "the input", histories=vocab.are_histories(inputs))
        return resolve(Word2VecSettings, given, recorded_settings(model))
    if preset is None and vocab.are_histories(inputs) and not given.keys() & _OF_WINDOWS:
        preset = "items"
        hint(
            f"{inputs[0]} holds histories, not text: trained with the preset for items, each as a set; "
            "a context, a window or a preset that is given decides otherwise"
        )
    return resolve(
        Word2VecSettings, given, preset_settings(preset, vocab.mean_set(inputs)) if preset else None
    )


@contextlib.contextmanager
def reserved_for(
    inputs: Sequence[str],
    output: Output,
    text: Mapping[str, Any],
    run: Run,
    item_features: FeatureColumns | None = None,
) -> Iterator[None]:
    """See that the inputs of a run are there, and have what it writes to ourselves; see `reserved`.

    Raises:
        SettingError: what does not go together.
        E2VError: see `source_names`, `reserved` and `refuse_other_file`.
    """
    if run.update and run.start_from:
        raise SettingError("{init} does not go with {update}", hint="the model is where it starts")
    if run.freeze and not run.update:
        raise SettingError("{freeze} applies to a run with {update} only", hint="leave it out")
    read = [*source_names(inputs), text.get("vocab"), run.update or run.start_from]
    read += [] if item_features is None else [item_features.path]
    with running.reserved_for("train", output, read, run, replacing=run.update):
        yield


def train(
    inputs: Sequence[str],
    output: Output,
    settings: Word2VecSettings,
    text: Mapping[str, Any] | None = None,
    run: Run | None = None,
    item_features: FeatureColumns | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
    signals: Signals = unheeded,
) -> TrainResult | None:
    """Learn vectors; None if `if_changed` and nothing has.

    Args:
        inputs: a corpus, or text.
        output: the model to write.
        settings: of the training.
        text: settings of `CorpusSettings` that are given, by name; they belong to text.
        run: see `Run`.
        item_features: a table of the items of sets.
        if_changed: leave an output alone that is made of these inputs and settings.
        report: see `e2v.progress`; told of the `Outlook`, too.
        signals: noted while the matrices are trained and written; once there is one, a checkpoint is saved
            and the run ends.

    Raises:
        Interrupted: it was stopped.
        E2VError: see `Training`, `Session.finish` and `reserved`.
    """
    run, text = run or Run(), dict(text or {})
    if run.cluster.engine != "ray":  # whose nodes have cores of their own
        settings = on_these_cores(settings)
    _check_features(item_features, settings, run)
    with reserved_for(inputs, output, text, run, item_features):
        if run.update:
            text["update"] = run.update
        if if_changed:
            report(Progress("comparing"))
            made_of = _made_of(inputs, output.path, settings, text, run)
            made_of["item_features"] = recorded_features(item_features)
            if leave_unchanged(output.path, "train", made_of):
                return None
        if start_from := run.update or run.start_from:  # before the text is read
            refuse_other_dim(open_artifact(start_from, "model", "vectors"), settings.dim)
        with vocab.encoded(inputs, output.path, text, report, threads=settings.threads) as read:
            report(Progress("preparing"))
            corpus = described_corpus(read, item_features)
            session = _start(corpus, settings, output.path, run, report)
            with signals() as received:
                with closing(session.training.backend):
                    report(outlook(session.training, session.provenance))
                    running.begin(session, run)
                    if not session.training.nothing_learns:
                        running.train(session, corpus, run, report, received)
                report(Progress("writing"))
                session.finish()  # which nothing stops: all that is left to do is to write it down
    runner, model = session.training.runner, session.training.model
    return TrainResult(output.path, len(corpus.keys), model.dim, runner.tokens, runner.seconds, runner.loss)


def on_these_cores(settings: Word2VecSettings) -> Word2VecSettings:
    """The settings with no more threads than this machine has a use for; fewer than asked for is told."""
    threads = useful(settings.threads)
    if threads == settings.threads:
        return settings
    told = "{threads} {}: trained with {}, {} for each core; more would only wait for one another"
    hint(Advice(told, settings.threads, threads, MOST_OF_A_CORE))
    return replace(settings, threads=threads)


def _check_features(given: FeatureColumns | None, settings: Word2VecSettings, run: Run) -> None:
    """See that features of items go with the other settings.

    Raises:
        SettingError: they do not.
    """
    if given is None:
        return
    if settings.context != "set":
        raise SettingError("{item_features} applies to {context} set only", hint="leave it out")
    if settings.loss == "softmax":
        raise SettingError("{item_features} does not go with {loss} softmax", hint="use negative-sampling")
    for name, other in (("subword", settings.subword), ("update", run.update)):
        if other is not None:
            raise SettingError(f"{{item_features}} does not go with {{{name}}}", hint="leave one of them out")


def _made_of(
    inputs: Sequence[str],
    output: Path,
    settings: Word2VecSettings,
    text: Mapping[str, Any],
    run: Run,
) -> dict[str, Any]:
    """What the provenance will say."""
    if given := vocab.given_corpus(inputs):
        corpus: dict[str, Any] = {"digest": given.digest}
    else:
        corpus = vocab.made_of(inputs, resolve_vocab(text), output)
    return {
        "settings": recorded(settings),
        "corpus": corpus,
        "cluster": run.cluster.record(),
        **_started(run, digest(run.update or run.start_from, output)),
    }


def _started(run: Run, model: dict[str, Any] | None) -> dict[str, Any]:
    """What the provenance says of the model that a run starts from: its rows learn on, or stay."""
    return {"start": None if run.freeze else model, "frozen": model if run.freeze else None}


def _start(
    corpus: Corpus, settings: Word2VecSettings, output: Path, run: Run, report: Report
) -> Session[Training]:
    """The training, ready to run."""
    detail(f"training: {described(settings)}")
    start_from = run.update or run.start_from
    artifact = open_artifact(start_from, "model", "vectors") if start_from else None
    kept = artifact if run.freeze else None
    training = Training(corpus, settings, kept)
    start = None
    if artifact is not None:
        training.load_vectors(artifact)
        if run.update:
            for what in training.left_of(artifact):
                hint(Advice("{}: {}", artifact.path, what))
        start = {"digest": artifact.digest}
    if training.nothing_learns:
        notice(Advice("there is no new word, and {freeze} leaves nothing to learn; counts are added"))
    if not training.nothing_learns:
        training.backend = cluster_backend(training, kept, run.cluster, report)
    made = made_by(
        "train",
        settings=recorded(settings),
        corpus=corpus.record(),
        item_features=corpus.features if isinstance(corpus, DescribedCorpus) else None,
        cluster=run.cluster.record(training.backend.workers),
        **_started(run, start),
    )
    return Session(training, output, made)
