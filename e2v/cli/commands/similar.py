"""`e2v similar`: the keys nearest to a key, or to several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from e2v.cli.shared.options import (
    DEFAULT_MODEL,
    CenterOption,
    FormatOption,
    MarkUnseenOption,
    MethodOption,
    ModelOption,
    NumberOption,
    OovOption,
    RestrictOption,
    VectorsOption,
)
from e2v.cli.shared.questions import QuestionForm, Rows, answer_columns, answer_questions, open_vectors

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Keys, or - to read them from stdin.")],
    plus: Annotated[list[str], typer.Option(metavar="KEY", help="Another key to be similar to.")] = [],  # noqa: B006
    minus: Annotated[list[str], typer.Option(metavar="KEY", help="A key to be unlike.")] = [],  # noqa: B006
    model: ModelOption = DEFAULT_MODEL,
    number: NumberOption = 10,
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    restrict: RestrictOption = None,
    method: MethodOption = "3cosadd",
    oov: OovOption = None,
    mark_unseen: MarkUnseenOption = False,
    format: FormatOption = "auto",
) -> None:
    """Print the keys most similar to KEY, or to several of them.

    `e2v similar king --plus woman --minus man` adds and subtracts; `e2v similar king woman` adds. The
    score is the cosine similarity, 1 at most. The keys that were asked about are never answers.

    With `--vectors input-output` the answers are what KEY predicts, the keys to be found near it rather
    than in its place: its input vector against the output vectors, by dot product (the log-odds of the
    pair).

    Items that have titles (`e2v events --labels`) can be asked for by these, too, as in `e2v
    similar "Heat (1995)"`. What is a key is taken as one; a title that several items share is an error
    that names their keys.

    `-` reads questions from stdin, one a line: a key, spaces and all, or several between tabs. Every
    line is answered at once.

    Columns: query, key, score; and title, where the model has titles.
    """
    loaded = open_vectors(model, vectors, center)
    from e2v.vectors import Query, Searcher

    searcher = Searcher(loaded, restrict=restrict, method=method)
    # An unknown key is an error here, whatever --oov says.
    added, taken = [loaded.resolve(name) for name in plus], [loaded.resolve(name) for name in minus]

    def query(asked: list[str]) -> tuple[str]:
        return ("".join([" + ".join([*asked, *plus]), *(f" - {name}" for name in minus)]),)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return searcher.answer([Query([*keys, *added], taken) for keys in batch], number)

    columns = ("query", *answer_columns(loaded))
    form = QuestionForm(columns, query, least=1, most=None, spaced=False, fixed=[*added, *taken])
    answer_questions(
        form,
        [keys],
        loaded,
        answer,
        format=format,
        oov=oov,
        mark_unseen=mark_unseen,
        of_directions=True,
        batch_size=searcher.batch_size,
    )
