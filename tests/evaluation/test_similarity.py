import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import InputError, UsageError
from e2v.evaluation.lookup import Lookup
from e2v.evaluation.similarity import Pair, average_ranks, evaluate_similarity, spearman
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Stored
from tests.oracles import evaluation as oracle

ANGLES = {"east": 0.0, "Near": 0.2, "far": 1.0, "north": 1.5}


def vectors() -> KeyedVectors:
    angles = np.array(list(ANGLES.values()))
    matrix = np.stack((np.cos(angles), np.sin(angles)), axis=1) * np.array([[1], [5], [0.1], [2]])
    return KeyedVectors(Keys.from_strings(ANGLES), matrix.astype(np.float32))


def evaluate(*pairs: tuple[str, str, float], match_case: bool = False):
    return evaluate_similarity(
        vectors(), Lookup(vectors().keys, match_case=match_case), [Pair(*pair) for pair in pairs], "set"
    )


def test_ranks_agree() -> None:
    found = evaluate(("east", "near", 9), ("east", "far", 8), ("EAST", "north", 1))
    assert found == ("set", "spearman", pytest.approx(1), 3, 3, None, None)


def test_ranks_disagree() -> None:
    assert evaluate(("east", "near", 1), ("east", "far", 2), ("east", "north", 3)).value == pytest.approx(-1)


def test_unknown_words_are_not_used() -> None:
    found = evaluate(("east", "near", 9), ("nowhere", "far", 8), ("east", "north", 1), ("east", "x", 100))
    assert found[2:5] == (pytest.approx(1), 2, 4)
    assert evaluate(("east", "near", 9), ("east", "far", 2), match_case=True).used == 1


def test_no_pair_that_is_known_is_an_error() -> None:
    with pytest.raises(InputError, match="none of the 2 pairs has both words in the vocabulary"):
        evaluate(("x", "y", 1), ("east", "y", 1))


def test_a_vector_of_zeros_is_like_nothing() -> None:
    found = KeyedVectors(Keys.from_strings("abcz"), np.array([[1, 0], [1, 1], [0, 1], [0, 0]], np.float32))
    pairs = [Pair("a", "b", 3), Pair("z", "a", 2), Pair("b", "c", 2), Pair("a", "c", 1), Pair("z", "z", 1)]
    assert evaluate_similarity(found, Lookup(found.keys), pairs, "set")[3:5] == (3, 5)
    with pytest.raises(InputError, match="none of the 1 pairs"):
        evaluate_similarity(found, Lookup(found.keys), pairs[-1:], "set")


@pytest.mark.parametrize("pairs", [[("east", "near", 1)], [("east", "near", 1), ("far", "north", 1)]])
def test_no_correlation_where_nothing_varies(pairs) -> None:
    assert evaluate(*pairs).value is None


def test_two_spaces_are_refused() -> None:
    two = KeyedVectors(Keys.from_strings("ab"), np.eye(2, dtype=np.float32), targets=Stored(np.eye(2)))
    with pytest.raises(UsageError, match="one space"):
        evaluate_similarity(two, Lookup(two.keys), [Pair("a", "b", 1)], "set")


def test_ties_share_the_mean_of_their_ranks() -> None:
    assert average_ranks([30, 10, 20, 10, 30, 30]).tolist() == [5, 1.5, 3, 1.5, 5, 5]


def test_a_known_correlation_with_ties() -> None:
    # The value is that of SciPy's spearmanr.
    assert spearman([1, 2, 2, 3, 5], [2, 1, 4, 4, 5]) == pytest.approx(0.763157894736842)


values = st.lists(st.tuples(st.integers(-5, 5), st.floats(-5, 5, width=16)), min_size=2, max_size=30)


@given(values)
def test_the_oracles_correlation(pairs) -> None:
    x, y = zip(*pairs, strict=True)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert spearman(x, y) is None
    else:
        assert spearman(x, y) == pytest.approx(oracle.spearman(x, y), abs=1e-12)
