"""The file that models, or vectors, are merged to: what it has of theirs, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from e2v.corpus.updated import other_maker
from e2v.errors import InputError
from e2v.progress import Progress, Report
from e2v.store import Artifact, ArtifactWriter
from e2v.store.content import value_problems
from e2v.versions.merging import Members, Merged, equal_members, merged_titles, vectors_of
from e2v.versions.rotating import check_dimensions, vectors_name

#: Why what a command made has no mean.
_NO_MEAN = {
    "svd": "its output vectors are inverse to its singular values, and each part of a log has others",
    "tower": "each tower has layers that fit its own vectors alone",
}


def check_mergeable(models: Sequence[Artifact]) -> None:
    """Read models, or vectors, and see that they can be merged.

    Raises:
        InputError: one has vectors of another length than the first, or is made by `svd` or `tower`.
        DamagedFileError: one is not as it was written, or should never have been.
    """
    for model in models:
        if maker := other_maker(model):
            raise InputError(
                f"{model.path} is made by e2v {maker} and cannot be merged: {_NO_MEAN[maker]}",
                f"make it anew of all histories with e2v {maker}",
            )
        check_dimensions(models[0], model)
        model.check(*model.arrays)
        model.check_content()
        model.refuse(value_problems(model.arrays))


def kind_of(models: Sequence[Artifact]) -> str:
    """The kind of what they are merged to: a model where all are models with output vectors, else vectors."""
    return "model" if all(model.has("output") for model in models) else "vectors"


def left_out(models: Sequence[Artifact]) -> Iterator[str]:
    """What some of the models have and the merged file has not, a sentence each."""
    without = [model for model in models if not model.has("output")]
    if without and len(without) < len(models):
        yield f"output vectors are left out, as {without[0].path} has none"
    if any(model.has("nodes") for model in models):
        yield "vectors of inner nodes are left out, as each model has a tree of its own"
    if any(model.has("ngrams") for model in models) and not _merges_ngrams(models):
        yield "n-grams are left out, as not all models have output vectors and n-grams of the same lengths"
    uncounted = [model for model in models if not model.has("counts")]
    if uncounted and len(uncounted) < len(models):
        yield f"counts are left out, and all weigh the same, as {uncounted[0].path} has none"


def _merges_ngrams(models: Sequence[Artifact]) -> bool:
    lengths = {model.made.inner("settings").ngram_lengths() for model in models}
    return kind_of(models) == "model" and all(model.has("ngrams") for model in models) and len(lengths) == 1


def write_merged(
    path: Path, models: Sequence[Artifact], merged: Merged, provenance: Mapping[str, Any], report: Report
) -> None:
    """Write what models that `check_mergeable` has seen are merged to.

    The output vectors of a model are rotated as its input vectors are, so that their products stay, and its
    n-grams, which live where words do. Nothing says how often an n-gram was met, so all models that know it
    weigh the same.

    Raises:
        OutputError: the file cannot be written.
    """
    kind = kind_of(models)
    ngrams = equal_members([model.keys_of("ngrams") for model in models]) if _merges_ngrams(models) else None
    rows = len(merged.keys) * (1 + (kind == "model")) + (len(ngrams[0]) if ngrams else 0)
    done = 0
    with ArtifactWriter(path, kind, dict(provenance)) as writer:

        def add(name: str, members: Members, of: Sequence[str]) -> None:
            nonlocal done
            matrices = [vectors_of(model, each) for model, each in zip(models, of, strict=True)]
            stream = writer.stream(name, np.float32, matrices[0].shape[1:])
            for block in members.means(matrices, merged.alignments):
                stream.write(block)
                done += len(block)
                report(Progress("merging", "rows", done, rows))

        writer.add_keys("keys", merged.keys)
        if merged.counts is not None:
            writer.add("counts", merged.counts)
        add("input" if kind == "model" else "vectors", merged.members, list(map(vectors_name, models)))
        if kind == "model":
            add("output", merged.members, ["output"] * len(models))
            if any(model.has("new") for model in models):
                writer.add("new", merged.members.in_all([model.arrays.get("new") for model in models]))
        if ngrams is not None:
            writer.add_keys("ngrams", ngrams[0])
            add("ngram_vectors", ngrams[1], ["ngram_vectors"] * len(models))
        if (titles := merged_titles(models, merged.members)) is not None:
            writer.add_keys("labels", titles)
