"""The best items for a user vector, found along a graph: HNSW, by faiss (the [ann] extra).

A hierarchical navigable small world graph (Malkov and Yashunin 2018, "Efficient and robust approximate
nearest neighbor search using hierarchical navigable small world graphs") links near points, and finds near
ones by going from neighbour to neighbour. What is sought here is the largest inner product plus a bias, which
is no distance. Two exact reductions make it one:

* An item gets its bias as a further coordinate, divided by the length s that user vectors typically have, and
  a user gets s: <o, x> + b = <(o, b / s), (x, s)>. That holds for any s; with this one the bias weighs in the
  graph as it does in the scores.
* One more coordinate brings all items to the same length m, that of the longest, and is 0 for users: the
  largest product then has the smallest distance, |x - o|^2 = |x|^2 + m^2 - 2 <x, o> (Bachrach et al. 2014,
  "Speeding up the Xbox recommender system using a Euclidean transformation for inner-product spaces",
  section 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, MissingExtraError
from e2v.progress import Progress, Report, silent
from e2v.recommend.items import Items
from e2v.recommend.search import ExactSearch, SearchResult
from e2v.recommend.user_store import User
from e2v.store.content import GRAPH_COORDINATES
from e2v.threads import useful
from e2v.vectors.matrix import Floats
from e2v.vectors.selection import EVERYTHING, Selection

#: Candidates that are followed while the graph is built: more make a better one, more slowly.
_EF_CONSTRUCTION = 200

#: Where more than one in so many items is to be found, scoring them all is as fast.
_FEW = 10


def build_graph(
    items: Items, scale: float, links: int, ef: int, threads: int, report: Report = silent
) -> NDArray[np.uint8]:
    """uint8[C]: the graph of the items, in faiss's format, without their vectors.

    scale: s above. links: of an item to others (M of Malkov and Yashunin). ef: candidates that a search
    follows. With one thread the same items give the same bytes.

    Raises:
        MissingExtraError: faiss is not there.
    """
    faiss = _faiss("an HNSW index")
    points = _points(items, scale)
    index = faiss.IndexHNSWFlat(points.shape[1], links)
    index.hnsw.efConstruction = _EF_CONSTRUCTION
    index.hnsw.efSearch = ef
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(useful(threads))
    report(Progress("linking"))
    index.add(points)
    faiss.omp_set_num_threads(before)
    graph: NDArray[np.uint8] = faiss.serialize_index(index, faiss.IO_FLAG_SKIP_STORAGE)
    return graph


class GraphSearch:
    """Takes the candidates from a graph, and their scores from the vectors.

    A user's seen items are sought as well and then left out, so that as many remain as are wanted; where
    that would be a large part of all items, they are all scored.

    graph, scale: as given by and to `build_graph`; that the former is a graph of these items has been checked
    (`e2v.store.graph`), for faiss looks at nothing.

    Raises:
        MissingExtraError: faiss is not there.
    """

    batch_size = 1000

    def __init__(self, items: Items, graph: NDArray[np.uint8], scale: float) -> None:
        self._faiss = _faiss(Advice("searching a graph ({exact} does without)"))
        self._items = items
        self._exact = ExactSearch(items)
        self._scale = scale
        points = _points(items, scale)
        self._points = self._faiss.IndexFlatL2(points.shape[1])
        self._points.add(points)
        self._index = self._faiss.deserialize_index(graph, self._faiss.IO_FLAG_SKIP_STORAGE)
        self._index.storage = self._points
        self._index.own_fields = False
        self._faiss.omp_set_num_threads(1)

    def find(
        self, users: Sequence[User], n: int, selection: Selection = EVERYTHING
    ) -> Iterator[SearchResult]:
        """See `Search.find`. What is selected is sought exactly where it is few, or scored otherwise."""
        share = 1.0 if selection.mask is None else len(selection.rows) / len(selection.mask)
        few = len(self._items.keys) / _FEW
        if selection.popularity_penalty or n > few * share:
            size = self._exact.batch_size
            for first in range(0, len(users), size):
                yield from self._exact.find(users[first : first + size], n, selection)
            return
        for user in users:
            wanted = math.ceil((n + len(user.seen)) / share)
            exact = wanted > few
            if not exact:
                rows = self._candidates(user.vector, wanted)
                if selection.mask is not None:
                    rows = rows[selection.mask[rows]]
                found = self._best(user, rows, n)
                exact = selection.mask is not None and len(found.rows) < n
            if exact:
                (found,) = self._exact.find([user], n, selection)
            yield found

    def _candidates(self, vector: Floats, n: int) -> NDArray[np.int64]:
        point = np.concatenate((vector, [self._scale, 0])).astype(np.float32)[np.newaxis]
        effort = self._faiss.SearchParametersHNSW(
            efSearch=max(min(self._index.hnsw.efSearch, len(self._items.keys)), n)
        )
        _, rows = self._index.search(point, n, params=effort)
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found

    def _best(self, user: User, rows: NDArray[np.int64], n: int) -> SearchResult:
        rows = np.sort(rows[~np.isin(rows, user.seen)])
        scores = self._items.vectors[rows] @ user.vector
        if self._items.bias is not None:
            scores += self._items.bias[rows]
        order = np.argsort(-scores, kind="stable")[:n]
        return SearchResult(rows[order], scores[order])


def typical_length(users: Floats) -> float:
    """The root mean square length of user vectors, 1 if they have none: s above."""
    return math.sqrt(float(np.einsum("ij,ij->", users, users, dtype=np.float64)) / max(len(users), 1)) or 1.0


def _points(items: Items, scale: float) -> Floats:
    """float32[n, d + 2]: the items with their two further coordinates."""
    n, dim = items.vectors.shape
    points = np.zeros((n, dim + GRAPH_COORDINATES), np.float32)
    points[:, :dim] = items.vectors
    if items.bias is not None:
        points[:, dim] = items.bias / np.float32(scale)
    squares = np.einsum("ij,ij->i", points, points)
    points[:, dim + 1] = np.sqrt(np.maximum(squares.max() - squares, 0))
    return points


def _faiss(what: str) -> Any:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError(what, "faiss-cpu") from error
    return faiss
