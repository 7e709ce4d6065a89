"""Corpora and models as Python has them: files that are mapped, not read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from e2v.api.arguments import checked
from e2v.api.arguments import narrowing as narrowing_of
from e2v.api.elsewhere import Asked
from e2v.api.keywords import takes
from e2v.corpus.shards import open_corpora
from e2v.errors import QualityGateError, UsageError
from e2v.evaluation.measurement import Measurement
from e2v.evaluation.settings import EvaluationSettings
from e2v.inputs.columns import KeyedColumn
from e2v.inputs.sources import open_sources
from e2v.maps.settings import ClusterSettings, MapSettings
from e2v.settings import resolve
from e2v.store import Keys, open_artifact
from e2v.texts.settings import TextVectorSettings
from e2v.vectors import (
    Answer,
    KeyedVectors,
    Query,
    ResolvedKey,
    Searcher,
    load_vectors,
    odd_one_out,
    similar,
    similarity,
)
from e2v.vectors.selection import Selecting
from e2v.vectors.settings import Method, Narrowing, SelectionSettings, VectorSettings, refuse_two

if TYPE_CHECKING:
    from e2v.api.maps import MapOfKeys
    from e2v.maps.clusters import KeyClusters


class Corpus(Asked):
    """Token ids and their vocabulary, as `e2v.vocab` and `e2v.events` make them.

    path: of the file, or a glob of shards. keys: V of them, most frequent first. counts: int64[V]. tokens:
    int32[N]. offsets: int64[S + 1]: sentence s, or what user s had, is tokens[offsets[s] : offsets[s + 1]].
    """

    @takes()
    def __init__(self, path: str | os.PathLike[str]) -> None:
        corpus = open_corpora([source.name for source in open_sources([os.fspath(path)])])
        self.path = Path(path)
        self.keys: Keys = corpus.keys
        self.counts: NDArray[np.int64] = corpus.counts
        self.tokens: NDArray[np.int32] = corpus.tokens[:]
        self.offsets: NDArray[np.int64] = corpus.offsets

    def __len__(self) -> int:
        """How many sentences, or histories."""
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> list[str]:
        """The keys of a sentence, or history.

        Raises:
            IndexError: there are not so many.
            SettingError: `number` is no whole number.
        """
        number = checked("number", number)
        if not 0 <= number < len(self):
            raise IndexError(f"there are {len(self):,}, counted from 0, and no {number}")
        start, stop = self.offsets[number : number + 2].tolist()
        return [self.keys[token] for token in self.tokens[start:stop].tolist()]

    def __fspath__(self) -> str:
        """Its file: it may stand wherever a path may."""
        return str(self.path)

    def __repr__(self) -> str:
        return f"<e2v corpus {self.path}: {len(self):,} sentences, {len(self.keys):,} keys>"


class Model(Asked):
    """Vectors that can be asked: a model, or vectors of another program. See `load`."""

    @takes()
    def __init__(
        self,
        path: str | os.PathLike[str],
        which: str = "input",
        *,
        center: bool = False,
        categories: str | KeyedColumn | None = None,
    ) -> None:
        self.path = Path(path)
        self._which, self._center = which, center
        self._vectors = load_vectors(path, which, center=center)
        self._outputs: KeyedVectors | None = None
        settings = SelectionSettings(categories=cast(KeyedColumn | None, categories))
        self._selecting = Selecting(self._vectors.titled, settings)

    def __len__(self) -> int:
        return len(self._vectors)

    def __contains__(self, key: object) -> bool:
        """Whether a key has a vector, be it one made of its n-grams."""
        return isinstance(key, str) and key in self._vectors

    def __iter__(self) -> Iterator[str]:
        return iter(self._vectors.keys)

    def __getitem__(self, key: str) -> NDArray[np.float32]:
        """float32[d]: the vector of a key.

        Raises:
            UnknownKeyError: it has none; with keys that look like it.
            SettingError: it is not text.
        """
        vector: NDArray[np.float32] = self._vectors.vectors_of([checked("key", key)])[0]
        return vector

    def __fspath__(self) -> str:
        """Its file: it may stand wherever a path may."""
        return str(self.path)

    def __repr__(self) -> str:
        return f"<e2v model {self.path}: {len(self):,} keys, {self.dim:,} dimensions>"

    @property
    def keys(self) -> Keys:
        """The keys, most frequent first: a sequence of strings."""
        return self._vectors.keys

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """int64[n]: how often each key occurred, if that is known."""
        return self._vectors.counts

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self._vectors.dim

    @property
    def provenance(self) -> dict[str, Any]:
        """How the file was made."""
        return dict(open_artifact(self.path).provenance)

    @takes()
    def vectors(self, keys: str | Iterable[str]) -> NDArray[np.float32]:
        """float32[m, d]: the vectors of some keys; of one, m is 1.

        Raises:
            UnknownKeyError: for the first that has none.
        """
        found: NDArray[np.float32] = self._vectors.vectors_of(keys)
        return found

    def to_numpy(self) -> NDArray[np.float32]:
        """float32[n, d]: all vectors. Those of one matrix are the file itself, mapped and read-only."""
        return self._vectors.to_numpy()

    @takes(Narrowing, closed=True)
    def similar(
        self,
        keys: str | Iterable[str] | None = None,
        *,
        vector: ArrayLike | None = None,
        text: str | None = None,
        words: str | os.PathLike[str] | None = None,
        minus: str | Iterable[str] = (),
        n: int = 10,
        restrict: int | None = None,
        method: Method = "3cosadd",
        csls: float = 0,
        **narrowing: Any,
    ) -> list[Answer]:
        """The n keys most similar to a key, or to several, and least to those of `minus`.

        vector: float[d], asked about in place of a key. Whose it is is not known, so that key may be an
            answer. text: likewise, by the vector that `embed` makes of it. words: where this has
            vectors of texts, the model that they were made with; None: where it was then. csls: as `--csls`.
            narrowing: of `Narrowing`, which keys may be answers.

        Raises:
            UnknownKeyError: a key has no vector, or no word of the text has one.
            UsageError: there is neither a key nor a vector, or the vector has another length, or numbers that
                are not finite.
            SettingError: two of keys, vector and text.
        """
        selection = self._selecting.narrowed(narrowing_of(Narrowing, narrowing))
        plus: list[str | ResolvedKey] = [*(keys or ())]
        refuse_two({"keys": bool(plus), "{vector}": vector is not None, "{text}": text is not None})
        if vector is not None:
            plus.append(ResolvedKey("", -1, self._in_this_space(vector)))
        if text is not None:
            plus.append(ResolvedKey("", -1, self._vector_of(text, words)))
        if not plus:
            raise UsageError("there is no key to ask about")
        searcher = Searcher(self._vectors, restrict=restrict, method=method, csls=csls)
        return next(searcher.answer([Query(plus, [*minus])], n, selection))

    @takes(TextVectorSettings)
    def embed(self, texts: str | Iterable[str], **settings: Any) -> NDArray[np.float32]:
        """float32[n, d]: a vector of each text, of those of its words; zeros, if none is known: `e2v embed`.

        settings: of `TextVectorSettings`; the vectors of words are those of this model.

        Raises:
            InputError: this has vectors of texts itself.
            SettingError: a text is not text.
        """
        from e2v.jobs.embed import embed_texts

        chosen = resolve(TextVectorSettings, {"vectors": self._which, "center": self._center, **settings})
        return embed_texts([*texts], self.path, chosen)

    def _vector_of(self, text: str, words: str | os.PathLike[str] | None) -> NDArray[np.float32]:
        """float32[d]: a text's vector in this space."""
        from e2v.texts.source import asking_embedder, require_known

        which = VectorSettings(vectors=self._which, center=self._center)
        model = None if words is None else Path(words)
        embedder = asking_embedder(open_artifact(self.path), self._vectors, which, model)
        found: NDArray[np.float32] = require_known(text, embedder).vectors[0]
        return found

    @takes(Narrowing, closed=True)
    def all_similar(
        self,
        *,
        n: int = 10,
        restrict: int | None = None,
        method: Method = "3cosadd",
        csls: float = 0,
        threads: int | None = None,
        **narrowing: Any,
    ) -> Iterator[tuple[str, list[Answer]]]:
        """Every key in order, each with the n keys most similar to it, found in batches.

        restrict: only so many of the most frequent keys count, and are asked about. threads: None is all
            cores. narrowing: of `Narrowing`, which keys may be answers.
        """
        selection = self._selecting.narrowed(narrowing_of(Narrowing, narrowing))
        searcher = Searcher(self._vectors, restrict=restrict, method=method, csls=csls, threads=threads)
        total = min(len(self), restrict or len(self))
        for first in range(0, total, searcher.batch_size):
            keys = self._vectors.at(first, min(first + searcher.batch_size, total))
            answers = searcher.answer([Query([key]) for key in keys], n, selection)
            yield from ((key.key, found) for key, found in zip(keys, answers, strict=True))

    def _in_this_space(self, vector: ArrayLike) -> NDArray[np.float32]:
        """float32[d]: a vector of this space.

        Raises:
            UsageError: it is none.
        """
        with contextlib.suppress(ValueError, TypeError, OverflowError), np.errstate(over="ignore"):
            found = np.asarray(vector, np.float32)
            if found.shape == (self.dim,) and np.isfinite(found).all():
                return found
        raise UsageError(f"a vector of this model is {self.dim:,} finite numbers")

    @takes()
    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        *,
        n: int = 10,
        restrict: int | None = None,
        method: Method = "3cosadd",
        csls: float = 0,
    ) -> list[Answer]:
        """A - B + C: what is to C as A is to B.

        Raises:
            UnknownKeyError: a key has no vector.
        """
        return self.similar((a, c), minus=b, n=n, restrict=restrict, method=method, csls=csls)

    @takes()
    def similarity(self, a: str, b: str) -> float:
        """The cosine of two keys' vectors.

        Raises:
            UnknownKeyError: a key has no vector.
        """
        return similarity(self._vectors, a, b)

    @takes()
    def odd(self, keys: str | Iterable[str]) -> Answer:
        """The key that is least like the others.

        Raises:
            UnknownKeyError: a key has no vector.
            UsageError: there are fewer than three.
        """
        return odd_one_out(self._vectors, [*keys])

    @takes()
    def predict(self, keys: str | Iterable[str], *, n: int = 10, restrict: int | None = None) -> list[Answer]:
        """The n keys that a key, or several, predict: those to be found near them.

        Raises:
            UnknownKeyError: a key has no vector.
            InputError: the model has no output vectors.
        """
        if self._outputs is None:
            self._outputs = load_vectors(self.path, predict=True)
        if not keys:
            raise UsageError("there is no key to ask about")
        return similar(self._outputs, [*keys], n=n, restrict=restrict)

    @takes(ClusterSettings)
    def clusters(self, clusters: int | None = None, **settings: Any) -> KeyClusters:
        """Put the keys into so many clusters, or into dense regions: `e2v cluster`.

        settings: of `ClusterSettings`; the vectors are those of this model.

        Raises:
            E2VError: as the command.
        """
        from e2v.maps.clusters import cluster_keys

        return cluster_keys(self._vectors, resolve(ClusterSettings, {"clusters": clusters, **settings}))

    @takes(MapSettings)
    def map(
        self,
        output: str | os.PathLike[str] | None = None,
        *,
        only: Iterable[str] | None = None,
        **settings: Any,
    ) -> MapOfKeys | Path:
        """Draw a map of the keys: `e2v map`.

        output: a .html, .png, .svg or .parquet file, which is returned; without one the map is, and a
        notebook shows it. only: these keys. settings: of `MapSettings`; the vectors are those of this model.

        Raises:
            E2VError: as the command.
        """
        from e2v.api.maps import map_of

        chosen = {"vectors": self._which, "center": self._center, **settings}
        return map_of(self.path, output, only, resolve(MapSettings, chosen))


@takes()
def load(
    path: str | os.PathLike[str],
    which: str = "input",
    *,
    center: bool = False,
    categories: str | KeyedColumn | None = None,
) -> Model:
    """Open a model, or vectors, to ask: nothing is read but what a question needs.

    which: input, output, sum[:W] or concat[:W[:A]], as `--vectors`. center, categories: as these options are.

    Raises:
        InputError: there is no such file, or it is of another kind.
    """
    return Model(path, which, center=center, categories=categories)


@takes(EvaluationSettings)
def evaluate(model: str | os.PathLike[str] | None = None, **settings: Any) -> list[Measurement]:
    """Measure a model, or a baseline, which needs none: `e2v eval`.

    settings: of `EvaluationSettings`.

    Raises:
        QualityGateError: a figure is below its minimum; its `measurements` has all figures.
        E2VError: as the command.
    """
    from e2v.jobs.evaluate import evaluate as job

    found: list[Measurement] = []
    try:
        for measurement in job(Path(model or "model.e2v"), resolve(EvaluationSettings, settings)):
            found.append(measurement)  # noqa: PERF402 - what came before an error is kept
    except QualityGateError as error:
        error.measurements = found
        raise
    return found
