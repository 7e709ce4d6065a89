"""What a model holds beside the vectors that are exported, and which of it a format has no place for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeAlias

from e2v.store import Artifact
from e2v.vectors.choice import VectorChoice

#: What a format may keep beside keys and vectors; everything else of a model none keeps.
Part: TypeAlias = Literal["counts", "titles"]

#: What is left out whatever the format is, and an array of the files that have it.
_OF_MODELS = {
    "n-grams": "ngram_vectors",
    "biases": "bias",
    "layers": "tower.0.weight",
    "recency": "tower.recency",
    "features": "features",
    "which items are new": "new",
}


def left_out(artifact: Artifact, which: str, keeps: Collection[Part]) -> list[str]:
    """What of a model or vectors file is not in an export of it, in words.

    which: the vectors that are exported, as `VectorChoice.parse` reads it. keeps: what the format does.
    """
    has = artifact.has
    there = {
        "input vectors": has("input") and VectorChoice.parse(which).name == "output",
        "output vectors": has("output") and VectorChoice.parse(which).name == "input",
        "vectors of the tree's nodes": has("nodes"),
        **{what: has(array) for what, array in _OF_MODELS.items()},
        "counts": has("counts"),
        "titles": has("labels"),
    }
    return [what for what, is_there in there.items() if is_there and what not in keeps]
