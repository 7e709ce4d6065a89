"""`e2v eval`: how good a model is, in figures that a script can hold it to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from e2v.cli.shared.messages import note
from e2v.cli.shared.options import (
    DEFAULT_MODEL,
    CenterOption,
    FormatOption,
    Method,
    MethodOption,
    VectorsOption,
)
from e2v.cli.shared.output import Output
from e2v.errors import UsageError

if TYPE_CHECKING:
    from e2v.evaluation.measurement import Measurement

COLUMNS = ("name", "measure", "value", "used", "total", "low", "high")


def command(
    context: typer.Context,
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", envvar="E2V_MODEL", help="The vectors to measure.")
    ] = DEFAULT_MODEL,
    analogies: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="Questions, four words a line (a is to b as c is to d), in ': sections'. Repeatable.",
        ),
    ] = [],  # noqa: B006
    similarity: Annotated[
        list[Path],
        typer.Option(metavar="FILE", help="Two words and a score a line: TSV, CSV or spaces. Repeatable."),
    ] = [],  # noqa: B006
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE:KEY:LABELS", help="A table and its columns of keys and labels, by name or number."
        ),
    ] = None,
    ranking: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Held-out items, 'user item item ...' a line; with --train."),
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(metavar="CORPUS", help="The users' histories, as made by e2v vocab or split."),
    ] = None,
    baseline: Annotated[
        Literal["popularity", "item-knn", "gf-cf"] | None,
        typer.Option(help="Rank with this, learned from CORPUS at once, in place of a model."),
    ] = None,
    user_features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="In --ranking, a table of users as the model was trained with."),
    ] = None,
    unseen: Annotated[
        bool,
        typer.Option(
            "--unseen",
            help="In --similarity, words outside the vocabulary have their vectors from their n-grams.",
        ),
    ] = False,
    minimum: Annotated[
        list[str], typer.Option("--min", metavar="NAME=X", help="Exit 4 if this is below X. Repeatable.")
    ] = [],  # noqa: B006
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    restrict: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Only the N most frequent keys take part in --analogies and --labels."
        ),
    ] = None,
    match_case: Annotated[
        bool,
        typer.Option("--match-case", help="Athens and athens are two words in analogies and similarity."),
    ] = False,
    method: MethodOption = "3cosadd",
    knn: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Neighbours for --labels. \\[8]")
    ] = None,
    k: Annotated[
        int | None,
        typer.Option("--k", "-k", min=1, metavar="K", help="Items shown to a user in --ranking. \\[20]"),
    ] = None,
    format: FormatOption = "auto",
) -> None:
    """Measure MODEL: analogies, word similarity, purity of categories, ranking.

    All files are read, and the names of --min looked up, before anything is measured. What could not be
    measured at all, because none of a file's words is in the vocabulary, is an error.

    **--analogies**: how often the answer is the word that scores highest: for each section, for the
    *semantic* and the *syntactic* ones (these are named gram...) and for all *analogies*. Of several files
    the names begin with the file's: *msr/analogies*. A question with a word outside the vocabulary, or beyond
    --restrict, is not asked. **--similarity**: Spearman's correlation
    of the cosines with the scores, under the name of the file. Both ignore case unless --match-case is given;
    of keys that differ in nothing else the most frequent counts. With --unseen a model with subwords has
    vectors for more words; how many pairs are used for that alone is told on stderr.

    **--labels**: how many of an item's --knn nearest neighbours share a category with it, on average: its
    *purity*. Items without categories do not take part; several categories of an item are joined by |.

    **--ranking**: *hr*, *recall*, *ndcg* and *mrr* at --k, as means over the users. All items that are not in
    a user's history are ranked, by the user's vector times their output vectors. `e2v split` makes the files.
    The users are the same for every model: whoever has no item that MODEL knows is ranked for by popularity,
    as `e2v recommend` does, and a held-out item that it does not know is missed. Users who are not in CORPUS
    are left out. All of these are counted on stderr. A tower with user features needs --user-features;
    without, everybody is like the average user.

    --min holds what is measured to a minimum, by name: `--min analogies=.35 --min wordsim353=.65`. What has
    no value reaches none.

    Columns: name, measure, value, used, total (questions, pairs, items or users), and low and high, the 95%
    confidence interval of a ranking metric.
    """
    of_vectors = bool(analogies or similarity or labels)
    source = context.get_parameter_source("model")
    model_named = source is not None and source.name == "COMMANDLINE"
    _require(
        of_vectors or ranking is not None,
        "nothing to measure",
        "give --analogies, --similarity, --labels or --ranking",
    )
    _require(
        ranking is None or train is not None, "--ranking needs the histories of its users", "--train CORPUS"
    )
    _require(
        not baseline or not (model_named or of_vectors),
        "a baseline only ranks, without MODEL",
        "leave out the rest",
    )
    for name, given, applies in (
        ("--train", train, ranking),
        ("--baseline", baseline, ranking),
        ("--user-features", user_features, ranking and not baseline),
        ("-k", k, ranking),
        ("--knn", knn, labels),
        ("--match-case", match_case, analogies or similarity),
        ("--unseen", unseen, similarity),
        ("--method", method != "3cosadd", analogies),
        ("--restrict", restrict, analogies or labels),
        ("--vectors", vectors != "input", of_vectors),
        ("--center", center, of_vectors),
    ):
        _require(not given or bool(applies), f"{name} does not apply to what is measured", "leave it out")

    from e2v.evaluation.measurement import Minimum, check, require

    minima = [Minimum.parse(text) for text in minimum]
    tasks: list[Task] = []
    if of_vectors:
        asked = VectorsAsked(model, vectors, center, restrict, match_case)
        tasks += [asked.analogies(analogies, method), asked.similarity(similarity, unseen)]
        if labels:
            tasks.append(asked.labels(labels, knn or 8))
    if ranking and train:
        tasks.append(_ranking(model, baseline, ranking, train, user_features, k or 20))
    check(minima, [name for task in tasks for name in task.names])
    measurements: list[Measurement] = []
    with Output(format, COLUMNS) as output:
        for task in tasks:
            for measurement in task.measure():
                measurements.append(measurement)
                output.row(*measurement)
    require(minima, measurements)


def _require(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise UsageError(message, hint)


class Task(NamedTuple):
    """Something to measure, with its files read. names: of the measurements."""

    names: list[str]
    measure: Callable[[], Iterable[Measurement]]


class VectorsAsked:
    """What is asked of the vectors alone."""

    def __init__(self, model: Path, which: str, center: bool, restrict: int | None, match_case: bool) -> None:
        from e2v.evaluation.lookup import Lookup
        from e2v.vectors import load_vectors

        self._vectors = load_vectors(model, which, center=center)
        self._frequent = self._vectors.head(restrict) if restrict else self._vectors
        self._lookup = cache(lambda vectors: Lookup(vectors.keys, match_case=match_case))

    def analogies(self, paths: list[Path], method: Method) -> Task:
        """Each file's sections."""
        from e2v.evaluation.analogies import evaluate_analogies, measured_names, read_questions

        files = [(f"{path.stem}/" if len(paths) > 1 else "", read_questions(path)) for path in paths]

        def measure() -> Iterator[Measurement]:
            for prefix, sections in files:
                lookup = self._lookup(self._frequent)
                for found in evaluate_analogies(self._frequent, lookup, sections, method=method):
                    yield found._replace(name=prefix + found.name)

        return Task(
            [prefix + name for prefix, sections in files for name in measured_names(sections)], measure
        )

    def similarity(self, paths: list[Path], unseen: bool) -> Task:
        """Each file's pairs; with `unseen` it is told on stderr how many only n-grams make usable."""
        from e2v.evaluation.similarity import evaluate_similarity, read_pairs, usable_pairs, with_unseen

        files = [(path.stem, read_pairs(path)) for path in paths]
        if unseen:
            with_unseen(self._vectors, self._lookup(self._vectors), [])  # or say that it cannot be done

        def measure() -> Iterator[Measurement]:
            for name, pairs in files:
                vectors, lookup = self._vectors, self._lookup(self._vectors)
                if unseen:
                    known = len(usable_pairs(vectors, lookup, pairs))
                    vectors = with_unseen(vectors, lookup, pairs)
                    lookup = self._lookup(vectors)
                found = evaluate_similarity(vectors, lookup, pairs, name)
                if unseen:
                    made = found.used - known
                    note(f"{name}: pairs with a word that only its n-grams know: {made}")
                yield found

        return Task([name for name, _ in files], measure)

    def labels(self, source: str, knn: int) -> Task:
        """The purity of the neighbours."""
        from e2v.evaluation.categories import evaluate_categories, read_categories
        from e2v.inputs.columns import KeyedColumn

        categories = read_categories(KeyedColumn.parse(source))
        return Task(["purity"], lambda: [evaluate_categories(self._frequent, categories, knn)])


