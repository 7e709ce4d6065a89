from __future__ import annotations

import pytest

from e2v.store.foreign import mostly_nuls


@pytest.mark.parametrize(
    ("start", "refused"),
    [
        (b"ab\0" * 16, True),
        (b"ab\0" * 15, False),
        (b"\0" * 15, False),
        (b"\0" * 16 + b"x" * 495, True),
        (b"\0" * 16 + b"x" * 496, False),  # one in 32
        (b"x" * 8000 + b"\0" * 8000, False),  # what is not looked at
        (b"x" * 7000 + b"\0" * 8000, True),
    ],
)
def test_a_text_has_few_nuls(start: bytes, refused: bool) -> None:
    error = mostly_nuls("stdin", start)
    assert (error is not None) is refused
    assert error is None or f"of its first {min(len(start), 8000):,} bytes are NUL" in str(error)
