"""`e2v odd`: the key that does not belong with the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from e2v.cli.shared.options import Keys, Questions
from e2v.cli.shared.prompt import Prompt
from e2v.cli.shared.questions import QuestionForm, Rows, answer_columns, answer_questions
from e2v.vectors.settings import VectorSettings

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(asked: Keys, which: VectorSettings, questions: Questions) -> None:
    """Print the key that is least like the others: `e2v odd breakfast cereal dinner lunch`.

    The score is the cosine of its vector and the mean of them all.

    `-` reads questions from stdin, one a line: keys between spaces, or between tabs if they hold spaces.

    Items can be named by their titles, too, as in `e2v similar`.

    Columns: query, key, score; and title, where the model has titles.

    Examples:
        e2v odd breakfast cereal dinner lunch
        e2v odd - -m model.e2v < questions.txt
    """
    from e2v.vectors import load_vectors, odd_one_out

    loaded = load_vectors(questions.there(), which.vectors, center=which.center)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return ([odd_one_out(loaded, keys)] for keys in batch)

    columns = ("query", *answer_columns(loaded))
    prompt = Prompt("odd", "three keys or more ask for the one that does not belong", words=True)
    form = QuestionForm(columns, lambda keys: (keys,), least=3, most=None, spaced=True, prompt=prompt)
    answer_questions(form, [list(asked.keys)], loaded, answer, questions, of_directions=True)
