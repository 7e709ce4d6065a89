"""What a model is measured with: files are read, then figures come one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.errors import Advice, InputError, SettingError, UsageError
from e2v.evaluation.analogies import evaluate_analogies, measured_names, read_questions
from e2v.evaluation.beyond_accuracy import FIGURES, ShownItems
from e2v.evaluation.categories import evaluate_categories
from e2v.evaluation.groups import Grouping, by_history, by_popularity, names_of
from e2v.evaluation.lookup import Lookup
from e2v.evaluation.measurement import Measurement, Minimum, check, require
from e2v.evaluation.metrics import METRICS
from e2v.evaluation.ranking import Ranking, RankingTest, evaluate_ranking
from e2v.evaluation.recommender import ModelRecommender, Recommender
from e2v.evaluation.settings import EvaluationSettings
from e2v.evaluation.similarity import evaluate_similarity, read_pairs, usable_pairs, with_unseen
from e2v.inputs.columns import KeyedColumn
from e2v.jobs.users import encoded_features
from e2v.notices import counted, notice
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import read_user_table
from e2v.recommend.settings import NewItems
from e2v.store import Artifact, open_artifact
from e2v.vectors import load_vectors
from e2v.vectors.categories import read_categories
from e2v.vectors.csls import penalties

_NEIGHBOURS = 8
#: Items that a ranking shows to a user.
SHOWN = 20


class _Task(NamedTuple):
    """Something to measure, with its files read. names: of the measurements."""

    names: list[str]
    measure: Callable[[], Iterable[Measurement]]


def evaluate(model: Path, settings: EvaluationSettings, report: Report = silent) -> Iterator[Measurement]:
    """Measure a model, which a baseline does not need; all files are read before the first figure.

    report: see `e2v.progress`.

    Raises:
        SettingError: a setting does not apply to what is measured.
        QualityGateError: after the last figure, one is below its minimum.
        InputError: a file cannot be read, or nothing of it could be measured.
    """
    _check(settings)
    minima = [Minimum.parse(text) for text in settings.min]
    tasks: list[_Task] = []
    report(Progress("reading"))
    if _of_vectors(settings):
        vectors = _Vectors(model, settings, report)
        tasks += [vectors.analogies(), vectors.similarity()]
        if settings.categories:
            tasks.append(vectors.categories(settings.categories))
    if settings.ranking and settings.corpus:
        tasks.append(_ranking(model, settings, settings.ranking, settings.corpus, report))
    check(minima, [name for task in tasks for name in task.names])
    measurements: list[Measurement] = []
    for task in tasks:
        for measurement in task.measure():
            measurements.append(measurement)
            yield measurement
    require(minima, measurements)


def _of_vectors(settings: EvaluationSettings) -> bool:
    return bool(settings.analogies or settings.similarity or settings.categories)


def _check(settings: EvaluationSettings) -> None:
    """Refuse settings that do not apply to what is measured."""
    of_vectors, ranking = _of_vectors(settings), settings.ranking is not None
    if not of_vectors and not ranking:
        raise SettingError(
            "nothing to measure", hint="give {analogies}, {similarity}, {categories} or {ranking}"
        )
    if ranking and settings.corpus is None:
        raise SettingError("{ranking} needs the histories of its users", hint="{corpus} CORPUS")
    if settings.baseline and of_vectors:
        raise UsageError("a baseline only ranks, without MODEL", "leave out the rest")
    for name, given, applies in (
        ("corpus", settings.corpus, ranking),
        ("baseline", settings.baseline, ranking),
        ("user_features", settings.user_features, ranking and not settings.baseline),
        ("groups", settings.groups, ranking),
        ("beyond_accuracy", settings.beyond_accuracy, ranking),
        ("new_items", settings.new_items != "none", ranking and not settings.baseline),
        ("number", settings.number, ranking or settings.categories),
        ("match_case", settings.match_case, settings.analogies or settings.similarity),
        ("unseen", settings.unseen, settings.similarity),
        ("method", settings.method != "3cosadd", settings.analogies),
        ("csls", settings.csls, settings.analogies),
        ("restrict", settings.restrict, settings.analogies or settings.categories),
        ("vectors", settings.vectors != "input", of_vectors),
        ("center", settings.center, of_vectors),
        ("predict", settings.predict, of_vectors),
    ):
        if given and not applies:
            raise SettingError(f"{{{name}}} does not apply to what is measured", hint="leave it out")


class _Vectors:
    """What is asked of the vectors alone."""

    def __init__(self, model: Path, settings: EvaluationSettings, report: Report) -> None:
        self._report = report
        self._settings = settings
        self._vectors = load_vectors(
            model, settings.vectors, center=settings.center, predict=settings.predict
        )
        self._frequent = self._vectors.head(settings.restrict) if settings.restrict else self._vectors
        self._lookup = cache(lambda vectors: Lookup(vectors.keys, match_case=settings.match_case))

    def analogies(self) -> _Task:
        """Each file's sections."""
        paths, settings, vectors = self._settings.analogies, self._settings, self._frequent
        files = [(f"{path.stem}/" if len(paths) > 1 else "", read_questions(path)) for path in paths]

        def measure() -> Iterator[Measurement]:
            taken = None
            if settings.csls:
                taken = penalties(vectors.matrix, len(vectors), settings.csls, settings.threads, self._report)
            for prefix, sections in files:
                measured = evaluate_analogies(
                    vectors,
                    self._lookup(vectors),
                    sections,
                    method=settings.method,
                    penalties=taken,
                    threads=settings.threads,
                    report=self._report,
                )
                for found in measured:
                    yield found._replace(name=prefix + found.name)

        return _Task(
            [prefix + name for prefix, sections in files for name in measured_names(sections)], measure
        )

    def similarity(self) -> _Task:
        """Each file's pairs; how many only n-grams make usable is told."""
        files = [(path.stem, read_pairs(path)) for path in self._settings.similarity]
        unseen = self._settings.unseen
        if unseen:
            with_unseen(self._vectors, self._lookup(self._vectors), [])  # or say that it cannot be done

        def measure() -> Iterator[Measurement]:
            for name, pairs in files:
                self._report(Progress("similarity"))
                vectors, lookup = self._vectors, self._lookup(self._vectors)
                if unseen:
                    known = len(usable_pairs(vectors, lookup, pairs))
                    vectors = with_unseen(vectors, lookup, pairs)
                    lookup = self._lookup(vectors)
                found = evaluate_similarity(vectors, lookup, pairs, name)
                if unseen:
                    notice(f"{name}: pairs with a word that only its n-grams know: {found.used - known}")
                yield found

        return _Task([name for name, _ in files], measure)

    def categories(self, source: KeyedColumn) -> _Task:
        """The purity of the neighbours."""
        categories = read_categories(source)
        number = self._settings.number or _NEIGHBOURS

        def measure() -> list[Measurement]:
            self._report(Progress("categories"))
            return [evaluate_categories(self._frequent, categories, number, self._settings.threads)]

        return _Task(["purity"], measure)


