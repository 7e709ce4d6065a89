"""`e2v eval`: how good a model is, in figures that a script can hold it to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from e2v.cli.options import (
    DEFAULT_MODEL,
    CenterOption,
    FormatOption,
    Method,
    MethodOption,
    VectorsOption,
)
from e2v.cli.output import Output
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
        Path | None,
        typer.Option(
            metavar="FILE", help="Questions, four words a line (a is to b as c is to d), in ': sections'."
        ),
    ] = None,
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
    """Measure MODEL: analogies, word similarity, label purity, ranking.

    **--analogies**: how often the answer is the word that scores highest: for each section, for the
    *semantic* and the *syntactic* ones (these are named gram...) and for all *analogies*. A question with a
    word outside the vocabulary, or beyond --restrict, is not asked. **--similarity**: Spearman's correlation
    of the cosines with the scores, under the name of the file. Both ignore case unless --match-case is given;
    of keys that differ in nothing else the most frequent counts. With --unseen a model with subwords has
    vectors for more words; how many pairs are used for that alone is told on stderr.

    **--labels**: how many of an item's --knn nearest neighbours share a label with it, on average: its
    *purity*. Items without labels do not take part; several labels of an item are joined by |.

    **--ranking**: *hr*, *recall*, *ndcg* and *mrr* at --k, as means over the users. All items that are not in
    a user's history are ranked, by the user's vector times their output vectors. `e2v split` makes the files.

    --min holds what is measured to a minimum, by name: `--min analogies=.35 --min wordsim353=.65`.

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

    from e2v.evaluation.measurement import Minimum, require

    minima = [Minimum.parse(text) for text in minimum]
    measurements: list[Measurement] = []
    with Output(format, COLUMNS) as output:
        if of_vectors:
            measurements += _measure_vectors(
                model,
                vectors,
                center,
                restrict,
                analogies,
                method,
                similarity,
                unseen,
                match_case,
                labels,
                knn or 8,
            )
        if ranking and train:
            measurements += _measure_ranking(model, baseline, ranking, train, k or 20)
        for measurement in measurements:
            output.row(*measurement)
    require(minima, measurements)


def _require(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise UsageError(message, hint)


def _measure_vectors(
    model: Path,
    which: str,
    center: bool,
    restrict: int | None,
    analogies: Path | None,
    method: Method,
    similarity: list[Path],
    unseen: bool,
    match_case: bool,
    labels: str | None,
    knn: int,
) -> Iterator[Measurement]:
    """What is asked of the vectors alone; all files are read before anything is measured."""
    from e2v.corpus.labels import LabelSource
    from e2v.evaluation.analogies import evaluate_analogies, read_questions
    from e2v.evaluation.labels import evaluate_labels, read_labels
    from e2v.evaluation.lookup import Lookup
    from e2v.evaluation.similarity import evaluate_similarity, read_pairs, with_unseen
    from e2v.vectors import load_vectors

    sections = read_questions(analogies) if analogies else []
    pairs = [(path.stem, read_pairs(path)) for path in similarity]
    items = read_labels(LabelSource.parse(labels)) if labels else {}
    vectors = load_vectors(model, which, center=center)
    frequent = vectors.head(restrict) if restrict else vectors
    if sections:
        lookup = Lookup(frequent.keys, match_case=match_case)
        yield from evaluate_analogies(frequent, lookup, sections, method=method)
    if pairs:
        lookup = Lookup(vectors.keys, match_case=match_case)
        for name, scored in pairs:
            found = evaluate_similarity(vectors, lookup, scored, name)
            if unseen:
                extended = with_unseen(vectors, lookup, scored)
                words = Lookup(extended.keys, match_case=match_case)
                known, found = found.used, evaluate_similarity(extended, words, scored, name)
                made = found.used - known
                print(f"e2v: {name}: pairs with a word that only its n-grams know: {made}", file=sys.stderr)
            yield found
    if items:
        yield evaluate_labels(frequent, items, knn)


def _measure_ranking(
    model: Path, baseline: str | None, ranking: Path, train: Path, k: int
) -> list[Measurement]:
    """The ranking metrics; what could not count is told on stderr."""
    from e2v.corpus import open_corpus
    from e2v.evaluation.held_out import read_held_out
    from e2v.evaluation.ranking import evaluate_ranking
    from e2v.evaluation.recommender import ModelRecommender, Recommender
    from e2v.store import open_artifact
    from e2v.training.baselines import BASELINES

    held_out = read_held_out(ranking)
    corpus = open_corpus(train)
    recommender: Recommender = (
        BASELINES[baseline](corpus) if baseline else ModelRecommender(open_artifact(model, "model"))
    )
    result = evaluate_ranking(recommender, corpus, held_out, k)
    for count, what in (
        (result.unknown_users, "users without a known history, not ranked for"),
        (result.unknown_items, "held-out items not in the vocabulary, counted as missed"),
        (result.seen_items, "held-out items that are in the history too, left out"),
    ):
        if count:
            print(f"e2v: {ranking}: {what}: {count}", file=sys.stderr)
    return result.measurements
