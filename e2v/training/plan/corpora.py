"""What a run is planned for: a corpus, or a text of which a part has been read."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.text.build import CorpusSummary
from e2v.corpus.text.encoder import SentenceCutter, find
from e2v.corpus.text.sample import TextSample
from e2v.corpus.text.settings import VocabSettings
from e2v.corpus.vocabulary import Vocabulary, frozen_vocabulary, order_rows
from e2v.errors import Advice, InputError
from e2v.settings import recorded
from e2v.store import Artifact, Keys
from e2v.store.provenance import made_by
from e2v.training.plan import disk
from e2v.training.plan.size import RunSize, TextSize
from e2v.training.plan.trial import Part, part_of
from e2v.training.word2vec.settings import Word2VecSettings

_IDS_AT_ONCE = 1 << 18
#: Characters of a digest, in hexadecimal.
_DIGEST = 64


class Planned(Protocol):
    """What is trained on.

    encoding: seconds that choosing the vocabulary and numbering the words takes. min_count: of the
    vocabulary; None where it is chosen already.
    """

    encoding: float
    min_count: int | None

    def size(self, changes: Mapping[str, Any]) -> RunSize:
        """Of a run over it, with some of the settings of text changed."""

    def part(self, keys: int, config: Word2VecSettings) -> Corpus:
        """A part of it to try a run on, with so many keys."""

    def record(self) -> dict[str, Any]:
        """What the provenance of a model says of it."""


class PlannedCorpus:
    """A corpus, of which everything is known."""

    encoding = 0.0
    min_count: int | None = None

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def size(self, changes: Mapping[str, Any]) -> RunSize:  # noqa: ARG002 - its vocabulary is chosen
        """See `Planned`."""
        corpus = self._corpus
        return RunSize(
            words=int(corpus.offsets[-1]),
            sentences=len(corpus.offsets) - 1,
            longest=corpus.longest,
            keys=len(corpus.keys),
            key_bytes=len(corpus.keys.blob),
            title_bytes=None if corpus.titles is None else len(corpus.titles.blob),
            corpus_bytes=sum(file.stat().st_size for file in corpus.files),
        )

    def part(self, keys: int, config: Word2VecSettings) -> Corpus:
        """See `Planned`."""
        return part_of(self._corpus, keys, config)

    def record(self) -> dict[str, Any]:
        """See `Planned`."""
        return self._corpus.record()


class PlannedText:
    """A text, of which a part tells the rest.

    known: the file of the vocabulary that it is encoded with, or that is extended, if there is one.
    """

    def __init__(self, sample: TextSample, options: VocabSettings, known: Artifact | None) -> None:
        self.name = ", ".join(map(str, sample.sources[:3]))
        self._sample, self._options = sample, options
        self._sizes: dict[tuple[Any, ...], RunSize] = {}
        self.min_count = None if options.vocab else options.min_count
        self._vocabulary_of = known and {"name": str(known.path), "digest": known.digest}
        nothing = Vocabulary(Keys.from_strings(()), np.empty(0, np.int64))
        self._known = frozen_vocabulary(known) if known else nothing
        began = time.perf_counter()
        self._found = find(sample.keys, self._known) if known else np.full(len(sample.keys), -1)
        new = np.flatnonzero(self._found < 0) if options.vocab is None else np.empty(0, np.int64)
        self._new = order_rows(sample.keys, sample.counts, new)
        of_new = len(new) / len(sample.keys)
        growth = sample.growth
        self._growth = replace(
            growth,
            counts=sample.counts[new],
            halves=growth.halves * of_new,
            quarters=growth.quarters * of_new,
        )
        keys, _ = self._vocabulary(options.min_count, options.max_vocab)
        if not keys:
            raise InputError(f"no word occurs {options.min_count} times", Advice("lower {min_count}"))
        _, self._offsets = self._encoded(keys)
        self.encoding = (sample.merging + time.perf_counter() - began) / sample.share

    def size(self, changes: Mapping[str, Any]) -> RunSize:
        """See `Planned`."""
        names = ("min_count", "max_vocab")
        asked = tuple(changes.get(name, getattr(self._options, name)) for name in names)
        if asked not in self._sizes:
            self._sizes[asked] = self._size(*asked)
        return self._sizes[asked]

    def _size(self, least: int, most: int | None) -> RunSize:
        sample = self._sample
        keys, key_bytes = self._vocabulary(least, most)
        words = round(sample.counts[self._rows(keys) >= 0].sum() / sample.share)
        sentences = round((len(self._offsets) - 1) / sample.share)
        types = sample.growth.words(1)
        return RunSize(
            words=words,
            sentences=sentences,
            longest=int(np.diff(self._offsets).max(initial=0)),
            keys=keys,
            key_bytes=key_bytes,
            corpus_bytes=disk.corpus_bytes(words, sentences, keys, key_bytes, self._provenance()),
            text=TextSize(
                bytes=sample.bytes,
                words=sample.words,
                lines=sample.lines,
                types=types,
                type_bytes=round(len(sample.keys.blob) * types / len(sample.keys)),
            ),
        )

    def part(self, keys: int, config: Word2VecSettings) -> Corpus:
        """See `Planned`."""
        tokens, offsets = self._encoded(keys)
        new = self._new[: max(0, keys - len(self._known.keys))]
        names = self._known.keys + self._sample.keys.take(new)
        counts = np.concatenate([self._known.counts, self._sample.counts[new]])
        if keys > len(counts) and config.subword is None:  # those that are in the rest of the text
            missing = keys - len(counts)
            counts = np.concatenate([counts, np.ones(missing, np.int64)])
            names = Keys(names.blob, np.append(names.offsets, np.full(missing, names.offsets[-1])))
        return part_of(Part(self.name, names, counts, tokens, offsets), keys, config)

    def record(self) -> dict[str, Any]:
        """See `Planned`."""
        return {"digest": "0" * _DIGEST, **self._provenance()}

    def _vocabulary(self, least: int, most: int | None) -> tuple[int, int]:
        """How many keys there will be, and the bytes of all."""
        new = self._growth.words(least) if len(self._new) else 0
        new = new if most is None else min(new, most)
        lengths = np.diff(self._sample.keys.offsets)[self._new[:new]]
        new_bytes = round(float(lengths.mean()) * new) if len(lengths) else 0
        return len(self._known.keys) + new, len(self._known.keys.blob) + new_bytes

    def _rows(self, keys: int) -> NDArray[np.int64]:
        """The row of each key of the sample in a vocabulary of so many, -1 for none."""
        rows = self._found.copy()
        new = self._new[: max(0, keys - len(self._known.keys))]
        rows[new] = len(self._known.keys) + np.arange(len(new))
        return rows

    def _encoded(self, keys: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The sample as tokens int32[N] of a vocabulary of so many keys, and offsets int64[S + 1]."""
        options, ends = self._options, io.BytesIO()
        rows = self._rows(keys).astype(np.int32)
        cutter = SentenceCutter(rows, options.max_sentence_length, False, ends, options.threads)
        pieces = np.array_split(self._sample.ids.copy(), -(-len(self._sample.ids) // _IDS_AT_ONCE))
        tokens = np.concatenate(list(cutter(pieces)))
        return tokens, np.concatenate([[0], np.frombuffer(ends.getvalue(), np.int64)])

    def _provenance(self) -> dict[str, Any]:
        """What that of the corpus will be, but for numbers that are not known yet."""
        inputs = [{**source.record(), "bytes": source.size} for source in self._sample.sources]
        numbers = CorpusSummary(*[self._sample.words] * len(fields(CorpusSummary)))
        settings = recorded(self._options)
        return made_by(
            "vocab", settings=settings, inputs=inputs, vocabulary=self._vocabulary_of, text=asdict(numbers)
        )
