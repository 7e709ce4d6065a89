"""Tables and texts without blanks are noticed, and prose never is."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest

from e2v.corpus.text.first_look import not_utf8, refuse_binary, refuse_table, spellings, unsegmented
from e2v.errors import InputError
from e2v.inputs.sources import Source
from tests.conftest import Run
from tests.data import data_path

RATINGS = [f"{user},{item},{item % 5 + 1}.0,99{item}" for user in range(4) for item in range(3)]
TABLES = {
    "CSV with names": ["userId,movieId,rating,timestamp", *RATINGS],
    "CSV without": RATINGS,
    "tabs": [row.replace(",", "\t") for row in RATINGS],
    "MovieLens": [row.replace(",", "::") for row in RATINGS],
    "semicolons": ["user;title;stars", *(f"u{n};The film of {n};{n % 5}" for n in range(9))],
    "bars": [f"u{n}|i{n % 3}" for n in range(9)],
    "ids that are words": ["user,item", *(f"ann{n},milk" for n in range(9))],
    "JSON lines": [f'{{"user": "u{n}", "item": "the i"}}' for n in range(9)],
}
TEXTS = {
    "prose": ["He came, he saw.", "She, too, left."] * 5,
    "a comma in every line": ["yes, it is", "no, it was"] * 5,
    "words": ["red", "blue"] * 5,
    "sequences": ["a\tb\tc", "c\tb\ta"] * 5,
    "a few lines": RATINGS[:4],
    "dialogue": ["ann: 1 2 3, go", "bob: 3 2 1, stop"] * 5,
    "lines that end alike": ["hello,", "world,"] * 5,
    "braces": ["{this is no JSON}"] * 9,
    "two words and a comma": ["yes, sir", "no, sir"] * 5,
    "numbers": ["1 2 3", "4 5 6"] * 9,
}


def head_of(lines: list[str], tmp_path: Path) -> tuple[Source, bytes]:
    (tmp_path / "input").write_text("\n".join(lines) + "\n")
    source = Source(str(tmp_path / "input"))
    return source, source.peek()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"input is (a table|JSON lines), not text; e2v events .*input reads"
    ):
        refuse_table(*head_of(TABLES[name], tmp_path))


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_not(name: str, tmp_path: Path) -> None:
    refuse_table(*head_of(TEXTS[name], tmp_path))


@pytest.mark.parametrize("name", ["enwiki-sample.norm", "enwiki-sample.raw", "zhwiki-sample.seg"])
def test_real_texts_are_neither(name: str, tmp_path: Path) -> None:
    with gzip.open(data_path(f"text/{name}.txt.gz"), "rt", encoding="utf-8") as file:
        source, head = head_of([line.rstrip("\n") for line in islice(file, 2000)], tmp_path)
    refuse_table(source, head)
    refuse_binary(source, head)
    assert not unsegmented(head)
    assert not not_utf8(head)
    assert bool(spellings(head, lowercase=False)) == name.endswith("raw")


@pytest.mark.parametrize(
    "name", ["groceries/groceries.csv", "movielens-latest-small/movies.csv", "beauty/baskets.txt"]
)
def test_lists_are_not_prose(name: str) -> None:
    assert spellings(data_path(f"interactions/{name}").read_bytes()[: 1 << 17], lowercase=False) == []


def test_chinese_without_blanks_is_noticed() -> None:
    with gzip.open(data_path("text/zhwiki-sample.unsegmented.txt.gz"), "rb") as file:
        text = file.read(1 << 20)
    assert unsegmented(text) == "Chinese"
    assert not_utf8(text) == not_utf8(b"caf\xe9 " * 9) == 0
    assert not_utf8(text.decode("utf-8", "ignore").encode("gb18030")) > 1000


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("Japanese", "これは日本語の文章です。単語の間に空白がありません。"),
        ("Thai", "ภาษาไทยไม่มีช่องว่างระหว่างคำในประโยค"),
        ("Khmer", "ភាសាខ្មែរមិនមានចន្លោះរវាងពាក្យទេ"),
    ],
)
def test_scripts_without_blanks(script: str, text: str) -> None:
    assert unsegmented(f"{text}\n".encode() * 20) == script
    assert not unsegmented(f"{' '.join(text)}\n".encode() * 20)
    assert not unsegmented(f"{text}\n{'and a good deal of English ' * 9}\n".encode() * 20)


def test_the_commonest_spellings_of_one_word() -> None:
    words = " ".join(f"a{n} A{n} a{n}," for n in range(200))
    prose = f"so So so, {words} so".encode()
    assert spellings(prose, lowercase=False) == ["so", "So", "so,"]
    assert spellings(prose.replace(b"so,", b"so, so."), lowercase=True) == ["so", "so,", "so."]
    assert spellings(prose.lower().replace(b",", b""), lowercase=False) == []
    assert spellings(b"so So so, " * 1000, lowercase=False) == []


def test_binary_data_are_refused(run: Run) -> None:
    data = bytes(range(1, 256)) * 100
    refused = run("vocab", "-", stdin=data, check=False)
    assert refused.code == 1
    assert "is no text: " in refused.stderr
    assert run("vocab", "-", "--tokenizer", "whitespace", stdin=data, check=False).code == 0
    run("vocab", "-", "--min-count", 1, "-o", "hive.e2v", stdin="ann\x01tea\x01milk\n" * 99)


@pytest.mark.parametrize("command", ["vocab", "train", "phrases"])
def test_commands_say_what_reads_it_and_how_to_go_on(command: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("\n".join(TABLES["CSV with names"]))
    refused = run(command, "ratings.csv", check=False)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == (
        "e2v: ratings.csv is a table, not text; e2v events ratings.csv reads who had what; "
        "if it is text after all, say so: --tokenizer whitespace\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["ratings.csv"]
    if command == "vocab":
        run("vocab", "ratings.csv", "--tokenizer", "whitespace", "--min-count", 1)
        run("vocab", "-", "--min-count", 1, stdin="one, two\n" * 9)


def test_hints(run: Run) -> None:
    chinese = "单词之间没有空格的文字在这里写得很长很长\n" * 9
    for told in ([], ["--tokenizer", "word"]):
        assert "Chinese without blanks" in run("vocab", "-", *told, stdin=chinese).stderr
    for told in (["--tokenizer", "character"], ["--tokenizer", "whitespace"], ["-q"]):
        assert "Chinese" not in run("vocab", "-", *told, stdin=chinese).stderr
    russian = ("слово и дело\n" * 9).encode("koi8-r")
    assert "bytes near its beginning are not UTF-8" in run("vocab", "-", stdin=russian).stderr
    assert "not UTF-8" not in run("vocab", "-", "--encoding", "koi8-r", stdin=russian).stderr
    prose = " ".join(f"a{n} A{n} a{n}," for n in range(200)) + "\n"
    prose += "so So so, so\n" * 9
    assert (
        "so and So and so, are different words; --tokenizer word with --lowercase"
        in run("vocab", "-", stdin=prose).stderr
    )
    assert "different words;" not in run("vocab", "-", "--tokenizer", "word", stdin=prose).stderr
    assert (
        "different words;"
        not in run("vocab", "-", "--vocab", "corpus.e2v", "-o", "b.e2v", stdin=prose).stderr
    )


def test_a_page_in_place_of_a_text_is_told(run: Run) -> None:
    told = "e2v: stdin is an HTML page; its tags are read as words"
    page = "\n<!DOCTYPE html>\n<html><body><h1>404</h1>\nnot found\n</body></html>\n"
    options = ("vocab", "-", "--min-count", "1", "-o", "out.e2v", "-q")
    assert run(*options, stdin=page).stderr.splitlines() == [told]
    assert run(*options, "--tokenizer", "whitespace", stdin=page).stderr == ""
    assert run(*options, stdin="<b> is no page\n").stderr == ""
