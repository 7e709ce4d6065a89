"""One rule for encodings and line ends, for every text that comes in."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2v.errors import InputError, UsageError
from e2v.inputs.encodings import encoding_name
from e2v.inputs.lines import lines, lines_of
from e2v.inputs.sources import Source

FRENCH = "L'été, les élèves de Besançon étaient là\nà côté d'une forêt\n"


def read(path: Path, data: bytes, encoding: str | None = None) -> tuple[list[str], str]:
    path.write_bytes(data)
    source = Source(str(path), encoding)
    return [line for _, line in lines(source)], source.encoding


@pytest.mark.parametrize(
    ("encoding", "called"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("latin-1", "Latin-1"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("utf-32", "UTF-32"),
    ],
)
def test_an_encoding_is_told(encoding: str, called: str, tmp_path: Path) -> None:
    for data in (FRENCH.encode(encoding), gzip.compress(FRENCH.encode(encoding))):
        assert read(tmp_path / "a", data) == (FRENCH.splitlines(), called)


def test_windows_1252_has_quotes_and_dashes_where_latin_1_has_nothing(tmp_path: Path) -> None:
    text = "l’été – une forêt, déjà « là » – s’est levé à côté de l’élève\n"
    assert read(tmp_path / "a", text.encode("cp1252")) == ([text.strip()], "Windows-1252")


@pytest.mark.parametrize(
    "data",
    [
        "Москва и Петербург\n".encode("cp1251"),
        "東京と大阪の間\n".encode("shift-jis"),
        "北京和上海\n".encode("gb18030"),
        b"\xff\xfe just bytes\n",
        "Été".encode() + b" and \xe9t\xe9\n",
    ],
)
def test_bytes_of_no_told_encoding_are_kept(data: bytes, tmp_path: Path) -> None:
    found, called = read(tmp_path / "a", data)
    assert called == "UTF-8"
    assert "".join(found).encode("utf-8", "surrogateescape") == data.rstrip(b"\n")


def test_an_encoding_that_is_named_goes_before_what_is_told(tmp_path: Path) -> None:
    text = "Москва\n"
    assert read(tmp_path / "a", text.encode("cp1251"), "cp1251") == ([text.strip()], "CP1251")
    assert read(tmp_path / "a", "é\n".encode("latin-1"), "utf-8") == (["\udce9"], "UTF-8")


def test_what_is_not_in_the_named_encoding_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not ASCII: it has .*encoding names another"):
        read(tmp_path / "a", "é\n".encode("latin-1"), "ascii")
    with pytest.raises(InputError, match="is not UTF-16"):
        read(tmp_path / "a", "text\n".encode("utf-16")[:-1])
    with pytest.raises(UsageError, match="there is no encoding 'klingon'"):
        encoding_name("klingon")
    with pytest.raises(UsageError, match="there is no encoding 'base64'"):
        encoding_name("base64")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_three_ways(end: str, tmp_path: Path) -> None:
    for last in ("", end):
        assert read(tmp_path / "a", f"a b{end}{end}c{last}".encode())[0] == ["a b", "", "c"]


def test_a_lone_carriage_return_among_line_feeds_is_no_line_end(tmp_path: Path) -> None:
    assert read(tmp_path / "a", b"a\rb\nc\n")[0] == ["a\rb", "c"]


LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))


@given(st.lists(LINE), st.integers(1, 9))
def test_lines_do_not_depend_on_how_they_come(texts: list[str], size: int) -> None:
    data = "".join(text + "\n" for text in texts).encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(lines_of(chunks, Source("-"))) == texts
