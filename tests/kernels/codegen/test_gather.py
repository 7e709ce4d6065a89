"""Sums of rows of bfloat16, against float64; and changes handed back to them, bit by bit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

from e2v.kernels.codegen.bfloat16 import high, low, nearest
from e2v.kernels.codegen.gather import Change, Rows, gather, scatter
from e2v.kernels.codegen.simd import LANES, fma, load, splat, store, to_pointers
from e2v.kernels.sgd.bfloat16 import allocate_bfloat16, pack, unpack
from e2v.kernels.sgd.memory import allocate_rows
from tests.oracles.bfloat16 import Streams, rounded_row
from tests.oracles.bfloat16 import nearest as closest

#: Numbers in a row, two and a half lines; rows; rows that are worked.
STRIDE, ROWS, SOME = 80, 12, 5


class Arrays(NamedTuple):
    """Rows, where some of them start, and what they are summed to and changed by."""

    matrix: np.ndarray
    starts: np.ndarray
    work: np.ndarray
    streams: np.ndarray


@njit
def run_gather(arrays, line, halves, n):
    a = to_pointers(arrays)
    gather(Rows(a.matrix, a.starts, n), line, halves, a.work, 48)


@njit
def run_scatter(arrays, line, halves, n, share):
    a = to_pointers(arrays)
    change = Change(share, a.work, 0, STRIDE)
    scatter(Rows(a.matrix, a.starts, n), line, halves, change, a.streams)


@pytest.fixture
def arrays() -> Arrays:
    rng = np.random.default_rng(8)
    matrix, work = allocate_bfloat16(ROWS, STRIDE), allocate_rows(3, STRIDE)
    matrix[:] = pack(rng.normal(size=(ROWS, STRIDE)).astype(np.float32))
    work[:] = rng.normal(size=work.shape)
    starts = rng.permutation(ROWS)[:SOME] * matrix.shape[1]
    streams = rng.integers(1, 1 << 32, 16).astype(np.uint32)
    return Arrays(matrix.reshape(-1), starts, work.reshape(-1), streams)


def rows_of(arrays: Arrays) -> np.ndarray:
    return unpack(arrays.matrix.reshape(ROWS, -1), STRIDE)


@pytest.mark.parametrize("n", [1, 2, SOME])
@pytest.mark.parametrize(("line", "halves"), [(0, 2), (16, 2), (32, 1)])
def test_gather(arrays: Arrays, line: int, halves: int, n: int) -> None:
    size, before, row = 16 * halves, arrays.work.copy(), arrays.matrix.size // ROWS
    rows = rows_of(arrays)[arrays.starts[:n] // row, 2 * line :][:, :size].astype(float)
    run_gather(arrays, line, halves, n)
    here = slice(48 + 2 * line, 48 + 2 * line + size)
    np.testing.assert_allclose(arrays.work[here], rows.sum(axis=0), atol=1e-6)
    np.testing.assert_array_equal(np.delete(arrays.work, here), np.delete(before, here))


@pytest.mark.parametrize("n", [1, 2, SOME])
@pytest.mark.parametrize(("line", "halves"), [(0, 2), (16, 2), (32, 1)])
def test_scatter(arrays: Arrays, line: int, halves: int, n: int) -> None:
    here, row = slice(2 * line, 2 * line + 16 * halves), arrays.matrix.size // ROWS
    change = np.float32(0.7) * (arrays.work[:STRIDE] - arrays.work[STRIDE : 2 * STRIDE])
    expected, streams = rows_of(arrays), Streams(arrays.streams.tolist())
    bits = streams.draw(32)
    for number, start in enumerate(arrays.starts[:n]):
        sums = expected[start // row, here] + change[here]  # float32, as the kernel's are
        expected[start // row, here] = rounded_row(sums.tolist(), bits, number)
    run_scatter(arrays, line, halves, n, np.float32(0.7))
    np.testing.assert_array_equal(rows_of(arrays), expected)
    assert arrays.streams.tolist() == streams.states


class Line(NamedTuple):
    """A cache line."""

    words: np.ndarray


@njit
def run_nearest(line, share):
    a = to_pointers(line)
    for k in range(0, 16, LANES):
        words, factor = load(a.words, k), splat(np.float32(share))
        zero = splat(np.float32(0))
        rounded = nearest(fma(factor, low(words), zero), fma(factor, high(words), zero))
        store(a.words, k, rounded)


def test_replicas_are_rounded_to_the_nearest() -> None:
    rng = np.random.default_rng(5)
    rows = unpack(pack(rng.normal(size=(1, 32)).astype(np.float32)), 32)
    line = Line(pack(rows).reshape(-1))
    run_nearest(line, 1.25)
    expected = [closest(x) for x in (np.float32(1.25) * rows).reshape(-1).tolist()]
    assert unpack(line.words.reshape(1, -1), 32).reshape(-1).tolist() == expected


def test_packed_rows_are_the_nearest() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(7, 40)).astype(np.float32)
    rows[0, :6] = 0.0, -0.0, np.inf, -np.inf, 1 + 2**-8, 1 + 3 * 2**-8
    packed = unpack(pack(rows), 40)
    finite = np.isfinite(rows)
    assert packed[finite].tolist() == [closest(x) for x in rows[finite].tolist()]
    assert np.array_equal(packed[~finite], rows[~finite]) and np.signbit(packed[0, 1])
    np.testing.assert_array_equal(unpack(pack(packed), 40), packed)
    bits = np.full((1, 1), 0xFFFFFFFF, np.uint32)  # nan, of which rounding would make a zero
    assert np.isnan(unpack(pack(bits.view(np.float32)), 1)).all()
