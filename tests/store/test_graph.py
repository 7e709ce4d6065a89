from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from e2v.store.graph import graph_problem
from tests.oracles.graph import ring

N, DIM = 5, 3
LINKS = [1, 2, -1, -1, 2, 3, 3, 4, 4, 0, 0, 1]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"kind": b"IHNg"}, "is no HNSW graph of faiss"),
        ({"n": 4}, "is of 4 items, but there are 5"),
        ({"d": 2}, "is of 2 coordinates, but the items have 3"),
        ({"metric": 0}, "is not of Euclidean distances"),
        ({"trained": 0}, "is not of Euclidean distances"),
        ({"ef": 0}, "has no number of candidates to follow"),
        ({"end": b"nul"}, "holds more than a graph"),
        ({"starts": [1, 2, 4]}, "has levels whose links do not follow one another"),
        ({"starts": [0]}, "has levels whose links do not follow one another"),
        ({"starts": [0, 4, 2]}, "has levels whose links do not follow one another"),
        ({"levels": [2, 1, 1, 1]}, "has levels of 4 points, and links of 5"),
        ({"levels": [2, 1, 1, 1, 1, 1]}, "has levels of 6 points, and links of 5"),
        ({"offsets": [0, 4, 6, 8, 12]}, "has levels of 5 points, and links of 4"),
        ({"offsets": [0, 4, 6, 8, 10, 12, 14]}, "has levels of 5 points, and links of 6"),
        ({"levels": [2, 1, 0, 1, 1]}, "has points on levels that are not there"),
        ({"levels": [3, 1, 1, 1, 1]}, "has points on levels that are not there"),
        ({"offsets": [0, 4, 6, 8, 11, 12]}, "has links that do not follow one another"),
        ({"links": LINKS[:-1]}, "has links that do not follow one another"),
        ({"links": [5, *LINKS[1:]]}, "has links to points that are not there"),
        ({"links": [-2, *LINKS[1:]]}, "has links to points that are not there"),
        ({"links": [1, 2, 1, -1, *LINKS[4:]]}, "has links to points that are not on their level"),
        ({"entry": 1}, "begins at a point that is not at its top"),
        ({"entry": 5}, "begins at a point that is not at its top"),
        ({"entry": -5}, "begins at a point that is not at its top"),
        ({"top": 0}, "begins at a point that is not at its top"),
    ],
)
def test_a_graph_is_one_of_the_items(changes: dict[str, Any], problem: str | None) -> None:
    assert graph_problem(np.frombuffer(ring(N, DIM, **changes), np.uint8), N, DIM) == problem


def test_a_graph_ends_where_its_parts_do() -> None:
    whole = np.frombuffer(ring(N, DIM), np.uint8)
    for length in range(len(whole)):
        assert graph_problem(whole[:length], N, DIM) is not None
