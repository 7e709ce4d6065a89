"""A corpus as training sees it."""

from __future__ import annotations

import os

from e2v.store import open_artifact


class Corpus:
    """A memory-mapped corpus.

    Attributes:
        path: of the file.
        keys: the vocabulary, most frequent first.
        counts: int64[V], of the keys.
        tokens: int32[N], rows of `keys`, sentence after sentence.
        offsets: int64[S + 1]; sentence i is tokens[offsets[i]:offsets[i + 1]].
        names: one for each sentence (a user id), or None.
        provenance: how it was made.
        digest: SHA-256 (hex) of the content.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        artifact = open_artifact(path, "corpus")
        artifact.check("keys.offsets", "counts", "tokens", "offsets")
        self.path = artifact.path
        self.keys = artifact.keys
        self.counts = artifact.arrays["counts"]
        self.tokens = artifact.arrays["tokens"]
        self.offsets = artifact.arrays["offsets"]
        self.names = artifact.keys_of("names") if artifact.has("names") else None
        self.provenance = artifact.provenance
        self.digest = artifact.digest


def open_corpus(path: str | os.PathLike[str]) -> Corpus:
    """Map a corpus, its numbers checked against their digests: they are used as indices.

    Raises:
        InputError: missing, not a corpus, damaged.
    """
    return Corpus(path)
