"""What the commands make, as functions: settings are keywords with the names and defaults of the command
line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

from e2v.api.inputs import Input, events_of, paths_of, text_of, trained_on
from e2v.api.keywords import takes
from e2v.api.models import Corpus, Model, load
from e2v.api.progress import ProgressChoice, reporting
from e2v.api.runs import run_of
from e2v.common_settings import OUTPUTS
from e2v.corpus.events.settings import EventSettings, SplitSettings
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.text.settings import CorpusSettings, VocabSettings
from e2v.durations import Interval
from e2v.errors import UsageError
from e2v.evaluation.comparison import Comparison
from e2v.evaluation.settings import ComparisonSettings
from e2v.formats.transfer.settings import ExportSettings, ImportSettings
from e2v.recommend.settings import IndexSettings
from e2v.settings import declared, refuse_unknown, resolve
from e2v.store import Output
from e2v.store.sharded import shard_pattern
from e2v.texts.settings import EmbedSettings
from e2v.training.engine.cluster.settings import ClusterSettings
from e2v.training.linear.settings import SvdSettings
from e2v.training.tower.settings import TowerSettings
from e2v.training.word2vec.settings import Word2VecSettings

PathLike: TypeAlias = "str | os.PathLike[str]"

#: What to do with texts that are no files.
_TEXTS = "model.embed(texts) makes an array of those that Python has"


@takes(VocabSettings)
def vocab(
    inputs: Input,
    output: PathLike | None = None,
    *,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Corpus:
    """Count the words of text, and encode them: `e2v vocab`.

    inputs: files of text, or an iterable of sentences, each a list of words. settings: of `VocabSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.vocab import vocab as job

    to = output_of(output, "vocab")
    (given,) = parted(settings, VocabSettings)
    with text_of(inputs) as files, reporting(progress) as report:
        job(files, to, given, if_changed=if_changed, report=report)
    shards = given.get("shards")
    return Corpus(to.path if shards is None else shard_pattern(to.path, shards))


@takes(EventSettings)
def events(
    inputs: Input,
    output: PathLike | None = None,
    *,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Corpus:
    """Encode a log of events as histories of users: `e2v events`.

    inputs: files; a frame of pandas, polars or Arrow, with columns for users and items; lists of items, which
    are baskets; or a mapping of users to lists of items. settings: of `EventSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.events import events as job

    to = output_of(output, "events")
    (given,) = parted(settings, EventSettings)
    with events_of(inputs) as (files, columns), reporting(progress) as report:
        chosen = resolve(EventSettings, {**columns, **given})
        job(files, to, chosen, if_changed=if_changed, report=report)
    return Corpus(to.path)


