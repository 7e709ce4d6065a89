"""One trial: settings learn from a sample, and what was held out measures them, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.corpus.events.settings import SplitSettings
from e2v.corpus.histories import owners
from e2v.corpus.sample import shuffled, write_sample
from e2v.errors import Advice, InputError, SettingError
from e2v.evaluation.analogies import answered, read_questions
from e2v.evaluation.lookup import Lookup
from e2v.evaluation.metrics import METRICS
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.evaluation.recommender import ModelRecommender
from e2v.evaluation.similarity import cosines_and_scores, rank_products, read_pairs
from e2v.jobs.evaluate import SHOWN
from e2v.jobs.running import Run, Signals, unheeded
from e2v.jobs.split import split
from e2v.jobs.tower import tower
from e2v.jobs.train import Run as TrainRun
from e2v.jobs.train import train
from e2v.jobs.vocab import mean_set
from e2v.notices import counted
from e2v.progress import Report
from e2v.settings import declared, refuse_unknown, resolve
from e2v.store import Output, open_artifact
from e2v.training.priors import Priors
from e2v.training.tower.priors import tower_priors
from e2v.training.tower.settings import TowerSettings
from e2v.training.word2vec.presets import PRESETS, preset_settings
from e2v.training.word2vec.priors import WORDS, item_priors
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.tuning.settings import Learner, TuneSettings
from e2v.vectors import load_vectors

#: Users by whom settings are chosen, and the choice is confirmed, at most: more take long to rank for.
_CHOOSE, _CONFIRM = 5_000, 30_000
#: So that either has two of them.
_LEAST_TESTED = 4
#: The most frequent words, among which answers of analogies are looked for.
_FREQUENT = 30_000
#: What belongs to a search as a whole.
_NOT_FIXED = ("seed", "threads", "time_budget")


class Measured(NamedTuple):
    """What a trial reached, case by case: of the cases by which settings are chosen, and of the others.

    choosing, confirming: float64[n], float64[m]; None where nothing is to be confirmed.
    """

    choosing: NDArray[np.float64]
    confirming: NDArray[np.float64] | None


class Learning(NamedTuple):
    """What is searched: the settings of a command.

    command, preset: that the model is made with. base: what settings are by default there.
    """

    learner: Learner
    command: str
    preset: str | None
    of: type
    base: Mapping[str, Any]
    priors: Priors

    @classmethod
    def of_corpus(cls, learner: Learner, path: Path, *, ordered: bool | None) -> Learning:
        """The learner's, for a corpus of histories in order or not."""
        if learner == "tower":
            base = {"examples": "next"} if ordered else {}
            return cls(learner, "tower", None, TowerSettings, base, tower_priors(ordered=bool(ordered)))
        if learner == "item2vec":
            priors = item_priors(ordered=bool(ordered))
            preset = preset_settings("items", mean_set([str(path)]))
            return cls(learner, "train", "items", Word2VecSettings, preset, priors)
        return cls(learner, "train", "word2vec", Word2VecSettings, PRESETS["word2vec"], WORDS)

    def fixed(self, given: Sequence[str]) -> dict[str, Any]:
        """`dim=64` as a setting by its name.

        Raises:
            SettingError: it is not that, or cannot be so.
        """
        found: dict[str, Any] = {}
        for text in given:
            name, equal, value = text.partition("=")
            name = name.strip().lstrip("-").replace("-", "_")
            if not (equal and name and value) or name in _NOT_FIXED:
                raise SettingError("{fixed} takes a setting, such as dim=64, not {}", text)
            refuse_unknown({name: value}, self.of)
            one = declared(self.of)[name]
            if one.kind is bool:
                if value not in ("true", "false"):
                    raise SettingError("{fixed} takes true or false for {}, not {}", name, value)
                found[name] = value == "true"
            else:
                found[name] = one.value(value)
        return found

    def learn(
        self,
        corpus: Path,
        output: Output,
        given: Mapping[str, Any],
        report: Report,
        *,
        resume: bool = False,
        signals: Signals = unheeded,
    ) -> None:
        """Make a model, as the command does.

        given: the settings, by name, that are not as by default. The rest as in `e2v.jobs.train`.

        Raises:
            E2VError: see `train` and `tower`.
        """
        if self.command == "tower":
            tower(corpus, output, given, run=Run(resume=resume), report=report, signals=signals)
        else:
            settings = resolve(Word2VecSettings, given, self.base)
            run = TrainRun(resume=resume)
            train([str(corpus)], output, settings, None, run, report=report, signals=signals)


class Trials(Protocol):
    """What settings are tried on.

    unit: what a sample has so many of. whole: how many there are. measure: what a value is the mean of.
    """

    unit: str
    whole: int
    measure: str

    def measured(self, given: Mapping[str, Any], size: int, report: Report, *, confirms: bool) -> Measured:
        """Learn from a sample of so many, with these settings, and measure what was learned.

        confirms: whether the other cases are wanted.

        Raises:
            E2VError: that cannot be done.
        """


class _Samples:
    """Samples of a corpus, each of which holds the smaller ones.

    corpus: its file. folder: of the samples. order: int64[n], the order in which users or sentences join.
    """

    def __init__(self, corpus: Path, folder: Path, order: NDArray[np.int64], *, by_user: bool) -> None:
        self._corpus, self._folder, self._order, self._by_user = corpus, folder, order, by_user

    def of(self, size: int) -> Path:
        """The file of a sample."""
        if size == len(self._order):
            return self._corpus
        path = self._folder / f"sample-{size}.e2v"
        if not path.exists():
            write_sample(open_corpus(self._corpus), path, self._order[:size], by_user=self._by_user)
        return path


