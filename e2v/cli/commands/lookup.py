"""`e2v lookup`: the vectors of keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from e2v.cli.shared.options import Keys, Questions
from e2v.cli.shared.prompt import Prompt
from e2v.cli.shared.questions import QuestionForm, Rows, answer_questions
from e2v.vectors.settings import VectorSettings

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(asked: Keys, which: VectorSettings, questions: Questions) -> None:
    """Print the vectors of keys.

    `-` reads keys from stdin, one a line, spaces and all.

    Items can be named by their titles, too, as in `e2v similar`; the column key repeats what was asked for.

    Columns: key, vector (its numbers with spaces between them).

    Examples:
        e2v lookup king
        e2v lookup king queen -m model.e2v --format json
    """
    from e2v.vectors import load_vectors

    loaded = load_vectors(questions.there(), which.vectors, center=which.center)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        rows = loaded.vectors_of(key for (key,) in batch)
        return ([[row.tolist()]] for row in rows)

    prompt = Prompt("lookup", "a key asks for its vector")
    form = QuestionForm(("key", "vector"), tuple, least=1, most=1, spaced=False, prompt=prompt)
    answer_questions(form, [[key] for key in asked.keys], loaded, answer, questions)
