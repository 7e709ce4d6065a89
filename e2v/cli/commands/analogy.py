"""`e2v analogy`: A - B + C."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from e2v.cli.shared.options import Keys, Number, Questions
from e2v.cli.shared.prompt import Prompt
from e2v.cli.shared.questions import QuestionForm, Rows, answer_columns, answer_questions
from e2v.vectors.settings import ManyQueriesSettings

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


def command(asked: Keys, shown: Number, which: ManyQueriesSettings, questions: Questions) -> None:
    """Print the keys nearest to A - B + C: what is to C as A is to B.

    `e2v analogy madrid spain france` is madrid - spain + france, and the answer paris. Question files
    turn the first two round: their line "Athens Greece Baghdad Iraq" is the question
    `e2v analogy greece athens baghdad`, to which the answer should be iraq.

    The score is the cosine similarity; with `--method 3cosmul` a ratio of similarities; with `--csls LAMBDA`
    the cosine less LAMBDA times the mean cosine of the answer to its 10 nearest keys, and with `--predict`
    the dot product of what is predicted, both as in `e2v similar`. A, B and C are never answers.

    `-` reads questions from stdin, one a line: three keys between spaces, or between tabs if they hold
    spaces. Every line is answered at once.

    Items can be named by their titles, too, as in `e2v similar`.

    Columns: a, b, c, key, score; and title, where the model has titles.

    Examples:
        e2v analogy madrid spain france
        e2v analogy - -n 1 < questions.txt
    """
    from e2v.vectors import Query, Searcher, load_vectors

    loaded = load_vectors(questions.there(), which.vectors, center=which.center, predict=which.predict)
    searcher = Searcher(
        loaded, restrict=which.restrict, method=which.method, csls=which.csls, threads=which.threads
    )

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return searcher.answer([Query((a, c), (b,)) for a, b, c in batch], shown.number)

    form = QuestionForm(
        ("a", "b", "c", *answer_columns(loaded)),
        tuple,
        least=3,
        most=3,
        spaced=True,
        caption=lambda keys: "{} - {} + {}".format(*keys),
        prompt=Prompt("analogy", "A B C asks for A - B + C", words=True),
    )
    answer_questions(
        form,
        [list(asked.keys)],
        loaded,
        answer,
        questions,
        of_directions=True,
        batch_size=searcher.batch_size,
    )
