"""Every mode against the oracle, draw by draw: as compiled here, with the JIT off, and for other CPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernels.sgd.replay import CASES, TOLERANCE, replay

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("case", [name for name in CASES if not name.startswith("set-subwords-frozen")])
def test_a_unit_trains_as_the_oracle_does(case: str) -> None:
    assert replay(CASES[case]) < TOLERANCE


@pytest.mark.parametrize("dim", [1, 16, 100])
def test_rows_of_any_length(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.kernels.sgd.replay.DIM", dim)
    assert replay(CASES["skipgram"]) < 5 * TOLERANCE


@pytest.mark.parametrize("negative", range(1, 20))
def test_any_number_of_noise_words(negative: int) -> None:
    assert replay({"negative": negative}, seed=negative) < TOLERANCE


ENVIRONMENTS = {
    "no JIT": {"NUMBA_DISABLE_JIT": "1"},
    "AVX2": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""},
    "SSE2": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""},
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_other_machines(environment: str) -> None:
    """Where a compilation is paid, windows will do: they share with others all that depends on the CPU."""
    if environment != "no JIT" and "x86" not in os.uname().machine:
        pytest.skip("compiles for x86")
    cases = (
        CASES
        if environment == "no JIT"
        else [name for name in CASES if "set" not in name and "frozen" not in name]
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kernels.sgd.replay", *cases],
        cwd=PROJECT,
        env=os.environ | ENVIRONMENTS[environment],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