@takes(Word2VecSettings, CorpusSettings, ClusterSettings)
def train(
    inputs: Input,
    output: PathLike | None = None,
    *,
    preset: str | None = None,
    init: PathLike | None = None,
    update: PathLike | None = None,
    freeze: bool = False,
    item_features: PathLike | None = None,
    resume: bool = False,
    checkpoint_every: str | float | None = None,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Model:
    """Learn a vector for each word, or item: `e2v train`.

    inputs: a corpus, files of text, or an iterable of sentences, each a list of words. settings: of
    `Word2VecSettings`, of `ClusterSettings`, and for text those of `CorpusSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.train import settings_for
    from e2v.jobs.train import train as job

    to = output_of(output, "train")
    training, text, cluster = parted(settings, Word2VecSettings, CorpusSettings, ClusterSettings)
    run = run_of(init, update, freeze, resume, checkpoint_every, cluster)
    described = cast(FeatureColumns | None, item_features)
    with trained_on(inputs) as (files, named), reporting(progress) as report:
        chosen = settings_for(training, preset, run.update, named)
        job(files, to, chosen, text, run, described, if_changed=if_changed, report=report)
    return load(to.path)


@takes(TowerSettings)
def tower(
    corpus: PathLike,
    output: PathLike | None = None,
    *,
    user_features: PathLike | None = None,
    item_features: PathLike | None = None,
    resume: bool = False,
    checkpoint_every: str | float | None = None,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Model:
    """Learn to recommend, from the histories of a corpus: `e2v tower`.

    settings: of `TowerSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.running import Run
    from e2v.jobs.tower import tower as job

    to = output_of(output, "tower")
    (given,) = parted(settings, TowerSettings)
    features = None if user_features is None else Path(user_features)
    described = cast(FeatureColumns | None, item_features)  # which `takes` has made of it
    run = Run(resume=resume, checkpoint_every=cast(Interval | None, checkpoint_every))
    with reporting(progress) as report:
        job(os.fspath(corpus), to, given, features, described, run, if_changed=if_changed, report=report)
    return load(to.path)


@takes(SvdSettings)
def svd(
    corpus: PathLike,
    output: PathLike | None = None,
    *,
    item_features: PathLike | None = None,
    if_changed: bool = False,
    **settings: Any,
) -> Model:
    """Decompose who had what: `e2v svd`.

    settings: of `SvdSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.svd import svd as job

    to = output_of(output, "svd")
    (given,) = parted(settings, SvdSettings)
    described = cast(FeatureColumns | None, item_features)
    job(os.fspath(corpus), to, resolve(SvdSettings, given), described, if_changed=if_changed)
    return load(to.path)


@takes(SplitSettings)
def split(
    corpus: PathLike,
    output: PathLike | None = None,
    *,
    held_out: PathLike,
    if_changed: bool = False,
    **settings: Any,
) -> Corpus:
    """Hold out a part of each user's history: `e2v split`. The corpus that is returned is the one to train
    on.

    held_out: the text to write. settings: of `SplitSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.split import split as job

    to = output_of(output, "split")
    (given,) = parted(settings, SplitSettings)
    files = to, output_of(held_out, "split")
    job(os.fspath(corpus), *files, resolve(SplitSettings, given), if_changed=if_changed)
    return Corpus(to.path)


@takes(ComparisonSettings, SplitSettings)
def compare(
    corpus: PathLike,
    *,
    keep: PathLike | None = None,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Comparison:
    """Learn in all the usual ways, and say which is best: `e2v compare`.

    keep: a new folder for the cut and the models. settings: of `ComparisonSettings` and `SplitSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.compare import compare as job

    given, cut = parted(settings, ComparisonSettings, SplitSettings)
    to = None if keep is None else Path(keep)
    with reporting(progress) as report:
        return job(os.fspath(corpus), resolve(ComparisonSettings, given), cut, to, report=report).comparison


@takes()
def users(
    model: PathLike,
    corpus: PathLike,
    output: PathLike | None = None,
    *,
    user_features: PathLike | None = None,
    update: PathLike | None = None,
    if_changed: bool = False,
) -> Path:
    """Make the vectors of users, to recommend without the model: `e2v users`. Returns the file.

    update: a file of users, to which these events are added.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.users import users as job

    to = output_of(output, "users")
    features = None if user_features is None else Path(user_features)
    before = None if update is None else Path(update)
    job(os.fspath(model), os.fspath(corpus), to, features, before, if_changed=if_changed)
    return to.path


@takes(EmbedSettings)
def embed(
    inputs: Input,
    output: PathLike,
    *,
    model: PathLike | None = None,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Model | Path:
    """Make a vector of each line of text: `e2v embed`. Returns what can be asked, or the .npy file.

    inputs: files; texts that Python has are for `Model.embed`. output: a .e2v or .npy file. settings: of
    `EmbedSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.embed import embed as job

    to = output_of(output, "embed")
    (given,) = parted(settings, EmbedSettings)
    files = paths_of(inputs, _TEXTS)
    if files is None:
        raise UsageError("these are no files", _TEXTS)
    chosen = resolve(EmbedSettings, given)
    with reporting(progress) as report:
        job(files, to, os.fspath(model or "model.e2v"), chosen, if_changed=if_changed, report=report)
    return load(to.path) if to.path.suffix.lower() == ".e2v" else to.path


@takes(IndexSettings)
def index(
    model: PathLike, output: PathLike | None = None, *, if_changed: bool = False, **settings: Any
) -> Path:
    """Make an index of the items, to recommend without the model: `e2v index`. Returns the file.

    settings: of `IndexSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.index import index as job

    to = output_of(output, "index")
    (given,) = parted(settings, IndexSettings)
    job(os.fspath(model), to, resolve(IndexSettings, given), if_changed=if_changed)
    return to.path


@takes(ExportSettings)
def export(
    model: PathLike,
    output: PathLike | BinaryIO,
    *,
    to: str,
    also: Iterable[str] = (),
    if_changed: bool = False,
    **settings: Any,
) -> Path | None:
    """Write vectors in the format of another program: `e2v export`. Returns the file, if it is one.

    output: a file, a folder of files, or a stream. also: more words for the end. settings: of
        `ExportSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.export import export as job

    (given,) = parted(settings, ExportSettings)
    target = output_of(output, "export").path if isinstance(output, str | os.PathLike) else output
    job(os.fspath(model), target, resolve(ExportSettings, {"to": to, **given}), also, if_changed=if_changed)
    return target if isinstance(target, Path) else None


@takes(ImportSettings)
def import_(
    file: PathLike,
    output: PathLike | None = None,
    *,
    if_changed: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Model:
    """Read vectors of another program: `e2v import`.

    settings: of `ImportSettings`.

    Raises:
        E2VError: as the command.
    """
    from e2v.jobs.import_ import import_ as job

    to = output_of(output, "import")
    (given,) = parted(settings, ImportSettings)
    with reporting(progress) as report:
        chosen = resolve(ImportSettings, given)
        job(os.fspath(file), to, chosen, if_changed=if_changed, report=report)
    return load(to.path)


def output_of(path: PathLike | None, command: str) -> Output:
    """What is to be written: the default of a command replaces only what the same command made.

    Raises:
        UsageError: it is no path of a file.
    """
    if path is None:
        return Output(Path(OUTPUTS[command]), by_default=True)
    if hasattr(path, "write"):
        raise UsageError("a stream is no output here", "name a file")
    if os.fspath(path) == "-":
        raise UsageError("- is no output in Python", "name a file; one called - is ./-")
    return Output(Path(path))


def parted(settings: dict[str, Any], *classes: type) -> list[dict[str, Any]]:
    """Keywords, by the class of settings that has them, checked.

    Raises:
        SettingError: none has it, or it cannot have this value.
    """
    refuse_unknown(settings, *classes)
    return [
        {
            name: declared(of)[name].value(value)
            for name, value in settings.items()
            if name in declared(of) and value is not None
        }
        for of in classes
    ]
