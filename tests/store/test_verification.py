from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from e2v.store import verify
from tests.golden.contents import GOLDEN
from tests.golden.make import FOLDER
from tests.oracles import container


def test_truncation_says_which_arrays_are_cut(tmp_path: Path) -> None:
    whole = (FOLDER / "model-1.e2v").read_bytes()
    path = tmp_path / "cut.e2v"
    path.write_bytes(whole[:-128])  # all of output and of the padding before it
    assert [str(problem) for problem in verify(path)] == [
        f"file: truncated, 128 of {len(whole):,} bytes are missing",
        "output: 108 of 108 bytes are missing",
    ]


@pytest.mark.parametrize(
    ("kind", "array", "values", "problem"),
    [
        ("vectors", "vectors", [np.nan], "vectors: holds values that are not finite"),
        ("vectors", "vectors", [-np.inf], "vectors: holds values that are not finite"),
        ("vectors", "keys.offsets", [1], "keys.offsets: key offsets do not run from 0"),
        ("vectors", "keys.offsets", [0, 9, 3], "keys.offsets: key offsets are not ascending"),
        ("vectors", "keys.offsets", [0, 1, 2], "keys.bytes: 1 keys occur more than once"),
        ("model", "counts", [-1], "counts: holds negative counts"),
        ("corpus", "tokens", [9], "tokens: holds ids outside of 0..8"),
        ("corpus", "tokens", [-1], "tokens: holds ids outside of 0..8"),
        ("corpus", "offsets", [1], "offsets: do not run from 0 to the 7 tokens"),
        ("corpus", "offsets", [0, 8], "offsets: are not ascending"),
        ("users", "seen.items", [-1], "seen.items: holds negative ids"),
        ("users", "seen.offsets", [1], "seen.offsets: do not run from 0 to the 4 items"),
        ("users", "seen.offsets", [0, 3], "seen.offsets: are not ascending"),
        ("corpus", "names.offsets", [1], "names.offsets: key offsets do not run from 0"),
    ],
)
def test_verify_finds_content_that_cannot_be(
    tmp_path: Path, kind: str, array: str, values: list[float], problem: str
) -> None:
    """Digests and sizes are right, but what was written makes no sense."""
    arrays = {name: value.copy() for name, value in GOLDEN[f"{kind}-1"].items()}
    arrays[array].reshape(-1)[: len(values)] = values
    if "more than once" in problem:
        arrays["keys.bytes"][:2] = ord("x")
    path = tmp_path / "odd.e2v"
    path.write_bytes(container.encode(kind, arrays))
    assert any(str(found).startswith(problem) for found in verify(path)), verify(path)


def test_verify_finds_padding_that_is_not_zero_and_every_changed_array(tmp_path: Path) -> None:
    whole = bytearray((FOLDER / "vectors-1.e2v").read_bytes())
    start = 8 + int.from_bytes(whole[:8], "little")
    whole[start] ^= 1
    whole[start + 50] = 1
    whole[-1] ^= 1
    path = tmp_path / "odd.e2v"
    path.write_bytes(whole)
    assert [problem.array for problem in verify(path)] == ["keys.bytes", "vectors", "padding.0"]
