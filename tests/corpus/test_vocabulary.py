"""The order of vocabularies, and lists of counts."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2v.corpus.text.counts_file import read_counts, write_counts
from e2v.corpus.vocabulary import choose_rows, order_rows
from e2v.errors import InputError, OutputError
from e2v.inputs.sources import Source
from e2v.store import Keys

#: Long common beginnings, and zeros that a padded comparison would overlook.
KEYS = st.lists(
    st.binary(max_size=20)
    | st.text("a\0", max_size=40).map(str.encode)
    | st.integers(0, 40).map(lambda n: b"https://example.org/"[:n] + b"x" * (n % 3)),
    unique=True,
    max_size=60,
)


@given(KEYS, st.integers(1, 3), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_rows_are_ordered_by_count_then_bytes(keys: list[bytes], most: int, random) -> None:
    counts = [random.randint(1, most) for _ in keys]
    rows = random.sample(range(len(keys)), random.randint(0, len(keys)))
    ordered = order_rows(Keys.from_strings(keys), np.array(counts, np.int64), np.array(rows, np.int64))
    assert ordered.tolist() == sorted(rows, key=lambda row: (-counts[row], keys[row]))


def test_rare_keys_and_those_too_many_are_left_out() -> None:
    keys, counts = Keys.from_strings("cab"), np.array([4, 4, 9])
    assert choose_rows(keys, counts, 4, None).tolist() == [2, 1, 0]
    assert choose_rows(keys, counts, 5, None).tolist() == [2]
    assert choose_rows(keys, counts, 1, 2).tolist() == [2, 1]
    assert choose_rows(keys, counts, 10, 2).tolist() == []


def test_counts_survive_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "counts.tsv"
    keys = Keys.from_strings(["the", "two words", b"\xff", "x" * 10_000])
    write_counts(path, keys, np.array([2**62, 3, 2, 1]))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfthe\t4611686018427387904\ntwo words\t3\n\xff\t2\nxxx")
    back, counts = read_counts(Source(str(path)))
    assert list(back) == list(keys)
    assert counts.tolist() == [2**62, 3, 2, 1]


def test_counts_as_word2vec_writes_them_and_with_odd_blanks(tmp_path: Path) -> None:
    path = tmp_path / "vocab.gz"
    path.write_bytes(gzip.compress(b"</s> 0\r\nthe 12\n\n a \t 3 \nthen 0001"))
    keys, counts = read_counts(Source(str(path)))
    assert list(keys) == ["</s>", "the", "a", "then"]
    assert counts.tolist() == [0, 12, 3, 1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_counts_with_any_line_end_and_a_byte_order_mark(end: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.write_bytes((mark + end.join(["a 3", "b 2", ""])).encode())
    keys, counts = read_counts(Source(str(path)))
    assert (list(keys), counts.tolist()) == (["a", "b"], [3, 2])


def test_a_word_that_comes_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.write_text("a 3\n\nb 2\n a\t1\n")
    with pytest.raises(InputError, match="counts, line 4: 'a' has a count in line 1 already"):
        read_counts(Source(str(path)))


def test_counts_that_together_are_too_many_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.write_text(f"a {2**63 - 1}\nb 1\n")
    with pytest.raises(InputError, match="add up to more than 9,223,372,036,854,775,807"):
        read_counts(Source(str(path)))


@pytest.mark.parametrize(
    "line",
    ["word", "12", "word -3", "word 1.5", "word 5_0", f"word {2**63}", "word ١", "word " + "9" * 5000],
)
def test_a_line_that_is_no_word_and_count_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.write_text(f"fine 1\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"counts, line 2: '.+' is no word and its count"):
        read_counts(Source(str(path)))


def test_an_empty_list_of_counts_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.write_text("\n")
    with pytest.raises(InputError, match="is empty"):
        read_counts(Source(str(path)))


def test_counts_need_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        write_counts(tmp_path / "x" / "y", Keys.from_strings("a"), np.array([1]))
