"""A corpus as training sees it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.times import UNITS, Times, unit_named
from e2v.errors import Advice, InputError
from e2v.store import ArtifactWriter, open_artifact
from e2v.store.content import value_problems, weight_problems
from e2v.store.provenance import Record

_OFFSETS_AT_ONCE = 1 << 20


class Corpus:
    """A memory-mapped corpus.

    Attributes:
        path: of the file.
        name: what messages call it: the path, or the text that the file was made of for the moment.
        keys: the vocabulary, most frequent first.
        counts: int64[V], of the keys.
        tokens: int32[N], rows of `keys`, sentence after sentence.
        offsets: int64[S + 1]; sentence i is tokens[offsets[i]:offsets[i + 1]].
        ordered: whether a sentence's items are in an order that means something; None if nobody has said.
        names: one for each sentence (a user id), or None.
        titles: what the keys are called (a film's title), empty for some, or None.
        provenance: how it was made.
        made: the same, to be asked for what is of the right type.
        digest: SHA-256 (hex) of the content.
    """

    def __init__(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        artifact = open_artifact(path, "corpus")
        artifact.check("keys.bytes", "keys.offsets", "counts", "tokens", "offsets")
        artifact.check_content()
        self.path = artifact.path
        self.name = str(artifact.path) if name is None else name
        self.keys = artifact.keys
        self.counts = artifact.arrays["counts"]
        self.tokens = artifact.arrays["tokens"]
        self.offsets = artifact.arrays["offsets"]
        self.names = artifact.keys_of("names") if artifact.has("names") else None
        self.titles = artifact.titles
        self.provenance = artifact.provenance
        self.made = artifact.made
        self.ordered: bool | None = self.made.flag("ordered")
        self.digest = artifact.digest
        self._artifact = artifact

    def __reduce__(self) -> tuple[Any, ...]:
        from e2v.corpus.shards import corpus_of_origins
        from e2v.inputs.remote import origin

        return corpus_of_origins, (tuple(map(origin, self.files)),)  # another process maps the files, too

    @property
    def files(self) -> tuple[Path, ...]:
        """Where it is."""
        return (self.path,)

    @functools.cached_property
    def longest(self) -> int:
        """Tokens of the longest sentence or largest set, 0 of none; in pieces, as there may be any number."""
        starts = range(0, len(self.offsets) - 1, _OFFSETS_AT_ONCE)
        pieces = (self.offsets[start : start + _OFFSETS_AT_ONCE + 1] for start in starts)
        return max((int(np.diff(piece).max()) for piece in pieces), default=0)

    def refuse_changed(self) -> None:
        """See that nobody has written into the file since it was opened.

        Raises:
            InputError: see `Artifact.refuse_changed`.
        """
        self._artifact.refuse_changed()

    def times(self) -> Times | None:
        """When each token was, or None; read and checked now, because only few who open a corpus need it.

        Raises:
            DamagedFileError: they do not match their digest, or are no times.
        """
        artifact = self._artifact
        if not artifact.has("times"):
            return None
        artifact.check("times")
        values = artifact.arrays["times"]
        artifact.refuse(value_problems({"times": values}))
        times = Times(values, unit_named(artifact.made.text("times", UNITS)))
        artifact.refuse(times.problems())
        return times

    def weights(self) -> NDArray[np.float32] | None:
        """How much each token counts, float32[N], or None: all alike; read and checked now, as `times`.

        Raises:
            DamagedFileError: they do not match their digest, or are not all finite and above 0.
        """
        artifact = self._artifact
        if not artifact.has("weights"):
            return None
        artifact.check("weights")
        weights: NDArray[np.float32] = artifact.arrays["weights"]
        artifact.refuse(value_problems({"weights": weights}))
        artifact.refuse(weight_problems(weights))
        return weights

    def record(self) -> dict[str, Any]:
        """What the provenance of a file that is made of this corpus says of it."""
        return {"digest": self.digest, **self.provenance}

    def add_vocabulary(self, writer: ArtifactWriter) -> None:
        """Write keys, counts and titles to a model that is made of this corpus."""
        writer.add_keys("keys", self.keys)
        writer.add("counts", self.counts)
        if self.titles is not None:
            writer.add_keys("labels", self.titles)


def open_corpus(path: str | os.PathLike[str], name: str | None = None) -> Corpus:
    """Map a corpus, its keys and numbers checked: against their digests, and that they are in range.

    name: what messages call it, where it is not the path.

    Raises:
        InputError: missing, not a corpus, damaged, a shard of one.
    """
    corpus = Corpus(path, name)
    number, of = place_of_shard(corpus.made) or (1, 1)
    if of != 1:
        raise InputError(
            f"{corpus.path} is shard {number} of {of}, and no whole corpus",
            Advice("train, plan and phrases read shards; for others make it without {shards}"),
        )
    return corpus


def place_of_shard(made: Record) -> tuple[int, int] | None:
    """The number of a shard, and of how many, by its provenance; None if it is none.

    Raises:
        DamagedFileError: it cannot be.
    """
    if "shard" not in made:
        return None
    shard = made.inner("shard")
    of = shard.whole("of", 1) or 1
    return shard.whole("number", 1, of) or 1, of
