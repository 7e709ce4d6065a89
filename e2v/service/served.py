"""The files that are served, opened once, and the answers from them: those of the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from e2v.errors import E2VError, UnknownKeyError
from e2v.recommend.recommender import ModelService
from e2v.recommend.recommender import described as described_history
from e2v.recommend.settings import RecommendSettings
from e2v.recommend.user_store import User
from e2v.service.forms import (
    AnalogyForm,
    AnswersForm,
    LookupForm,
    RecommendedForm,
    RecommendForm,
    RefusedError,
    SelectedForm,
    SimilarForm,
    SimilarityForm,
)
from e2v.store import Artifact, open_artifact
from e2v.vectors import (
    KeyedVectors,
    Query,
    ResolvedKey,
    Searcher,
    described,
    load_vectors,
    similarity,
)
from e2v.vectors.matrix import directionless
from e2v.vectors.selection import Selecting, Selection
from e2v.vectors.settings import QuerySettings, SelectionSettings


class Files(NamedTuple):
    """What is served. model: None where an index and users do without it."""

    model: Path | None
    asked: QuerySettings
    recommended: RecommendSettings
    selected: SelectionSettings = SelectionSettings()


class Question(NamedTuple):
    """A question, an instance of its form.

    alone: it is all that was asked. Then what is wrong with it is an error, with keys that look like those
    that are unknown; else it becomes a record without answers, which costs nothing.
    """

    asked: Any
    alone: bool


#: What a question is answered with: the columns of the command, or the error.
Record = Mapping[str, object]


class Served:
    """Opens the files, and answers questions with them.

    Only one thread may ask: what is made at the first question is not guarded.

    Raises:
        InputError: a file is missing, of another kind or another model.
        MissingExtraError: the index has a graph, and faiss is not there.
    """

    def __init__(self, files: Files) -> None:
        self._vectors: KeyedVectors | None = None
        self._service: ModelService | None = None
        asked, recommended = files.asked, files.recommended
        self.artifacts: dict[str, Artifact] = {}
        # Opened once: a file that is replaced meanwhile is another to whoever opens it again.
        model = None if files.model is None else open_artifact(files.model, "model", "vectors")
        if model is not None:
            self.artifacts["model"] = model
            self._vectors = load_vectors(model, asked.vectors, center=asked.center, predict=asked.predict)
            self._searcher = Searcher(self._vectors, restrict=asked.restrict, method=asked.method, threads=1)
        named = (recommended.index, recommended.users, recommended.corpus)
        if any(named) or (model is not None and model.kind == "model" and model.has("output")):
            self._service = ModelService(
                model,
                index=recommended.index,
                users=recommended.users,
                corpus=recommended.corpus,
                exact=recommended.exact,
                check_model=model is not None,
                new_items=recommended.new_items,
                threads=1,
            )
            self.artifacts |= {each.kind: each for each in self._service.artifacts}
        self._include_seen = recommended.include_seen
        self._select(files)
        self._answer: dict[str, Callable[[Sequence[Question], Any], Iterator[Record | E2VError]]] = {
            "similar": self._similar,
            "analogy": self._analogies,
            "similarity": self._similarities,
            "lookup": self._lookups,
            "recommend": self._recommendations,
        }
        self._warm()

    @property
    def endpoints(self) -> list[str]:
        """The names of those that have something to answer with."""
        return [name for name in self._answer if self._asked(name) is not None]

    def _asked(self, name: str) -> ModelService | KeyedVectors | None:
        """What answers the questions of an endpoint, if it is served."""
        return self._service if name == "recommend" else self._vectors

    def answer(
        self, name: str, questions: Sequence[Question], answers: AnswersForm
    ) -> Iterator[Record | E2VError]:
        """The answers to questions of the endpoint `name`, in their order, as many and such as are asked for.

        Yields a record for each: the columns of the command, those that answer in a list `answers`; or, of a
        question that was alone, what is wrong with it.

        Raises:
            RefusedError: the file that the endpoint needs is not served.
            UsageError: nothing is left that may be an answer.
        """
        if self._asked(name) is None:
            there = ", ".join(f"/{each}" for each in self.endpoints)
            raise RefusedError(404, f"nothing that is served here answers /{name}", f"ask {there}")
        return self._answer[name](questions, answers)

    def _select(self, files: Files) -> None:
        """Find what may be an answer at all, and have what each request selects of that."""
        if self._vectors is not None:
            self._keys = Selecting(self._vectors.titled, files.selected)
        if self._service is not None:
            self._items = self._service.selecting(files.selected, files.recommended.popularity_penalty)

    def _warm(self) -> None:
        """Have done what the first question would wait for: a pass over the vectors, lengths of rows."""
        if self._vectors is not None and len(self._vectors):
            first = ResolvedKey(self._vectors.keys[0], 0)
            list(self._searcher.answer([Query([first])], 1))

    def _similar(self, questions: Sequence[Question], answers: SelectedForm) -> Iterator[Record | E2VError]:
        def query(form: SimilarForm) -> tuple[Record, Sequence[str], Sequence[str]]:
            return {"query": described(form.keys, form.minus)}, form.keys, form.minus

        return self._near(questions, answers.n, query, self._keys.narrowed(answers))

    def _analogies(self, questions: Sequence[Question], answers: AnswersForm) -> Iterator[Record | E2VError]:
        def query(form: AnalogyForm) -> tuple[Record, Sequence[str], Sequence[str]]:
            return {"a": form.a, "b": form.b, "c": form.c}, (form.a, form.c), (form.b,)

        return self._near(questions, answers.n, query, self._keys.selection)

    def _near(
        self,
        questions: Sequence[Question],
        n: int,
        query: Callable[[Any], tuple[Record, Sequence[str], Sequence[str]]],
        selection: Selection,
    ) -> Iterator[Record | E2VError]:
        """The keys near to what `query` makes of each form: how it is shown, plus and minus."""
        size = self._searcher.batch_size
        for first in range(0, len(questions), size):
            batch = questions[first : first + size]
            made = [query(question.asked) for question in batch]
            found = [
                self._found((*plus, *minus), question.alone)
                for question, (_, plus, minus) in zip(batch, made, strict=True)
            ]
            queries = [
                Query(keys[: len(plus)], keys[len(plus) :])
                for keys, (_, plus, _) in zip(found, made, strict=True)
                if not isinstance(keys, E2VError)
            ]
            answers = self._searcher.answer(queries, n, selection)
            for question, (shown, _, _), keys in zip(batch, made, found, strict=True):
                if isinstance(keys, E2VError):
                    yield _lacking(question, shown, keys, {"answers": []})
                else:
                    columns = [self._columns(*answer) for answer in next(answers)]
                    yield {**shown, "answers": columns, **self._unseen(keys)}

    def _columns(self, key: str, score: float, title: str | None) -> Record:
        assert self._vectors
        titled = self._vectors.titled.titles is not None
        return {"key": key, "score": score} | ({"title": title} if titled else {})

    def _unseen(self, keys: Sequence[ResolvedKey]) -> Record:
        """Which of the keys that were asked for have their vectors from their n-grams, where any may."""
        assert self._vectors
        return {"unseen": [key.key for key in keys if key.row < 0]} if self._vectors.makes_unseen else {}

    def _found(self, names: Sequence[str], alone: bool) -> list[ResolvedKey] | E2VError:
        """The keys that the names mean, all with a direction, or what is wrong with one."""
        keys = self._named(names, alone)
        if isinstance(keys, E2VError):
            return keys
        assert self._vectors
        wrong = directionless(names, self._vectors.vectors_of(keys))
        return next((error for error in wrong if error), keys)

    def _named(self, names: Sequence[str], alone: bool) -> list[ResolvedKey] | E2VError:
        assert self._vectors
        keys = []
        try:
            for name in names:
                key = self._vectors.resolve(name) if alone else self._vectors.find(name)
                if key is None:
                    return UnknownKeyError(name)
                keys.append(key)
        except UnknownKeyError as error:
            return error
        return keys

    def _similarities(self, questions: Sequence[Question], _: AnswersForm) -> Iterator[Record | E2VError]:
        assert self._vectors
        for question in questions:
            form: SimilarityForm = question.asked
            shown = {"a": form.a, "b": form.b}
            keys = self._found((form.a, form.b), question.alone)
            if isinstance(keys, E2VError):
                yield _lacking(question, shown, keys, {"score": None})
            else:
                yield {**shown, "score": similarity(self._vectors, *keys), **self._unseen(keys)}

    def _lookups(self, questions: Sequence[Question], _: AnswersForm) -> Iterator[Record | E2VError]:
        assert self._vectors
        for question in questions:
            form: LookupForm = question.asked
            keys = self._named((form.key,), question.alone)
            if isinstance(keys, E2VError):
                yield _lacking(question, {"key": form.key}, keys, {"vector": None})
            else:
                vector = self._vectors.vectors_of(keys)[0].tolist()
                yield {"key": form.key, "vector": vector, **self._unseen(keys)}

    def _recommendations(
        self, questions: Sequence[Question], answers: RecommendedForm
    ) -> Iterator[Record | E2VError]:
        assert self._service
        selection = self._items.narrowed(answers)
        size = self._service.search.batch_size
        for first in range(0, len(questions), size):
            batch = questions[first : first + size]
            users = [self._user(question.asked) for question in batch]
            asked = [user for user, _ in users if isinstance(user, User)]
            found = self._service.search.find(asked, answers.n, selection)
            items = self._service.items
            for question, (user, left_out) in zip(batch, users, strict=True):
                form: RecommendForm = question.asked
                shown = {"query": described_history(form.user, form.items or ())}
                if isinstance(user, E2VError):
                    yield _lacking(question, shown, user, {"answers": []})
                    continue
                rows, scores = next(found)
                titled = items.names.titles is not None
                shown_items = [
                    {"key": items.keys[row], "score": score}
                    | ({"title": items.names.title(row)} if titled else {})
                    for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
                ]
                yield {**shown, "answers": shown_items, "known": user.known, "left_out": left_out}

    def _user(self, form: RecommendForm) -> tuple[User | E2VError, int]:
        """Who is asked for, or what is wrong with that; and how many items of the history are left out."""
        assert self._service
        left_out = 0
        try:
            if form.items is None:
                user = self._service.user(form.user or "")
            else:
                history = self._service.user_of_items(form.items, strict=False)
                user, left_out = history.user, history.unknown + len(history.shared)
        except E2VError as error:
            if isinstance(error, UnknownKeyError) and form.items is None:  # it says in which file
                error = UnknownKeyError(error.key, error.suggestions, "among the users")
            return error, 0
        return user._replace(include_seen=self._include_seen), left_out


def _lacking(question: Question, shown: Record, error: E2VError, nothing: Record) -> Record | E2VError:
    """What a question gets that has no answer, because of an error."""
    return error if question.alone else {**shown, **nothing, "error": error.spelled(str).message}
