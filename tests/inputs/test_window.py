from __future__ import annotations

import io

import pytest

from e2v.errors import InputError
from e2v.inputs.window import Window


def test_a_stream_passes_through_and_what_is_longer_than_the_window_fits_in_time() -> None:
    content = bytes(range(1, 251))
    window = Window(io.BufferedReader(io.BytesIO(content)), "it", 64, most=200)
    taken = b""
    while not window.ended:
        window.refill()
        assert len(window.text) - window.stop >= 16 and len(window.text) == 8 * len(window.words)
        if len(taken) < 100:
            assert len(window.text) == 64
            taken += window.text[window.start : window.start + 20].tobytes()
            window.start += 20
    assert window.start == 0 and window.rest() == content[len(taken) :]
    assert len(window.text) == 256


def test_a_row_without_end_is_refused() -> None:
    window = Window(io.BufferedReader(io.BytesIO(bytes(5 << 20))), "it", 64, most=1 << 20)
    with pytest.raises(InputError, match=r"^it has a row of more than 1 MB; are these vectors"):
        while not window.ended:
            window.refill()
    assert len(window.text) <= 4 << 20
