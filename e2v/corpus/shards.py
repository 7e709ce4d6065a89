"""A corpus in several files, its shards: each has the whole vocabulary, and a part of the sentences.

A shard is a corpus by itself. That it is one of a set stands in its provenance, which is the same for all
of the set but for the number; so shards of other texts, settings or sets are told from each other.
"""

from __future__ import annotations

import atexit
import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus, place_of_shard
from e2v.errors import Advice, InputError
from e2v.inputs.remote import local_inputs
from e2v.notices import counted
from e2v.store import Artifact, ArtifactWriter, open_artifact
from e2v.store.content import ids_problems, offsets_problems

_VOCABULARY = ("keys.bytes", "keys.offsets", "counts")
_TOKENS_AT_ONCE = 1 << 20
#: Missing shards that a message names.
_NAMED = 3


def write_shards(whole: Path, paths: Sequence[Path]) -> None:
    """Write a corpus of text to so many shards, each of about as many tokens, cut between sentences.

    Raises:
        InputError: it has fewer sentences than there are to be shards.
        OutputError: one cannot be written.
    """
    artifact = open_artifact(whole, "corpus")
    for cut, path in zip(cuts(artifact, len(paths)), paths, strict=True):
        write_shard(artifact, artifact.arrays["tokens"], path, cut)


class Cut(NamedTuple):
    """Shard `number`, of so many, has the sentences first..last (exclusive)."""

    number: int
    of: int
    first: int
    last: int


def cuts(whole: Artifact, shards: int) -> list[Cut]:
    """The shards that a corpus of text is cut into; see `write_shards`.

    Raises:
        InputError: it has fewer sentences.
    """
    offsets = whole.arrays["offsets"]
    sentences = len(offsets) - 1
    if sentences < shards:
        raise InputError(
            f"the text has {counted(sentences, 'sentence')}, too few for {shards:,} shards",
            Advice("lower {shards}"),
        )
    return [
        Cut(number, shards, first, last)
        for number, (first, last) in enumerate(pairwise(_bounds(offsets, shards)), 1)
    ]


def _bounds(offsets: NDArray[np.int64], shards: int) -> list[int]:
    """The sentences at which shards begin, and their number; none is empty."""
    fair = np.searchsorted(offsets, np.linspace(0, offsets[-1], shards + 1).astype(np.int64))
    fair[-1] = len(offsets) - 1
    least = np.arange(shards + 1)
    ascending = np.maximum.accumulate(fair - least) + least  # by one at least
    bounds: list[int] = np.minimum(ascending, len(offsets) - 1 - least[::-1]).tolist()
    return bounds


def write_shard(whole: Artifact, tokens: NDArray[np.int32] | ShardedTokens, path: Path, cut: Cut) -> None:
    """Write a shard of a corpus, whose `tokens` may be elsewhere.

    Raises:
        OutputError: it cannot be written.
    """
    shard = {"number": cut.number, "of": cut.of, "vocabulary": whole.digest_of(*_VOCABULARY)}
    offsets = whole.arrays["offsets"][cut.first : cut.last + 1]
    with ArtifactWriter(path, "corpus", {**whole.provenance, "shard": shard}) as writer:
        stream = writer.stream("tokens", np.int32)
        start, stop = int(offsets[0]), int(offsets[-1])
        for at in range(start, stop, _TOKENS_AT_ONCE):
            stream.write(tokens[at : min(at + _TOKENS_AT_ONCE, stop)])
        writer.add("offsets", offsets - offsets[0])
        writer.add_keys("keys", whole.keys)
        writer.add("counts", whole.arrays["counts"])


class ShardedTokens:
    """The tokens of shards as one int32[N]: slices of it are arrays, read-only.

    They are mapped, and copied only where they reach from one shard into the next.
    """

    def __init__(self, parts: Sequence[NDArray[np.int32]]) -> None:
        self._parts = parts
        self._starts: list[int] = np.cumsum([0, *map(len, parts)]).tolist()

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, wanted: slice) -> NDArray[np.int32]:
        start, stop, _ = wanted.indices(len(self))
        at = min(bisect_right(self._starts, start), len(self._parts)) - 1
        pieces: list[NDArray[np.int32]] = []
        while not pieces or (at < len(self._parts) and self._starts[at] < stop):
            before = self._starts[at]
            pieces.append(self._parts[at][max(0, start - before) : max(0, stop - before)])
            at += 1
        if len(pieces) == 1:
            return pieces[0]
        joined = np.concatenate(pieces)
        joined.flags.writeable = False  # as what is mapped, so that kernels are not compiled twice
        return joined


