"""A model's items become an index that is searched without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from e2v.errors import Advice
from e2v.jobs.making import digest, leave_unchanged
from e2v.notices import hint
from e2v.progress import Progress, Report, silent
from e2v.recommend.graph import GraphSearch, build_graph, typical_length
from e2v.recommend.index import require_one_model, write_index
from e2v.recommend.items import Items
from e2v.recommend.measure import SearchMeasurement, measure, sample_single_item_users, sample_users
from e2v.recommend.search import ExactSearch, Search
from e2v.recommend.settings import IndexSettings
from e2v.recommend.user_store import StoredUsers
from e2v.settings import recorded
from e2v.store import Output, open_artifact, reserved
from e2v.store.content import value_problems
from e2v.store.provenance import made_by

#: Numbers of the items' vectors: with more a graph is faster for users in batches; with fewer exact search is
#: for one at a time, too (docs/serving.md, "Millions of items").
_WORTH_A_GRAPH, _NOT_WORTH_A_GRAPH = 10_000_000, 2_000_000


@dataclass(frozen=True)
class IndexResult:
    """An index, and what each way to search it is worth on so many users. graph_bytes: None if it has no
    graph."""

    output: Path
    keys: int
    dim: int
    graph_bytes: int | None
    users: int
    measured: dict[str, SearchMeasurement]


def index(
    model: str | Path,
    output: Output,
    settings: IndexSettings,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> IndexResult | None:
    """Write the index, and measure it; None if `if_changed` and nothing has.

    Raises:
        E2VError: see `write_index`, `build_graph` and `reserved`.
    """
    with reserved("index", [replace(output, kinds=("index",))], [model, settings.users]):
        made_of = {"settings": recorded(settings), "model": digest(model), "users": digest(settings.users)}
        if if_changed:
            report(Progress("comparing"))
            if leave_unchanged(output.path, "index", made_of):
                return None
        report(Progress("preparing"))
        of = open_artifact(model, "model")
        of.check_content()
        of.refuse(value_problems(of.arrays))
        items = Items(of, threads=1)
        if settings.users is None:
            sample = sample_single_item_users(of)
        else:
            known = open_artifact(settings.users, "users")
            require_one_model(of, known)
            sample = sample_users(StoredUsers(known, *items.vectors.shape))
        exact = ExactSearch(items, threads=1)
        searches: dict[str, Search] = {"exact": exact}
        graph = scale = None
        if settings.type == "hnsw":
            scale = typical_length(np.array([user.vector for user in sample]))
            graph = build_graph(items, scale, settings.links, settings.ef, settings.threads, report)
            searches["hnsw"] = GraphSearch(items, graph, scale)
        report(Progress("writing"))
        write_index(output.path, of, items, made_by("index", **made_of), graph, scale)
    size = items.vectors.size
    if graph is None and size > _WORTH_A_GRAPH:
        hint(Advice("{type} hnsw makes a graph, which answers for so many items faster"))
    elif graph is not None and size < _NOT_WORTH_A_GRAPH:
        hint(Advice("so few items are searched as fast without a graph: {type} exact"))
    report(Progress("measuring"))
    return IndexResult(
        output.path,
        len(items.keys),
        items.vectors.shape[1],
        None if graph is None else len(graph),
        len(sample),
        {name: measure(search, exact, sample) for name, search in searches.items()},
    )
