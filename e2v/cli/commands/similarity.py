"""`e2v similarity`: how similar two keys are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from e2v.cli.shared.options import Keys, Questions
from e2v.cli.shared.prompt import Prompt
from e2v.cli.shared.questions import QuestionForm, Rows, answer_questions
from e2v.vectors.settings import PredictSettings

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(asked: Keys, which: PredictSettings, questions: Questions) -> None:
    """Print how similar two keys are: the cosine of their vectors, from -1 to 1.

    With `--predict`, how strongly A predicts B: the dot product of A's input vector and
    B's output vector.

    `-` reads pairs from stdin, one a line: two keys between spaces, or between a tab if they hold
    spaces.

    Items can be named by their titles, too, as in `e2v similar`.

    Columns: a, b, score.

    Examples:
        e2v similarity king queen
        e2v similarity - --format json < pairs.txt
    """
    from e2v.vectors import load_vectors, similarity

    loaded = load_vectors(questions.there(), which.vectors, center=which.center, predict=which.predict)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return ([[similarity(loaded, a, b)]] for a, b in batch)

    prompt = Prompt("similarity", "A B asks how similar they are", words=True)
    form = QuestionForm(("a", "b", "score"), tuple, least=2, most=2, spaced=True, prompt=prompt)
    answer_questions(form, [list(asked.keys)], loaded, answer, questions, of_directions=True)
