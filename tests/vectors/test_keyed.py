from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.errors import InputError, UnknownKeyError, UsageError
from e2v.store import Keys
from e2v.vectors import KeyedVectors, load_vectors
from e2v.vectors import matrix as matrix_module
from tests.builders import keyed, write_model, write_vectors
from tests.oracles import queries as oracle

RNG = np.random.default_rng(5)
INPUT = RNG.normal(size=(50, 6)).astype(np.float32)
OUTPUT = RNG.normal(size=(50, 6)).astype(np.float32) * 3
EVERY = slice(0, 50)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("keyed") / "model.e2v", keyed(50), INPUT, OUTPUT)


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize(
    ("which", "name", "weight"),
    [
        ("input", "input", 1),
        ("output", "output", 1),
        ("sum", "sum", 1),
        ("sum:0.4", "sum", 0.4),
        ("concat", "concat", 1),
        ("concat:0.7", "concat", 0.7),
    ],
)
def test_every_choice_is_the_matrix_of_its_formula(
    model: Path, which: str, name: str, weight: float, center: bool, monkeypatch
) -> None:
    monkeypatch.setattr(matrix_module, "_BLOCK_SIZE", 40)  # several blocks make the mean
    vectors = load_vectors(model, which, center=center)
    expected = oracle.combined(INPUT, OUTPUT, name, weight, center)
    assert vectors.matrix.shape == expected.shape and vectors.dim == expected.shape[1]
    rows = vectors.matrix.rows(EVERY)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected, atol=2e-6)
    np.testing.assert_array_equal(vectors.matrix.rows(np.array([7, 2])), rows[[7, 2]])
    np.testing.assert_array_equal(vectors.vectors_of(["k7", "k2"]), rows[[7, 2]])


def test_output_vectors_added_to_the_first_half(model: Path) -> None:
    vectors = load_vectors(model, "concat:0.7:0.3")
    expected = oracle.combined(INPUT + 0.3 * OUTPUT, OUTPUT, "concat", 0.7, False)
    np.testing.assert_allclose(vectors.matrix.rows(EVERY), expected, atol=2e-6)


def test_stored_vectors_are_not_copied(model: Path) -> None:
    rows = load_vectors(model).matrix.rows(slice(0, 10))
    assert not rows.flags.owndata and not rows.flags.writeable


def test_the_most_frequent_keys_keep_their_space(model: Path) -> None:
    """The mean that --center takes away is that of all keys, however few can be answers."""
    vectors = load_vectors(model, center=True)
    head = vectors.head(10)
    assert (
        list(head.keys) == keyed(10) and len(head) == 10 and head.counts.tolist() == list(range(50, 40, -1))
    )
    np.testing.assert_array_equal(head.vectors_of(["k3"]), vectors.vectors_of(["k3"]))
    assert len(vectors.head(1000)) == 50


def test_input_output_is_a_pair_of_spaces(model: Path) -> None:
    vectors = load_vectors(model, predict=True)
    np.testing.assert_array_equal(vectors.matrix.rows(EVERY), INPUT)
    np.testing.assert_array_equal(vectors.targets.rows(EVERY), OUTPUT)
    with pytest.raises(UsageError, match="center does not go with predict"):
        load_vectors(model, center=True, predict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_vectors_file_is_its_one_matrix(tmp_path: Path, dtype: type) -> None:
    path = write_vectors(tmp_path / "v.e2v", keyed(50), INPUT.astype(dtype))
    vectors = load_vectors(path)
    np.testing.assert_array_equal(vectors.matrix.rows(EVERY), INPUT.astype(dtype).astype(np.float32))
    assert vectors.counts is None and vectors.head(3).counts is None


def test_int8_vectors_are_scaled(tmp_path: Path) -> None:
    values = RNG.integers(-127, 128, (50, 6)).astype(np.int8)
    scales = RNG.random(50).astype(np.float32)
    matrix = load_vectors(write_vectors(tmp_path / "v.e2v", keyed(50), values, scales)).matrix
    np.testing.assert_allclose(
        matrix.rows(EVERY), values * scales[:, np.newaxis].astype(np.float64), rtol=1e-6
    )
    np.testing.assert_array_equal(matrix.rows(np.array([9])), matrix.rows(slice(9, 10)))


@pytest.mark.parametrize("which", ["output", "sum", "concat:2"])
def test_output_vectors_that_are_not_there(tmp_path: Path, which: str) -> None:
    one_matrix = write_vectors(tmp_path / "v.e2v", keyed(50), INPUT)
    hierarchical = write_model(tmp_path / "m.e2v", keyed(50), INPUT, nodes=OUTPUT[:49])
    with pytest.raises(InputError, match="holds one matrix"):
        load_vectors(one_matrix, which)
    with pytest.raises(InputError, match="hierarchical softmax"):
        load_vectors(hierarchical, which)


def test_an_unknown_key_is_told_with_those_like_it() -> None:
    vectors = KeyedVectors(Keys.from_strings(["madrid", "paris"]), np.ones((2, 3), np.float32))
    assert vectors.resolve("paris").row == 1
    with pytest.raises(UnknownKeyError, match="'pari' is not in the vocabulary; did you mean paris"):
        vectors.resolve("pari")
