"""Starting from vectors that are known already, instead of at random."""

from __future__ import annotations

import numpy as np

from e2v.corpus.text.encoder import find
from e2v.corpus.text.ngrams import NgramDictionary
from e2v.corpus.vocabulary import Vocabulary
from e2v.errors import Advice, InputError, UsageError
from e2v.store import Artifact, Keys
from e2v.training.word2vec.model import Model


def refuse_other_dim(artifact: Artifact, dim: int) -> None:
    """See that vectors have as many numbers as those of a run.

    Raises:
        UsageError: they have not.
    """
    there = artifact.arrays["input" if artifact.kind == "model" else "vectors"].shape[1]
    if there != dim:
        raise UsageError(
            f"{artifact.path} has {there} dimensions, and this run {dim}", Advice("{dim} {}", there)
        )


def load_vectors(artifact: Artifact, keys: Keys, ngrams: NgramDictionary | None, model: Model) -> int:
    """Copy the vectors of the keys that `artifact` (a model or vectors) knows; returns how many it knows.

    Output vectors are taken over too where both have them by word; the nodes of a Huffman tree belong to
    its vocabulary. Rows of n-grams that both know are copied, and a word's own row is set so that with its
    n-grams it makes its old vector.

    Raises:
        UsageError: the vectors have another length than the model's.
        InputError: no key is known.
    """
    refuse_other_dim(artifact, model.dim)
    inputs = artifact.arrays["input" if artifact.kind == "model" else "vectors"]
    artifact.check(*(name for name in artifact.arrays if not name.startswith("counts")))
    rows, known = _common(keys, artifact.keys)
    if not len(rows):
        raise InputError(f"{artifact.path} knows none of the words")
    vectors = inputs[known].astype(np.float32)
    if artifact.has("scales"):
        vectors *= artifact.arrays["scales"][known, np.newaxis]
    if ngrams is not None and model.ngrams is not None and artifact.has("ngrams"):
        to, copied = _common(ngrams.keys, artifact.keys_of("ngrams"))
        model.ngrams.put(to, artifact.arrays["ngram_vectors"][copied])
    if model.parts is None or model.ngrams is None:
        model.inputs[rows, : model.dim] = vectors
    else:
        model.parts.decompose(model.inputs, model.ngrams, rows, vectors)
    if artifact.has("output") and len(model.outputs) == len(keys):
        model.outputs[rows, : model.dim] = artifact.arrays["output"][known]
    return len(rows)


def _common(keys: Keys, others: Keys) -> tuple[np.ndarray, np.ndarray]:
    """Rows int64[n] in either of the keys that both have."""
    rows = find(keys, Vocabulary(others, np.empty(0, np.int64)))
    known = np.flatnonzero(rows >= 0)
    return known, rows[known]
