import numpy as np
import pytest

from e2v.errors import InputError, UsageError
from e2v.evaluation.categories import evaluate_categories
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Stored


def circle(**angles: float) -> KeyedVectors:
    turns = np.array(list(angles.values()))
    matrix = np.stack((np.cos(turns), np.sin(turns)), axis=1).astype(np.float32)
    return KeyedVectors(
        Keys.from_strings(angles), matrix * np.arange(1, len(turns) + 1)[:, None].astype(np.float32)
    )


def categories(**names: str) -> dict[str, frozenset[str]]:
    return {key: frozenset(text.split("|")) for key, text in names.items()}


def test_purity_is_the_share_of_neighbours_with_a_common_category() -> None:
    vectors = circle(a=0.0, b=0.1, c=0.3, d=2.0, e=2.1)
    found = evaluate_categories(vectors, categories(a="x", b="x|y", c="y", d="x", e="x"), 2)
    # a: b shares, c does not. b: a and c. c: b shares, a does not. d: e shares, c does not. e: the same.
    assert found == ("purity", "purity@2", 6 / 10, 5, 5, None, None)


def test_items_without_categories_are_no_neighbours() -> None:
    vectors = circle(a=0.0, without=0.05, b=0.1)
    found = evaluate_categories(vectors, categories(a="x", b="x", elsewhere="x"), 1)
    assert found == ("purity", "purity@1", 1.0, 2, 3, None, None)


def test_there_cannot_be_more_neighbours_than_items() -> None:
    assert evaluate_categories(circle(a=0.0, b=1.0, c=2.0), categories(a="x", b="x", c="y"), 8)[1:3] == (
        "purity@2",
        1 / 3,
    )


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_the_definition_at_random(monkeypatch, batch) -> None:
    rng = np.random.default_rng(5)
    matrix = rng.standard_normal((60, 4)).astype(np.float32)
    names = {str(row): frozenset(rng.choice(list("abcdef"), 2)) for row in range(60)}
    monkeypatch.setattr("e2v.vectors.nearest._BATCH_SIZE", batch * 60)
    found = evaluate_categories(KeyedVectors(Keys.from_strings(names), matrix), names, 3)
    cosines = matrix @ matrix.T / np.linalg.norm(matrix, axis=1) / np.linalg.norm(matrix, axis=1)[:, None]
    np.fill_diagonal(cosines, -2)
    shared = [
        bool(names[str(row)] & names[str(other)])
        for row in range(60)
        for other in np.argsort(-cosines[row])[:3]
    ]
    assert found.value == np.mean(shared)


def test_categories_of_other_keys_are_an_error() -> None:
    with pytest.raises(InputError, match="1 of the 2 keys with categories"):
        evaluate_categories(circle(a=0.0, b=1.0), categories(a="x", z="x"), 1)


def test_two_spaces_are_refused() -> None:
    two = KeyedVectors(Keys.from_strings("ab"), np.eye(2, dtype=np.float32), targets=Stored(np.eye(2)))
    with pytest.raises(UsageError, match="one space"):
        evaluate_categories(two, categories(a="x", b="x"), 1)
