"""`e2v odd`: the key that does not belong with the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from e2v.cli.shared.options import (
    DEFAULT_MODEL,
    CenterOption,
    FormatOption,
    MarkUnseenOption,
    ModelOption,
    OovOption,
    VectorsOption,
)
from e2v.cli.shared.questions import QuestionForm, Rows, answer_columns, answer_questions, open_vectors

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(
    keys: Annotated[
        list[str], typer.Argument(metavar="KEY", help="Three keys or more, or - to read them from stdin.")
    ],
    model: ModelOption = DEFAULT_MODEL,
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    oov: OovOption = None,
    mark_unseen: MarkUnseenOption = False,
    format: FormatOption = "auto",
) -> None:
    """Print the key that is least like the others: `e2v odd breakfast cereal dinner lunch`.

    The score is the cosine of its vector and the mean of them all.

    `-` reads questions from stdin, one a line: keys between spaces, or between tabs if they hold spaces.

    Items can be named by their titles, too, as in `e2v similar`.

    Columns: query, key, score; and title, where the model has titles.
    """
    loaded = open_vectors(model, vectors, center)
    from e2v.vectors import odd_one_out

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return ([odd_one_out(loaded, asked)] for asked in batch)

    columns = ("query", *answer_columns(loaded))
    form = QuestionForm(columns, lambda asked: (asked,), least=3, most=None, spaced=True)
    answer_questions(
        form,
        [keys],
        loaded,
        answer,
        format=format,
        oov=oov,
        mark_unseen=mark_unseen,
        of_directions=True,
    )
