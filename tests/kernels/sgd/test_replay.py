"""Every mode against the oracle, draw by draw: as compiled here, with the JIT off, and for other CPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernels.sgd.replay import CASES, TOLERANCE, replay

PROJECT = Path(__file__).parents[3]


#: Combinations of modes that other cases have one by one: compiled, each would take some seconds.
INTERPRETED = {
    *("set-subwords-frozen-two-threads", "set-shared-subwords-frozen", "set-shared-sampled-cbow"),
    *("skipgram-shared-subwords-two-threads", "skipgram-shared-frozen", "cbow-shared-subwords-frozen"),
    *("skipgram-shared-frozen-two-lanes", "cbow-two-lanes", "set-sampled-three-lanes"),
}


@pytest.mark.parametrize("case", sorted(CASES.keys() - INTERPRETED))
def test_a_unit_trains_as_the_oracle_does(case: str) -> None:
    assert replay(CASES[case]) < TOLERANCE


@pytest.mark.parametrize("dim", [1, 16, 100])
def test_rows_of_any_length(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.kernels.sgd.replay.DIM", dim)
    assert replay(CASES["skipgram"]) < 5 * TOLERANCE


@pytest.mark.parametrize("negative", range(1, 20))
def test_any_number_of_noise_words(negative: int) -> None:
    assert replay({"negative": negative}, seed=negative) < TOLERANCE


ENVIRONMENTS = {"no JIT": {"NUMBA_DISABLE_JIT": "1"}}
if os.uname().machine == "x86_64":
    ENVIRONMENTS["SSE2"] = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}
    if "avx512f" in Path("/proc/cpuinfo").read_text():  # else the other tests compile for AVX2
        ENVIRONMENTS["AVX2"] = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""}

#: They have all operations that depend on the CPU, by four kernels.
VECTORS = [
    *("skipgram", "skipgram-wide-window", "skipgram-many-noise-words", "skipgram-large-vocabulary"),
    *("skipgram-hierarchical-subwords", "cbow-shared-undivided", "cbow-hierarchical-subwords-two-threads"),
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_other_machines(environment: str) -> None:
    cases = CASES if environment == "no JIT" else VECTORS
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.kernels.sgd.replay", *cases],
        cwd=PROJECT,
        env=os.environ | ENVIRONMENTS[environment],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
