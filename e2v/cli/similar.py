"""`e2v similar`: the keys nearest to a key, or to several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from e2v.cli.options import (
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
from e2v.cli.questions import QuestionForm, Rows, answer_questions, open_vectors


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

    `-` reads questions from stdin, one a line: a key, spaces and all, or several between tabs. Every
    line is answered at once.

    Columns: query, key, score.
    """
    loaded = open_vectors(model, vectors, center)
    from e2v.vectors import Query, Searcher

    searcher = Searcher(loaded, restrict=restrict, method=method)
    fixed = (*plus, *minus)
    loaded.vectors_of(fixed)  # which fails, whatever --oov says, if one of them has none

    def query(asked: list[str]) -> tuple[str]:
        return ("".join([" + ".join([*asked, *plus]), *(f" - {key}" for key in minus)]),)

    def answer(batch: list[list[str]]) -> Iterator[Rows]:
        return searcher.answer([Query([*asked, *plus], minus) for asked in batch], number)

    form = QuestionForm(("query", "key", "score"), query, least=1, most=None, spaced=False, fixed=fixed)
    answer_questions(
        form,
        [keys],
        loaded,
        answer,
        format=format,
        oov=oov,
        mark_unseen=mark_unseen,
        batch_size=searcher.batch_size,
    )