class _TrialModels:
    """Models of trials, with the seed and the threads of the search; one file, of the last."""

    def __init__(self, samples: _Samples, learning: Learning, settings: TuneSettings, folder: Path) -> None:
        self._samples, self._learning = samples, learning
        self._common = {"seed": settings.seed, "threads": settings.threads}
        self._output = Output(folder / "model.e2v")

    def learned(self, given: Mapping[str, Any], size: int, report: Report) -> Path:
        """The file of the model that settings make of a sample."""
        self._learning.learn(self._samples.of(size), self._output, {**given, **self._common}, report)
        return self._output.path


class ItemTrials:
    """Trials on users: what was held out of their histories is ranked.

    A sample is what is learned from; it is measured by as many users in any round, most of whom are not in a
    small sample, so that what is chosen is less of a chance. Every second user, in a random order, is one by
    whom settings are chosen, the others confirm the choice.

    folder: to work in. cut: how the histories are split.

    Raises:
        InputError: too few users have something held out.
    """

    unit, measure = "users", f"NDCG@{SHOWN}"

    def __init__(
        self, corpus: Path, folder: Path, learning: Learning, settings: TuneSettings, cut: SplitSettings
    ) -> None:
        path, held_out = folder / "left.e2v", folder / "held-out.txt"
        split(corpus, Output(path), Output(held_out), cut)
        left, wanted = open_corpus(path), read_held_out(held_out)
        names, _ = owners(left)
        order = shuffled(len(names), settings.seed)
        self.whole = len(names)
        tested = [name for name in (names[user] for user in order.tolist()) if name in wanted]
        if len(tested) < _LEAST_TESTED:
            raise InputError(
                f"{corpus}: what is held out is of {counted(len(tested), 'user')}, and to choose by takes "
                f"{_LEAST_TESTED} or more",
                Advice("add users with two items or more, or hold out more: {share}, {last_share}"),
            )
        self._tests = [
            RankingTest.of(left, {name: wanted[name] for name in half[:most]})
            for half, most in ((tested[0::2], _CHOOSE), (tested[1::2], _CONFIRM))
        ]
        samples = _Samples(path, folder, order, by_user=True)
        self._models = _TrialModels(samples, learning, settings, folder)
        self._threads = settings.threads

    def measured(self, given: Mapping[str, Any], size: int, report: Report, *, confirms: bool) -> Measured:
        """See `Trials`."""
        model = self._models.learned(given, size, report)
        recommender = ModelRecommender(open_artifact(model, "model"))
        column = METRICS.index("ndcg")
        ndcg = [
            evaluate_ranking(recommender, test, SHOWN, self._threads, report).values[:, column]
            for test in self._tests[: 1 + confirms]
        ]
        return Measured(ndcg[0], ndcg[1] if confirms else None)


class WordTrials:
    """Trials on lines of text: questions that somebody has are answered.

    Every second question, in a random order, is one by which settings are chosen; the others confirm the
    choice.

    Raises:
        UsageError: there are no questions.
    """

    unit = "lines"

    def __init__(self, corpus: Path, folder: Path, learning: Learning, settings: TuneSettings) -> None:
        if not settings.analogies and not settings.similarity:
            raise SettingError(
                "words are tried by questions about them", hint="give {analogies} FILE or {similarity} FILE"
            )
        self._analogies = [read_questions(path) for path in settings.analogies]
        self._similarity = [(path.stem, read_pairs(path)) for path in settings.similarity]
        self.measure = " and ".join(
            name for name, there in (("accuracy", self._analogies), ("Spearman", self._similarity)) if there
        )
        self.whole = len(open_corpus(corpus).offsets) - 1
        order = shuffled(self.whole, settings.seed)
        samples = _Samples(corpus, folder, order, by_user=False)
        self._models = _TrialModels(samples, learning, settings, folder)
        self._seed, self._threads = settings.seed, settings.threads

    def measured(self, given: Mapping[str, Any], size: int, report: Report, *, confirms: bool) -> Measured:
        """See `Trials`."""
        model = self._models.learned(given, size, report)
        vectors = load_vectors(model).head(_FREQUENT)
        lookup = Lookup(vectors.keys, match_case=False)
        halves: tuple[list[NDArray[np.float64]], ...] = ([], [])
        for sections in self._analogies:
            correct, asked = answered(vectors, lookup, sections, threads=self._threads, report=report)
            for half, chosen in zip(halves, self._divided(int(asked.sum())), strict=True):
                half.append(correct[asked][chosen].astype(np.float64))
        for name, pairs in self._similarity:
            cosines, scores = cosines_and_scores(vectors, lookup, pairs, name)
            for half, chosen in zip(halves, self._divided(len(scores)), strict=True):
                products = rank_products(cosines[chosen], scores[chosen])
                if products is None:
                    raise InputError(f"{name}: too few pairs can be used to choose by", Advice("add text"))
                half.append(products)
        choosing, confirming = map(_equally, halves)
        return Measured(choosing, confirming if confirms else None)

    def _divided(self, n: int) -> list[NDArray[np.int64]]:
        order = shuffled(n, self._seed)
        if n < 2:
            raise InputError("too few questions can be asked to choose by", Advice("add text"))
        return [order[0::2], order[1::2]]


def _equally(files: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The values of several files as those of one, in which each file counts the same."""
    n = sum(map(len, files))
    return np.concatenate([values * n / (len(files) * len(values)) for values in files])


def trials_of(
    corpus: Path, folder: Path, learning: Learning, settings: TuneSettings, cut: SplitSettings | None
) -> Trials:
    """What settings are tried on. cut: of histories; None for text.

    Raises:
        E2VError: there is nothing to try them on.
    """
    if cut is None:
        return WordTrials(corpus, folder, learning, settings)
    return ItemTrials(corpus, folder, learning, settings, cut)
