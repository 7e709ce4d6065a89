"""From a model to an index file: the items, ready to be searched without the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError
from e2v.recommend.graph import GraphSearch
from e2v.recommend.items import Items
from e2v.recommend.search import ExactSearch, OrPopular, Search
from e2v.store import Artifact, ArtifactWriter
from e2v.store.content import graph_problems

#: Bounds of the typical length of user vectors, between which float32 can hold what is divided by it.
_LEAST_SCALE, _MOST_SCALE = 1e-30, 1e30


def write_index(
    path: Path,
    model: Artifact,
    items: Items,
    provenance: dict[str, Any],
    graph: NDArray[np.uint8] | None = None,
    scale: float | None = None,
) -> None:
    """Write an index file, whole or not at all.

    graph, scale: of `build_graph`, or None.

    Raises:
        OutputError: the file cannot be written.
    """
    made = {**provenance, "model": {"digest": model.digest}}
    if graph is not None:
        made["graph"] = {"scale": scale}
    with ArtifactWriter(path, "index", made) as writer:
        writer.add_keys("keys", items.keys)
        writer.add("vectors", items.vectors)
        if items.bias is not None:
            writer.add("bias", items.bias)
        if items.counts is not None:
            writer.add("counts", items.counts)
        if items.new is not None:
            writer.add("new", items.new)
        if items.names.titles is not None:
            writer.add_keys("labels", items.names.titles)
        if graph is not None:
            writer.add("graph", graph)


def search_of(artifact: Artifact, items: Items, *, exact: bool, threads: int | None = None) -> Search:
    """How to search the items of an index or a model: along the graph if there is one, unless `exact`.

    Users of whom nothing is known get what is popular. threads: that find the best of many users.

    Raises:
        DamagedFileError: the graph is.
        MissingExtraError: faiss, which searches it, is not there.
    """
    if exact or not artifact.has("graph"):
        return OrPopular(ExactSearch(items, threads), items)
    artifact.check("graph", "vectors")
    artifact.refuse(graph_problems(artifact.arrays))
    scale = artifact.made.inner("graph").number("scale", _LEAST_SCALE, _MOST_SCALE)
    if scale is None:
        raise InputError(
            f"{artifact.path} does not say how its graph is scaled", Advice("{exact} does without it")
        )
    return OrPopular(GraphSearch(items, artifact.arrays["graph"], scale), items)


def require_one_model(*artifacts: Artifact | None) -> None:
    """Check that users, items and model belong together.

    Raises:
        InputError: two of them are of different models.
    """
    there = [artifact for artifact in artifacts if artifact is not None]
    for other in there[1:]:
        if _model_of(other) != _model_of(there[0]):
            raise InputError(
                f"{other.path} is of another model than {there[0].path}",
                "make them anew of one: e2v users MODEL CORPUS, e2v index MODEL",
            )


def _model_of(artifact: Artifact) -> Any:
    """The digest of the model that a file is of, or is."""
    return artifact.digest if artifact.kind == "model" else artifact.made.inner("model").text("digest")
