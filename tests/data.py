"""Where the real corpora, evaluation sets and interactions are, if this machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2] / "shared" / "data"


def data_path(relative: str) -> Path:
    """The path of a file of real data; skips the test where the data folder is absent.

    The folder is $E2V_DATA, or `shared/data` beside the project. With $E2V_REQUIRE_DATA set, as CI
    does where the folder is present, a missing file fails instead.
    """
    path = Path(os.environ.get("E2V_DATA", _BESIDE_THE_PROJECT)) / relative
    if not path.exists():
        if os.environ.get("E2V_REQUIRE_DATA"):
            pytest.fail(f"real data required, and {path} is missing")
        pytest.skip(f"real data absent: {path}")
    return path
