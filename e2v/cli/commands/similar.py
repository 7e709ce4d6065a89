"""`e2v similar`: the keys nearest to a key, or to several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2v.cli.shared.options import Number, Questions, all_there_are
from e2v.cli.shared.prompt import Prompt
from e2v.cli.shared.questions import Question, QuestionForm, Rows, answer_columns, answer_questions
from e2v.errors import Advice, SettingError, UnknownKeyError, UsageError
from e2v.settings import argument, setting
from e2v.vectors.settings import ManyQueriesSettings, SelectionSettings, refuse_two

if TYPE_CHECKING:
    from e2v.vectors import KeyedVectors, ResolvedKey


_TEXTS = "Texts"


@dataclass(frozen=True, kw_only=True)
class Asked(Number):
    """What is asked."""

    keys: tuple[str, ...] = argument((), "Keys, or - to read them from stdin.", metavar="KEY")
    plus: tuple[str, ...] = setting((), "Another key to be similar to.", metavar="KEY")
    minus: tuple[str, ...] = setting((), "A key to be unlike.", metavar="KEY")
    all: bool = all_there_are()
    vector: str | None = setting(
        None,
        "Ask about vectors, a line each, as e2v lookup prints them, in place of KEYs; - is stdin.",
        metavar="FILE",
    )
    text: str | None = setting(
        None,
        "Ask about a text, by the vector that e2v embed makes of it, in place of KEYs; - is stdin, a text on "
        "each line.",
        metavar="TEXT",
        group=_TEXTS,
    )
    words: Path | None = setting(
        None,
        "The model that the texts of MODEL were made with.",
        shown="where it was, or beside MODEL",
        suffix=".e2v",
        only_with={"text": ...},
        recorded=False,
        group=_TEXTS,
    )

    def check(self) -> None:
        """See `e2v.settings.resolve`.

        Raises:
            UsageError: nothing is asked about, or two things at once.
        """
        asked = {
            "KEYs": self.keys,
            "{all}": self.all,
            "{vector}": self.vector is not None,
            "{text}": self.text is not None,
        }
        if not any(asked.values()):
            raise UsageError(
                "there is no key to ask about",
                "give KEYs, - to read them from stdin, --all, --vector FILE, or --text TEXT",
            )
        refuse_two(asked)


def command(
    asked: Asked, which: ManyQueriesSettings, answers: SelectionSettings, questions: Questions
) -> None:
    """Print the keys most similar to KEY, or to several of them.

    `e2v similar king --plus woman --minus man` adds and subtracts; `e2v similar king woman` adds. The
    score is the cosine similarity, 1 at most. The keys that were asked about are never answers.

    With `--csls LAMBDA` keys that are near to everything are answers less often: the score, by which they are
    ranked, is the cosine less LAMBDA times the mean cosine of the answer to its 10 nearest keys, of the N of
    --restrict if that is given.

    With `--predict` the answers are what KEY predicts, the keys to be found near it rather
    than in its place: its input vector against the output vectors, by dot product (the log-odds of the
    pair).

    Items that have titles (`e2v events --titles`) can be asked for by these, too, as in `e2v
    similar "Heat (1995)"`. What is a key is taken as one; a title that several items share is an error
    that names their keys. Where the text of a model was made lower case, so is a question that is no key.

    `--only`, `--not` and `--in-stock` say which keys may be answers, in files of keys or by the categories of
    a table; `--per-category` and `--diversity` have the answers mixed.

    `-` reads questions from stdin, one a line: a key, spaces and all, or several between tabs. Every
    line is answered at once. On a terminal there is a prompt.

    `--all` asks about every key, of the N of --restrict if that is given: what else is bought with each
    product, say.

    `--vector -` reads vectors: `e2v lookup king | e2v similar --vector -` is `e2v similar king`, if both
    have the same --vectors and --center. A line is a key, a tab and numbers, and this key is no answer; or
    numbers alone, and the query is called by its line's number; or JSON, as lookup writes it.

    `--text` asks about a text: of a model for the words nearest to it, of a file that `e2v embed` has made
    for the lines. There the text becomes a vector as those lines did, with the words of the same model: the
    file knows which, and by its digest whether it still is that.

    Columns: query, key, score; and title, where the model has titles.

    Examples:
        e2v similar king
        e2v similar king --plus woman --minus man -m model.e2v -n 5
        cut -f 1 words.tsv | e2v similar - --format json
        e2v similar --all -n 5 --format csv > also.csv
        e2v lookup king | e2v similar --vector -
        e2v similar --text "how do I get a refund" -m lines.e2v
    """
    from e2v.vectors import Query, Searcher, described, load_vectors
    from e2v.vectors.selection import Selecting

    if answers.from_stdin and "-" in (*asked.keys, asked.vector, asked.text):
        raise SettingError("questions come from stdin already", hint="name a file of keys in place of -")
    loaded = load_vectors(questions.there(), which.vectors, center=which.center, predict=which.predict)
    searcher = Searcher(
        loaded, restrict=which.restrict, method=which.method, csls=which.csls, threads=which.threads
    )
    selection = Selecting(loaded.titled, answers).selection
    plus, minus = asked.plus, asked.minus
    # An unknown key is an error here, whatever --oov says.
    added, taken = [loaded.resolve(name) for name in plus], [loaded.resolve(name) for name in minus]

    def query(keys: list[str]) -> tuple[str]:
        return (described([*keys, *plus], minus),)

    def answer(batch: list[list[ResolvedKey]]) -> Iterator[Rows]:
        return searcher.answer([Query([*keys, *added], taken) for keys in batch], asked.number, selection)

    batches: Iterator[list[Question]] | None = None
    total = min(len(loaded), which.restrict or len(loaded))
    if asked.all:
        batches = _every_key(loaded, total, searcher.batch_size)
    elif asked.vector is not None:
        from e2v.cli.shared.given_vectors import vector_questions

        batches = vector_questions(asked.vector, loaded, searcher.batch_size)
    elif asked.text is not None:
        from e2v.cli.shared.given_texts import text_questions

        batches = text_questions(asked.text, loaded, questions.model, asked.words, which, searcher.batch_size)
    form = QuestionForm(
        ("query", *answer_columns(loaded)),
        query,
        least=1,
        most=None,
        spaced=False,
        fixed=[*added, *taken],
        prompt=Prompt("similar", "a key asks for those like it, several for those like their sum"),
    )
    try:
        answer_questions(
            form,
            [list(asked.keys)],
            loaded,
            answer,
            questions,
            batches=batches,
            total=total if asked.all else None,
            of_directions=True,
            batch_size=searcher.batch_size,
        )
    except UnknownKeyError as error:
        if asked.keys and _are_of_texts(questions.model):
            error.hinted(Advice("{text} asks about a text"))  # rather than texts that look like it
        raise


def _are_of_texts(model: Path) -> bool:
    from e2v.store import open_artifact
    from e2v.texts.source import holds_texts

    return holds_texts(open_artifact(model))


def _every_key(vectors: KeyedVectors, total: int, batch_size: int) -> Iterator[list[Question]]:
    for first in range(0, total, batch_size):
        keys = vectors.at(first, min(first + batch_size, total))
        yield [Question([key.key], None, [key]) for key in keys]
