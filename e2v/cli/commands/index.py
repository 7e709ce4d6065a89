"""`e2v index`: a model in; its items out, ready to be searched without it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from e2v import __version__
from e2v.cli.shared.options import FormatOption, ProgressOption, available_cores
from e2v.cli.shared.output import Output, OutputFormat
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressMode
from e2v.cli.shared.summary import summarise
from e2v.errors import UsageError

_LINKS, _EF = 16, 128


def command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model whose items to index.")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The index to write. \\[items.e2v]"),
    ] = None,
    method: Annotated[
        Literal["exact", "hnsw"],
        typer.Option(help="Score every item, or walk along a graph (needs the \\[ann] extra)."),
    ] = "exact",
    links: Annotated[
        int | None,
        typer.Option(min=2, max=1024, metavar="N", help="With hnsw: links of an item to others (M). \\[16]"),
    ] = None,
    ef: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000, metavar="N", help="With hnsw: candidates that a search follows. \\[128]"
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="With hnsw: workers; only one gives the same file again. \\[all cores]"
        ),
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Measure with users of this file, made of MODEL by e2v users."),
    ] = None,
    format: FormatOption = "auto",
    progress: ProgressOption = "auto",
) -> None:
    """Make an index of the items, to recommend without the model: vectors, biases, keys and titles.

    With `--method hnsw` there is also a graph, for catalogues of millions: a hierarchical navigable small
    world (Malkov and Yashunin 2018), by faiss. Biases become a coordinate, and inner products distances, by
    the reduction of Bachrach et al. (2014); the scores of what it finds are exact.

    What it is worth is measured on a thousand users of --users, else on users with a single item each, drawn
    by count: the share of the ten best unseen items that is found, and users answered in a second, in
    batches and by one thread.

    Columns: method, users, recall@10, per_second.
    """
    if method != "hnsw":
        for name, value in (("--links", links), ("--ef", ef), ("--threads", threads)):
            if value is not None:
                raise UsageError(f"{name} belongs to --method hnsw", "leave it out, or add that")
    # As in all queries; see `open_vectors`.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from e2v.store import reserved

    settings: dict[str, Any] = {"method": method}
    if method == "hnsw":
        settings |= {"links": links or _LINKS, "ef": ef or _EF}
    to = file_output(output, "items.e2v", "an index")
    with reserved("index", [to], [model, users]):
        write(model, to.path, users, settings, threads, format, progress)


def write(
    model: Path,
    output: Path,
    users: Path | None,
    settings: dict[str, Any],
    threads: int | None,
    format: OutputFormat,
    progress: ProgressMode,
) -> None:
    """Write the index, and print what it is worth."""
    import numpy as np

    from e2v.recommend.graph import GraphSearch, build_graph, typical_length
    from e2v.recommend.index import require_one_model, write_index
    from e2v.recommend.items import Items
    from e2v.recommend.measure import measure, sample_single_item_users, sample_users
    from e2v.recommend.search import ExactSearch, Search
    from e2v.recommend.user_store import StoredUsers
    from e2v.store import open_artifact

    made_by = open_artifact(model, "model")
    items = Items(made_by)
    if users is None:
        sample = sample_single_item_users(made_by)
    else:
        known = open_artifact(users, "users")
        require_one_model(made_by, known)
        sample = sample_users(StoredUsers(known, len(items.keys)))
    exact = ExactSearch(items)
    searches: dict[str, Search] = {"exact": exact}
    graph = scale = None
    if settings["method"] == "hnsw":
        scale = typical_length(np.array([user.vector for user in sample]))
        graph = build_graph(
            items, scale, settings["links"], settings["ef"], available_cores() if threads is None else threads
        )
        searches["hnsw"] = GraphSearch(items, graph, scale)
    provenance = {"tool": "e2v", "version": __version__, "command": "index", "settings": settings}
    write_index(output, made_by, items, provenance, graph, scale)
    dim = items.vectors.shape[1]
    words = f"{len(items.keys):,} items, {dim:,} dimensions"
    if graph is not None:
        words += f", and a graph of {len(graph) / 1e6:,.1f} MB"
    facts = {"keys": len(items.keys), "dim": dim, "graph_bytes": None if graph is None else len(graph)}
    summarise(progress, "index", output, [words], facts)
    with Output(format, ("method", "users", "recall@10", "per_second")) as printed:
        for name, search in searches.items():
            printed.row(name, len(sample), *measure(search, exact, sample))
