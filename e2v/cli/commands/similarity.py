"""`e2v similarity`: how similar two keys are."""

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
    keys: Annotated[list[str], typer.Argument(metavar="A B", help="Two keys, or - to read them from stdin.")],
    model: ModelOption = DEFAULT_MODEL,
    vectors: VectorsOption = "input",
    center: CenterOption = False,
    oov: OovOption = None,
    mark_unseen: MarkUnseenOption = False,
    format: FormatOption = "auto",
) -> None:
    """Print how similar two keys are: the cosine of their vectors, from -1 to 1.

    With `--vectors input-output`, how strongly A predicts B: the dot product of A's input vector and
    B's output vector.

    `-` reads pairs from stdin, one a line: two keys between spaces, or between a tab if they hold
    spaces.

    Items can be named by their titles, too, as in `e2v similar`.

    Columns: a, b, score.
    """
    loaded = open_vectors(model, vectors, center)
    from e2v.vectors import similarity

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return ([[similarity(loaded, a, b)]] for a, b in batch)

    form = QuestionForm(("a", "b", "score"), tuple, least=2, most=2, spaced=True)
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
