from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from e2v.errors import UsageError
from e2v.inputs.sampled import SampledText, _between_lines
from e2v.inputs.sources import Source


@pytest.mark.parametrize(
    ("raw", "first", "last", "whole"),
    [
        (b"tail\nwhole\nhead", False, False, b"whole\n"),
        (b"tail\nwhole\nhead", True, False, b"tail\nwhole\n"),
        (b"tail\nwhole\nhead", False, True, b"whole\nhead\n"),
        (b"whole\n", True, True, b"whole\n"),
        (b"il one two he", False, False, b"one two \n"),
        (b"il one\ttwo he", False, False, b"one\ttwo \n"),
        (b"il one two he", False, True, b"one two he\n"),
        (b"il one\nhe", False, False, b"one\n"),
        (b"unbroken", False, False, b"unbroken"),
    ],
)
def test_a_block_begins_and_ends_between_lines_or_else_words(
    raw: bytes, first: bool, last: bool, whole: bytes
) -> None:
    assert _between_lines(raw, first=first, last=last) == whole


def test_every_source_is_read_to_its_end(tmp_path: Path) -> None:
    texts = {"a": b"a a\n" * 3, "b": b"b bb\n" * 400, "c": b""}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    sampled = SampledText([Source(str(tmp_path / name)) for name in texts], None, 256)
    assert sampled.share == sampled.size == 0
    assert Counter(b"".join(sampled)) == Counter(b"".join(texts.values()))
    assert sampled.share == 1
    assert sampled.size == sum(map(len, texts.values()))


def test_a_compressed_source_is_read_on_when_another_has_ended(tmp_path: Path) -> None:
    (tmp_path / "z").write_bytes(gzip.compress(b"z zz\n" * 999))
    (tmp_path / "a").write_bytes(b"a a\n" * 99)
    sampled = SampledText([Source(str(tmp_path / name)) for name in "za"], None, 256)
    assert Counter(b"".join(sampled)) == Counter(b"z zz\n" * 999 + b"a a\n" * 99)


def test_what_can_be_read_only_once_is_no_sample() -> None:
    with pytest.raises(UsageError, match="can be read only once"):
        SampledText([Source("-")], None, 256)
