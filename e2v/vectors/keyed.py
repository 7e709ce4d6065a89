"""Keys with vectors: what every question is asked of."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError, SettingError, UnknownKeyError
from e2v.store import Artifact, Keys, open_artifact
from e2v.vectors.choice import VectorChoice
from e2v.vectors.matrix import (
    Centred,
    Concatenation,
    Floats,
    Matrix,
    Stacked,
    Stored,
    WeightedSum,
    unit_mean,
)
from e2v.vectors.titles import TitledKeys

if TYPE_CHECKING:
    from e2v.vectors.unseen import UnseenWords


class ResolvedKey(NamedTuple):
    """A key that a question asks about, looked up once.

    row: of the vectors; -1 for a word that is no key. vector: float32[d] of such a word, made of its n-grams.
    """

    key: str
    row: int
    vector: Floats | None = None


class KeyedVectors:
    """Keys, most frequent first, and a vector for each.

    keys: n of them. matrix: float32[n, d], or a `Matrix`, of which the first n rows count.
    counts: int64[n], or None if unknown. targets: for asking what a key predicts, the vectors that
    can be answers, another space than `matrix`; None if questions and answers share one space.
    unseen: makes vectors for words that are no keys. They can be asked about, and are never answers.
    form: what a word becomes in the text that the keys are of, such as one in lower case; None if it stays.
    titles: n, what the keys are called, such as the titles of films; None if they are called nothing.
    """

    def __init__(
        self,
        keys: Keys,
        matrix: Floats | Matrix,
        counts: NDArray[np.int64] | None = None,
        targets: Matrix | None = None,
        unseen: UnseenWords | None = None,
        titles: Keys | None = None,
        form: Callable[[str], str] | None = None,
    ) -> None:
        self.keys = keys
        self.titled = TitledKeys(keys, titles)
        self.matrix: Matrix = Stored(matrix) if isinstance(matrix, np.ndarray) else matrix
        self.counts = counts
        self.targets = targets
        self._unseen = unseen
        self._form = form

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: str) -> bool:
        """Whether `key` has a vector, be it one that is made of its n-grams."""
        return self.word(key) is not None

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self.matrix.shape[1]

    @property
    def makes_unseen(self) -> bool:
        """Whether words that are no keys may have vectors, made of their n-grams."""
        return self._unseen is not None

    def to_numpy(self) -> Floats:
        """float32[n, d]: all vectors; those that stand in a file as they are, are mapped and read-only."""
        return self.matrix.rows(slice(0, len(self.keys)))

    def find(self, name: str) -> ResolvedKey | None:
        """What `name` means: the key itself, the item with this title, or a word that n-grams give a vector.

        A word that is no key as it is may be one as the text of the keys has it, such as in lower case.
        None if it means nothing.

        Raises:
            SharedTitleError: several items have the title.
        """
        row = self.titled.find(name)
        return ResolvedKey(self.keys[row], row) if row >= 0 else self._as_in_text(name)

    def at(self, first: int, last: int) -> list[ResolvedKey]:
        """The keys of the rows from `first` to before `last`, as far as there are any."""
        return [ResolvedKey(key, row) for row, key in enumerate(self.keys[first:last], first)]

    def resolve(self, name: str | ResolvedKey) -> ResolvedKey:
        """As `find`, of a name that means something; what is resolved already is returned as it is.

        Raises:
            UnknownKeyError: it means nothing; with keys that look like it.
            SharedTitleError: several items have the title.
        """
        if isinstance(name, ResolvedKey):
            return name
        found = self.find(name)
        if found is None:
            raise self.unknown(name)
        return found

    def unknown(self, name: str) -> UnknownKeyError:
        """The error for a name that means nothing."""
        return self.titled.unknown(name)

    def vectors_of(self, names: Iterable[str | ResolvedKey]) -> Floats:
        """float32[m, d]: the vectors of some keys, of words that are no keys from their n-grams.

        Raises:
            UnknownKeyError, SharedTitleError: as `resolve`, for the first of the names.
        """
        keys = [self.resolve(name) for name in names]
        vectors = self.matrix.rows(np.array([max(key.row, 0) for key in keys], np.int64))
        for number, key in enumerate(keys):
            if key.vector is not None:
                vectors[number] = key.vector
        return vectors

    def head(self, n: int, also: Iterable[str] = ()) -> KeyedVectors:
        """The n most frequent keys, in the same space, and after them those of `also`; unseen ones count 0.

        Raises:
            UnknownKeyError: for the first of `also` that has no vector.
        """
        keys, counts = self.keys[:n], None if self.counts is None else self.counts[:n]
        more: list[ResolvedKey] = []
        for key in dict.fromkeys(also):
            found = self.word(key)
            if found is None:
                raise self.unknown(key)
            if not 0 <= found.row < n:
                more.append(found)
        if not more:
            return KeyedVectors(keys, self.matrix, counts, self.targets, self._unseen, form=self._form)
        matrix = Stacked(self.matrix, len(keys), Stored(self.vectors_of(more)))
        if self.counts is not None:
            rows = np.array([key.row for key in more])
            counts = np.append(self.counts[:n], np.where(rows < 0, 0, self.counts[rows]))
        keys += Keys.from_strings(key.key for key in more)
        return KeyedVectors(keys, matrix, counts, unseen=self._unseen, form=self._form)

    def word(self, word: str) -> ResolvedKey | None:
        """What a word of a text means: as `find`, but titles are no words."""
        row = self.keys.find(word)
        return ResolvedKey(word, row) if row >= 0 else self._as_in_text(word)

    def _as_in_text(self, word: str) -> ResolvedKey | None:
        """For a word that is no key as it is: the key that the text would have, or a vector of n-grams."""
        form = word if self._form is None else self._form(word)
        row = self.keys.find(form) if form != word else -1
        if row >= 0:
            return ResolvedKey(form, row)
        if self._unseen is None or len(form.split()) > 1:  # several words are none
            return None
        vector = self._unseen.vector(form)
        return None if vector is None else ResolvedKey(word, -1, vector)


def load_vectors(
    file: str | os.PathLike[str] | Artifact,
    which: str = "input",
    *,
    center: bool = False,
    predict: bool = False,
) -> KeyedVectors:
    """Map a model or vectors file; nothing is read but what a question needs.

    file: its path, or the file where it is open already.
    which: as `VectorChoice.parse` reads it; a vectors file holds one matrix, which is its input.
    center: take the mean away, see `Centred`. predict: questions are asked of the input vectors, and output
        vectors answer them.

    Raises:
        UsageError: no such choice of vectors, or one that this file or `center` does not go with.
        InputError: the file is missing, or of another kind.
    """
    choice = VectorChoice.parse(which)
    artifact = file if isinstance(file, Artifact) else open_artifact(file, "model", "vectors")
    counts = artifact.arrays["counts"] if artifact.has("counts") else None
    inputs = _input(artifact)
    outputs = None if choice.name == "input" and not predict else _output(artifact)
    form = _form_of_words(artifact)
    if predict:
        if center:
            raise SettingError("{center} does not go with {predict}", hint="leave one of them out")
        if choice.name != "input":
            raise SettingError("{vectors} does not go with {predict}", hint="leave one of them out")
        return KeyedVectors(artifact.keys, inputs, counts, outputs, titles=artifact.titles, form=form)
    matrix = _combined(choice, inputs, outputs)
    mean = unit_mean(matrix) if center else None

    def transform(made: Matrix) -> Matrix:
        """Input vectors of words that were never seen, in this space: zeros are their output vectors."""
        zeros = Stored(np.zeros(made.shape, np.float32))
        combined = _combined(choice, made, zeros)
        return combined if mean is None else Centred(combined, mean)

    return KeyedVectors(
        artifact.keys,
        matrix if mean is None else Centred(matrix, mean),
        counts,
        unseen=None if choice.name == "output" else _unseen(artifact, transform),
        titles=artifact.titles,
        form=form,
    )


def _form_of_words(artifact: Artifact) -> Callable[[str], str] | None:
    """What a word becomes in the text that a model was trained on; None if nobody says that it changes."""

    @functools.cache
    def how() -> dict[str, Any]:
        from e2v.corpus.text.settings import text_settings  # which a query for a known key need not import

        return {"tokenizer": "whitespace", "lowercase": False, **text_settings(artifact.made)}

    def form(word: str) -> str:
        from e2v.corpus.text.tokenizers import word_form

        return word_form(word, **how())

    return form if artifact.kind == "model" else None


def _unseen(artifact: Artifact, transform: Callable[[Matrix], Matrix]) -> UnseenWords | None:
    """What makes vectors for words that the model has never seen; None if it has no n-grams."""
    if not artifact.has("ngrams"):
        return None
    from e2v.vectors.unseen import UnseenWords

    return UnseenWords.of(artifact, transform)


def _combined(choice: VectorChoice, inputs: Matrix, outputs: Matrix | None) -> Matrix:
    if choice.name == "input" or outputs is None:
        return inputs
    if choice.name == "output":
        return outputs
    if choice.name == "sum":
        return WeightedSum(inputs, outputs, choice.weight)
    first = WeightedSum(inputs, outputs, choice.added) if choice.added else inputs
    return Concatenation(first, outputs, choice.weight)


def _input(artifact: Artifact) -> Matrix:
    if artifact.kind == "model":
        return Stored(artifact.arrays["input"])
    return Stored(artifact.arrays["vectors"], artifact.arrays.get("scales"))


def _output(artifact: Artifact) -> Matrix:
    if artifact.has("output"):
        return Stored(artifact.arrays["output"])
    if artifact.kind == "vectors":
        raise InputError(
            f"{artifact.path} holds one matrix and no output vectors", Advice("use {vectors} input")
        )
    raise InputError(
        f"{artifact.path} has no output vectors: hierarchical softmax learns none",
        Advice("use {vectors} input"),
    )