class ShardedCorpus(Corpus):
    """The shards of a set, 1 to the last, as one corpus.

    Attributes:
        shards: the files, in their order, their contents checked; of the vocabulary the first is used.
        tokens: a `ShardedTokens`.
        digest: SHA-256 (hex) of the shards' digests, in their order.
    """

    def __init__(self, shards: Sequence[Artifact]) -> None:
        first, *others = shards
        super().__init__(first.path, f"{first.path} ..." if others else None)
        for shard in others:  # whose keys and counts are not used
            shard.check("tokens", "offsets")
            tokens, offsets = shard.arrays["tokens"], shard.arrays["offsets"]
            shard.refuse(ids_problems("tokens", tokens, len(self.keys)))
            shard.refuse(offsets_problems("offsets", offsets, "tokens", len(tokens)))
        self.shards = tuple(shards)
        starts = np.cumsum([0, *(len(shard.arrays["tokens"]) for shard in shards)])
        of_shards = (
            shard.arrays["offsets"][1:] + start for shard, start in zip(shards, starts, strict=False)
        )
        self.offsets = np.concatenate((np.zeros(1, np.int64), *of_shards))
        self.offsets.flags.writeable = False
        mapped = ShardedTokens([shard.arrays["tokens"] for shard in shards])
        self.tokens = cast(NDArray[np.int32], mapped)  # as which it may be used by whoever takes slices
        digests = "".join(shard.digest for shard in shards)
        self.digest = hashlib.sha256(digests.encode()).hexdigest()
        self.provenance = {**_common(first), "shards": len(shards)}

    def refuse_changed(self) -> None:
        """See that nobody has written into a shard since it was opened.

        Raises:
            InputError: see `Artifact.refuse_changed`.
        """
        for shard in self.shards:
            shard.refuse_changed()

    @property
    def files(self) -> tuple[Path, ...]:
        """See `Corpus.files`."""
        return tuple(shard.path for shard in self.shards)


def open_corpora(paths: Sequence[str]) -> Corpus:
    """The corpus that a file is, or that several are, which are the shards of a set, in whatever order.

    Raises:
        InputError: a file is missing, is no corpus, or damaged; several are not the shards of one set, each
            once; one shard is missing.
    """
    artifacts = [open_artifact(path, "corpus") for path in paths]
    if len(artifacts) == 1 and "shard" not in artifacts[0].made:
        return Corpus(paths[0])
    first = artifacts[0]
    shards: dict[int, Artifact] = {}
    for shard in artifacts:
        number, of = _place(shard, artifacts)
        if of != (others := _place(first, artifacts)[1]):
            raise InputError(
                f"{shard.path} is of {of:,} shards, and {first.path} of {others:,}", _of_one(first)
            )
        if shard.digest_of(*_VOCABULARY) != first.digest_of(*_VOCABULARY):
            raise InputError(f"{shard.path} has another vocabulary than {first.path}", _of_one(first))
        if _common(shard) != _common(first):
            raise InputError(
                f"{shard.path} is of another text, or made with other settings, than {first.path}",
                _of_one(first),
            )
        if number in shards:
            raise InputError(
                f"shard {number:,} of {of:,} is there twice: {shards[number].path} and {shard.path}",
                "name each once",
            )
        shards[number] = shard
    _refuse_missing(shards, _place(first, artifacts)[1])
    return ShardedCorpus([shards[number] for number in sorted(shards)])


def corpus_of_origins(origins: Sequence[str]) -> Corpus:
    """What `open_corpora` opens, of paths and URLs; copies of what is elsewhere are kept until this process
    ends.
    """
    stack = ExitStack()
    atexit.register(stack.close)
    return open_corpora(stack.enter_context(local_inputs(origins)))


def _place(shard: Artifact, given: Sequence[Artifact]) -> tuple[int, int]:
    """The number of a shard, and of how many.

    Raises:
        InputError: it is none. DamagedFileError: it cannot be.
    """
    if (place := place_of_shard(shard.made)) is None:
        other = next(each for each in given if each is not shard)
        raise InputError(
            f"{shard.path} is a corpus by itself, and no shard of one with {other.path}",
            "name one corpus, or all shards of one",
        )
    return place


def _refuse_missing(shards: dict[int, Artifact], of: int) -> None:
    missing = [number for number in range(1, of + 1) if number not in shards]
    if not missing:
        return
    named = ", ".join(f"{number:,}" for number in missing[:_NAMED])
    more = f" and {counted(len(missing) - _NAMED, 'other')}" if len(missing) > _NAMED else ""
    what = "shard {}{} of {:,} is missing" if len(missing) == 1 else "shards {}{} of {:,} are missing"
    raise InputError(what.format(named, more, of), f"name all, as *-of-{of}.e2v does")


def _common(shard: Artifact) -> dict[str, Any]:
    """What the provenances of all shards of a set say."""
    return {name: value for name, value in shard.provenance.items() if name != "shard"}


def _of_one(shard: Artifact) -> str:
    _, of = place_of_shard(shard.made) or (1, 1)
    return f"name the shards of one set, as *-of-{of}.e2v does"
