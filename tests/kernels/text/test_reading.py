"""What is read out of text, and the order of events, against the oracles: compiled, and with the JIT off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.kernels.linalg import ordering
from tests.kernels.text.reading import CASES
from tests.oracles import tables as oracle

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("case", CASES)
def test_kernels_do_as_the_oracle(case: str) -> None:
    CASES[case]()


def test_they_do_without_the_jit() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kernels.text.reading"],
        cwd=PROJECT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=200))
def test_events_are_in_the_order_of_users_then_times(events: list[tuple[int, int]]) -> None:
    rows = np.array([row for row, _ in events], np.int32)
    values = np.array([value for _, value in events], np.int64)
    bounds = np.concatenate(([0], np.bincount(rows, minlength=4).cumsum()))
    order = np.empty(len(rows), np.int64)
    ordering.group(rows, bounds[:-1].copy(), order)
    ordering.sort_groups(order, bounds, values)
    assert order.tolist() == oracle.grouped(rows.tolist(), values.tolist())
