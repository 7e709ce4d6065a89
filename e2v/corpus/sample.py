"""A part of a corpus as a corpus: some users with all that they have, or some lines of text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.events.split import add_kept
from e2v.corpus.histories import owners, sentences_of
from e2v.store import ArtifactWriter
from e2v.store.provenance import made_by


def shuffled(n: int, seed: int) -> NDArray[np.int64]:
    """int64[n]: the order in which samples take users or lines, so that each holds the smaller ones."""
    return np.random.default_rng(seed).permutation(n)


def write_sample(corpus: Corpus, path: Path, chosen: NDArray[np.int64], *, by_user: bool) -> None:
    """Write a part of a corpus; keys that do not occur in it leave the vocabulary.

    chosen: the users, numbered as by `owners`, if it is `by_user`; else the sentences.

    Raises:
        InputError: the corpus does not say whose its sentences are.
        OutputError: as `e2v.store.atomic_path`.
    """
    sentences, times = sentences_of(corpus), corpus.times()
    owner = owners(corpus)[1] if by_user else np.arange(len(sentences))
    is_chosen = np.zeros(int(owner.max(initial=-1)) + 1, np.bool_)
    is_chosen[chosen] = True
    kept = np.repeat(is_chosen[owner], sentences.sizes)
    provenance = made_by(
        "tune", corpus=corpus.record(), ordered=corpus.ordered, times=times and times.unit, sample=len(chosen)
    )
    with ArtifactWriter(path, "corpus", provenance) as writer:
        add_kept(writer, corpus, sentences, kept)
