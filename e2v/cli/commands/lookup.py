"""`e2v lookup`: the vectors of keys."""

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
from e2v.cli.shared.questions import QuestionForm, Rows, answer_questions, open_vectors

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Keys, or - to read them from stdin.")],
    model: ModelOption = DEFAULT_MODEL,
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    oov: OovOption = None,
    mark_unseen: MarkUnseenOption = False,
    format: FormatOption = "auto",
) -> None:
    """Print the vectors of keys.

    `-` reads keys from stdin, one a line, spaces and all.

    Items can be named by their titles, too, as in `e2v similar`; the column key repeats what was asked for.

    Columns: key, vector (its numbers with spaces between them).
    """
    loaded = open_vectors(model, vectors, center, one_space=True)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        rows = loaded.vectors_of(key for (key,) in batch)
        return ([[row.tolist()]] for row in rows)

    form = QuestionForm(("key", "vector"), tuple, least=1, most=1, spaced=False)
    answer_questions(
        form, [[key] for key in keys], loaded, answer, format=format, oov=oov, mark_unseen=mark_unseen
    )
