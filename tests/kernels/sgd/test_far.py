"""Beyond 2**31: more tokens and numbers in matrices than 32 bits count, in files that are mostly holes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.kernels.sgd import (
    Context,
    HierarchicalSoftmax,
    Matrices,
    NegativeSampling,
    Sentences,
    allocate_rows,
    make_trainer,
    train_unit,
)

#: Of a row, so that few rows are many numbers.
STRIDE = 98_304
FAR = 2**31 // STRIDE + 10
HALF = 2**31 + 8


def holes(path: Path, dtype: Any, *shape: int) -> np.ndarray:
    """An array of zeros in a file that takes no room."""
    with path.open("wb") as file:
        file.truncate(np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64)))
    return np.memmap(path, dtype, "r+", shape=shape)


def rows_after(inputs: np.ndarray, outputs: np.ndarray, first: int, hierarchical: bool) -> list[np.ndarray]:
    """What three words learn whose rows are from `first` on, and whose noise is always the second of them."""
    words = first + 3
    rng = np.random.default_rng(1)
    inputs[first:] = rng.random((3, STRIDE), np.float32) / STRIDE
    loss: Any = NegativeSampling(np.full(words, first + 1, np.uint64), negative=2)
    if hierarchical:
        nodes, labels = np.full(words, words - 2, np.int32), np.zeros(words, np.uint8)
        labels[first] = 1
        loss = HierarchicalSoftmax(np.arange(words + 1), nodes, labels)
    tokens = np.array([0, 1, 2, 0, 2, 1, 1, 0], np.int32) + np.int32(first)
    sentences = Sentences(tokens, np.array([0, len(tokens)]), np.ones(words, np.float32))
    trainer = make_trainer(sentences, Matrices(inputs, outputs, None), loss, Context(window=3))
    train_unit(trainer, range(1), 5, (0.5, 0.1))
    return [np.array(inputs[first:]), np.array(outputs[first:])]


@pytest.mark.parametrize("hierarchical", [False, True])
def test_rows_beyond_two_to_the_31st_number(hierarchical: bool, tmp_path: Path) -> None:
    far = (holes(tmp_path / name, np.float32, FAR + 3, STRIDE) for name in ("inputs", "outputs"))
    near = (allocate_rows(3, STRIDE) for _ in range(2))
    learned, expected = rows_after(*far, FAR, hierarchical), rows_after(*near, 0, hierarchical)
    assert expected[1].any()
    for one, other in zip(learned, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_sentences_beyond_two_to_the_31st_token(tmp_path: Path) -> None:
    tokens = holes(tmp_path / "tokens", np.int32, HALF + 8)
    tokens[HALF:] = [1, 2, 3, 1, 2, 3, 2, 1]
    offsets = np.append(np.arange(0, HALF, 1 << 20), [HALF, HALF + 8])
    learned = []
    for all_tokens, all_offsets in ((tokens, offsets), (np.array(tokens[HALF:]), np.array([0, 8]))):
        inputs, outputs = allocate_rows(4, 16), allocate_rows(4, 16)
        inputs[:] = 0.01
        sentences = Sentences(all_tokens, all_offsets, np.ones(4, np.float32))
        noise = NegativeSampling(np.zeros(4, np.uint64), negative=2)
        trainer = make_trainer(sentences, Matrices(inputs, outputs, None), noise, Context(window=3))
        last = len(all_offsets) - 1
        result = train_unit(trainer, range(last - 1, last), 5, (0.5, 0.1))
        assert result.words == 8
        learned.append((inputs, outputs))
    np.testing.assert_array_equal(learned[0], learned[1])
    assert learned[0][1].any()
