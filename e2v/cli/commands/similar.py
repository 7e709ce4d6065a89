"""`e2v similar`: the keys nearest to a key, or to several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from e2v.cli.shared.options import Keys, Number, Questions
from e2v.cli.shared.questions import QuestionForm, Rows, answer_columns, answer_questions
from e2v.settings import setting
from e2v.vectors.settings import QuerySettings

if TYPE_CHECKING:
    from e2v.vectors import ResolvedKey


@dataclass(frozen=True, kw_only=True)
class Asked(Keys, Number):
    """What is asked."""

    plus: tuple[str, ...] = setting((), "Another key to be similar to.", metavar="KEY")
    minus: tuple[str, ...] = setting((), "A key to be unlike.", metavar="KEY")


def command(asked: Asked, which: QuerySettings, questions: Questions) -> None:
    """Print the keys most similar to KEY, or to several of them.

    `e2v similar king --plus woman --minus man` adds and subtracts; `e2v similar king woman` adds. The
    score is the cosine similarity, 1 at most. The keys that were asked about are never answers.

    With `--predict` the answers are what KEY predicts, the keys to be found near it rather
    than in its place: its input vector against the output vectors, by dot product (the log-odds of the
    pair).

    Items that have titles (`e2v events --titles`) can be asked for by these, too, as in `e2v
    similar "Heat (1995)"`. What is a key is taken as one; a title that several items share is an error
    that names their keys.

    `-` reads questions from stdin, one a line: a key, spaces and all, or several between tabs. Every
    line is answered at once.

    Columns: query, key, score; and title, where the model has titles.

    Examples:
        e2v similar king
        e2v similar king --plus woman --minus man -m model.e2v -n 5
        cut -f 1 words.tsv | e2v similar - --format json
    """
    from e2v.vectors import Query, Searcher, described, load_vectors

    loaded = load_vectors(questions.model, which.vectors, center=which.center, predict=which.predict)
    searcher = Searcher(loaded, restrict=which.restrict, method=which.method)
    plus, minus = asked.plus, asked.minus
    # An unknown key is an error here, whatever --oov says.
    added, taken = [loaded.resolve(name) for name in plus], [loaded.resolve(name) for name in minus]

    def query(keys: list[str]) -> tuple[str]:
        return (described([*keys, *plus], minus),)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return searcher.answer([Query([*keys, *added], taken) for keys in batch], asked.number)

    columns = ("query", *answer_columns(loaded))
    form = QuestionForm(columns, query, least=1, most=None, spaced=False, fixed=[*added, *taken])
    answer_questions(
        form,
        [list(asked.keys)],
        loaded,
        answer,
        questions,
        of_directions=True,
        batch_size=searcher.batch_size,
    )