def _ranking(model: Path, settings: EvaluationSettings, held_out: Path, train: Path, report: Report) -> _Task:
    """The ranking metrics; who and what could not count is told."""
    from e2v.training.linear.baselines import BASELINES  # imports numba

    corpus = open_corpus(train)
    test = RankingTest.of(corpus, read_held_out(held_out))
    recommender: Recommender | None = None
    if not settings.baseline:
        recommender = model_recommender(
            open_artifact(model, "model"), test, settings.user_features, settings.new_items
        )

    def measure() -> Iterator[Measurement]:
        ranked = recommender or BASELINES[str(settings.baseline)](
            corpus, report, settings.threads, settings.half_life
        )
        result = evaluate_ranking(ranked, test, settings.number or SHOWN, settings.threads, report)
        tell_what_did_not_count(str(held_out), train, test, result)
        yield from result.measurements
        lists = None
        if settings.beyond_accuracy:
            report(Progress("comparing items"))
            lists = ShownItems(test, result)
            yield from lists.figures()
        if "popularity" in settings.groups:
            yield from _told(by_popularity(test, result))
        if "history" in settings.groups:
            yield from _told(by_history(test, result, lists))

    beyond = FIGURES if settings.beyond_accuracy else ()
    return _Task([*METRICS, *beyond, *names_of(settings.groups, METRICS, beyond)], measure)


def model_recommender(
    model: Artifact, test: RankingTest, user_features: Path | None, new_items: NewItems | None = None
) -> ModelRecommender:
    """A model as `evaluate_ranking` asks it.

    user_features: a table, for a model that knows such. new_items: see `ModelRecommender`.

    Raises:
        InputError: the table cannot be read, or the model has no output vectors; or it knows no item of the
            corpus, or none of those that are held out, so that its figures would be those of popularity.
        E2VError: see `encoded_features`.
    """
    features = encoded_features(model, read_user_table(user_features), test.users) if user_features else None
    if features is None and model.has("features"):
        notice(Advice("no table of features: every user is like the average one; {user_features} names one"))
    recommender = ModelRecommender(model, test.users, features, new_items)
    for items, of in ((test.train.keys, str(test.train.path)), (test.wanted_keys, "what is held out")):
        if len(items) and (recommender.keys.find_all(items) < 0).all():
            raise InputError(
                f"{model.path} knows none of the {counted(len(items), 'item')} of {of}, such as {items[0]}",
                "is it of other data?",
            )
    if test.train.made.text("command") == "split":
        whole = test.train.made.inner("corpus").text("digest")
        if whole and model.made.inner("corpus").text("digest") == whole:
            notice(
                f"{model.path} has learned what is held out, too: it was trained on the corpus that "
                f"{test.train.path} is a part of; it ranks what it has seen"
            )
    return recommender


def _told(grouping: Grouping) -> list[Measurement]:
    notice(grouping.told)
    return grouping.measurements


def tell_what_did_not_count(held_out: str, train: str | Path, test: RankingTest, result: Ranking) -> None:
    """Notices of users and items that could not take part in a ranking.

    held_out, train: what messages call the held-out items and what was trained on.
    """
    tell_what_is_left_out(held_out, train, test)
    tell_what_is_unknown(held_out, result)


def tell_what_is_left_out(held_out: str, train: str | Path, test: RankingTest) -> None:
    """Notices of users and items that take no part, whoever ranks; see `tell_what_did_not_count`."""
    _tell(held_out, f"users who are not in {train}, not ranked for", test.strangers)
    _tell(held_out, "held-out items that are in the history too, left out", test.seen_items)


def tell_what_is_unknown(where: str, result: Ranking) -> None:
    """Notices of what a recommender does not know. where: what messages begin with."""
    _tell(where, "users without an item that the model knows, who get what is popular", result.unknown_users)
    _tell(where, "held-out items not in the vocabulary, counted as missed", result.unknown_items)


def _tell(where: str, what: str, count: int) -> None:
    if count:
        notice(f"{where}: {what}: {count}")