def _ranking(
    model: Path, baseline: str | None, held_out: Path, train: Path, user_features: Path | None, k: int
) -> Task:
    """The ranking metrics; who and what could not count is told on stderr."""
    from e2v.cli.commands.users import encoded
    from e2v.corpus.artifact import open_corpus
    from e2v.corpus.events.held_out import read_held_out
    from e2v.evaluation.ranking import METRICS, RankingTest, evaluate_ranking
    from e2v.evaluation.recommender import ModelRecommender, Recommender
    from e2v.store import open_artifact
    from e2v.training.linear.baselines import BASELINES

    corpus = open_corpus(train)
    test = RankingTest.of(corpus, read_held_out(held_out))
    recommender: Recommender | None = None
    if not baseline:
        opened = open_artifact(model, "model")
        features = encoded(opened, user_features, test.users, "auto") if user_features else None
        if features is None and opened.has("features"):
            note("no --user-features: every user is like the average one")
        recommender = ModelRecommender(opened, test.users, features)

    def measure() -> list[Measurement]:
        result = evaluate_ranking(recommender or BASELINES[str(baseline)](corpus), test, k)
        for count, what in (
            (test.strangers, f"users who are not in {train}, not ranked for"),
            (result.unknown_users, "users without an item that the model knows, who get what is popular"),
            (result.unknown_items, "held-out items not in the vocabulary, counted as missed"),
            (test.seen_items, "held-out items that are in the history too, left out"),
        ):
            if count:
                note(f"{held_out}: {what}: {count}")
        return result.measurements

    return Task(list(METRICS), measure)
