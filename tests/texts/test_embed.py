"""`e2v embed` and `e2v similar --text`: files, rows, what is refused, and Python beside them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v import notices
from e2v.errors import DamagedFileError, InputError, SettingError, UnknownKeyError, UsageError
from e2v.store import ArtifactWriter, open_artifact
from tests.builders import write_model
from tests.commands import command_line

KEYS = ["a", "cat", "dog", "red", "blue"]
VECTORS = np.array([[1, 1, 1], [5, 0, 0], [4, 0, 1], [0, 5, 0], [0, 4, 1]])
LINES = ["a cat", "", "a red\tthing", "dog dog", "nobody", "a cat"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "model.e2v", KEYS, VECTORS)
    (tmp_path / "lines.txt").write_text("\n".join(LINES))
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str], line: str) -> list[list[str]]:
    capsys.readouterr()
    command_line(line)
    return [row.split("\t") for row in capsys.readouterr().out.splitlines()]


def numbers(row: list[str]) -> list[float]:
    return [float(number) for number in row[1].split()]


def test_row_i_is_line_i_in_a_file_an_array_and_on_stdout(folder: Path, capsys) -> None:
    command_line("embed lines.txt -o lines.e2v")
    command_line("embed lines.txt -o lines.npy")
    said = capsys.readouterr().err
    assert "vectors of zeros: 1 empty and 1 without a known word, of 6 texts" in said
    artifact = open_artifact("lines.e2v", "vectors")
    assert list(artifact.keys) == [*"123456"] and list(artifact.titles) == LINES
    artifact.check(*artifact.arrays)
    made = artifact.arrays["vectors"]
    assert np.array_equal(np.load("lines.npy"), made) and made.dtype == np.float32
    assert [bool(row.any()) for row in made] == [True, False, True, True, False, True]
    printed = rows(capsys, "embed lines.txt")
    assert [row[0] for row in printed] == [line.replace("\t", "\\t") for line in LINES]
    np.testing.assert_allclose([numbers(row) for row in printed], made, atol=1e-6)


def test_several_files_compressed_or_not_are_one_after_the_other(
    folder: Path, run: Callable[..., Any]
) -> None:
    import gzip

    (folder / "more.gz").write_bytes(gzip.compress(b"dog\r\n\r\n"))
    command_line("embed lines.txt more.gz -o all.e2v")
    assert list(open_artifact("all.e2v").titles) == [*LINES, "dog", ""]
    piped = run("embed", "-", "-o", "all.npy", stdin=gzip.compress(b"dog\n\ncat"))
    assert np.load("all.npy").shape == (3, 3) and "1 empty" in piped.stderr
    printed = run("embed", "-", "--format", "json", stdin="dog\n\n").stdout.splitlines()
    assert [json.loads(row)["key"] for row in printed] == ["dog", ""]


def test_keys_of_their_own(folder: Path, capsys) -> None:
    (folder / "keyed.tsv").write_text("x7\ta cat\ny\t\n 9\tred\tdog\n")
    command_line("embed keyed.tsv --with-keys -o k.e2v")
    artifact = open_artifact("k.e2v")
    assert list(artifact.keys) == ["x7", "y", " 9"] and list(artifact.titles) == ["a cat", "", "red\tdog"]
    assert [row[0] for row in rows(capsys, "embed keyed.tsv --with-keys")] == ["x7", "y", " 9"]


@pytest.mark.parametrize("output", ["", " -o made.e2v", " -o made.npy"])
def test_keys_are_there_and_different_and_blank_lines_have_none(
    folder: Path, capsys, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(notices, "_listeners", [lambda _, message: heard.append(message)])
    for text, told in {
        "x\ta\n\ny\tb\nx\tc\n": "keyed.tsv, line 4 has the key of a line before it, 'x'",
        "x\ta\nnothing\n": "keyed.tsv, line 2 has no tab",
        "x\ta\n\ta\n": "keyed.tsv, line 2 has no key before its tab",
    }.items():
        (folder / "keyed.tsv").write_text(text)
        with pytest.raises(InputError, match=told):
            command_line(f"embed keyed.tsv --with-keys{output}")
    assert not list(folder.glob("made.*"))
    (folder / "keyed.tsv").write_text("x\ta\n \n\t\ny\tcat")
    capsys.readouterr()
    command_line(f"embed keyed.tsv --with-keys{output}")
    printed = capsys.readouterr().out
    assert "left out: 2 blank lines, without a key" in heard
    made = {"": lambda: len(printed.splitlines()), " -o made.e2v": lambda: len(e2v.load("made.e2v"))}
    assert made.get(output, lambda: len(np.load("made.npy")))() == 2


def test_a_text_finds_lines_by_the_model_that_these_were_made_with(folder: Path, capsys) -> None:
    command_line("embed lines.txt -o lines.e2v --smoothing 0.1")
    (folder / "q.txt").write_text("the red dog is blue\n")
    asked = rows(capsys, "similar --text dog -m lines.e2v -n 2")
    assert (
        asked[0][:2] == ["dog", "4"] and float(asked[0][2]) == pytest.approx(1) and asked[0][3] == "dog dog"
    )
    capsys.readouterr()
    command_line("embed q.txt --smoothing 0.1")
    vector = numbers(capsys.readouterr().out.splitlines()[0].split("\t"))
    expected = e2v.load("lines.e2v").similar(vector=vector, n=6)
    found = e2v.load("lines.e2v").similar(text="the red dog is blue", n=6)
    assert [each.key for each in found] == [each.key for each in expected]
    np.testing.assert_allclose([each.score for each in found], [each.score for each in expected], atol=1e-5)


def test_the_model_of_texts_is_found_beside_them_or_named_and_never_another(folder: Path, capsys) -> None:
    command_line("embed lines.txt -o lines.e2v")
    (folder / "sub").mkdir()
    for name in ("model.e2v", "lines.e2v"):
        (folder / name).rename(folder / "sub" / name)
    assert rows(capsys, "similar --text dog -m sub/lines.e2v -n 1")[0][1] == "4"
    (folder / "sub" / "model.e2v").rename(folder / "words.e2v")
    with pytest.raises(InputError, match=r"was made with model\.e2v, which is not there"):
        command_line("similar --text dog -m sub/lines.e2v")
    assert rows(capsys, "similar --text dog -m sub/lines.e2v -n 1 --words words.e2v")[0][1] == "4"
    write_model(folder / "model.e2v", KEYS, VECTORS + 1)
    with pytest.raises(InputError, match=r"model\.e2v is not what it was"):
        command_line("similar --text dog -m sub/lines.e2v")
    with pytest.raises(InputError, match="made with another model"):
        command_line("similar --text dog -m sub/lines.e2v --words model.e2v")


def test_a_text_finds_the_words_of_a_model(folder: Path, capsys) -> None:
    found = rows(capsys, "similar --text red -n 2")
    assert found[0][1] in ("red", "blue")
    assert [each.key for each in e2v.load("model.e2v").similar(text="red", n=2)] == [row[1] for row in found]


def test_texts_from_stdin_are_answered_each(folder: Path, run: Callable[..., Any]) -> None:
    command_line("embed lines.txt -o lines.e2v")
    asked = run("similar", "--text", "-", "-m", "lines.e2v", "-n", "1", stdin="dog\nnobody\na red thing\n")
    answered = [row.split("\t") for row in asked.stdout.splitlines()]
    assert [row[:2] for row in answered] == [["dog", "4"], ["nobody", ""], ["a red thing", "3"]]
    assert asked.stderr == ("e2v: 1 of 3 questions had no word that is in the vocabulary, first 'nobody'\n")


def test_bytes_of_a_stream_that_are_not_utf8_are_told_of_once(folder: Path, run: Callable[..., Any]) -> None:
    write_model(folder / "latin.e2v", ["café", "noir"], VECTORS[:2])
    text = "noir\nun café\ncafé".encode("latin-1")
    plain = run("embed", "-", "-m", "latin.e2v", "--format", "json", stdin=text)
    assert plain.stderr.splitlines()[0] == (
        "e2v: stdin has bytes that are not UTF-8, first in line 2; --encoding names their encoding"
    )
    assert plain.stderr.count("UTF-8") == 1
    keys = [json.loads(row)["key"] for row in plain.stdout.splitlines()]
    assert [key.encode("utf-8", "surrogateescape") for key in keys] == text.split(b"\n")
    named = run("embed", "-", "-m", "latin.e2v", "--encoding", "latin-1", stdin=text)
    assert named.stderr == "" and [row.split("\t")[0] for row in named.stdout.splitlines()][2] == "café"
    asked = run("similar", "--text", "-", "-m", "latin.e2v", stdin=text)
    assert "first in line 2; iconv -f ENCODING -t UTF-8 makes them that" in asked.stderr


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("embed lines.txt -o lines.txt", UsageError, "is an input|what should it be"),
        ("embed lines.txt -o x", UsageError, "what should it be"),
        ("embed lines.txt -o x.CSV", UsageError, "rows are printed: format csv > x.CSV"),
        ("embed lines.txt -o x.jsonl", UsageError, "format json > x.jsonl"),
        ("embed nobody", InputError, "nobody: no such file; .*echo TEXT . e2v embed -"),
        ("embed nobody?", InputError, "no file fits; .*echo TEXT . e2v embed -"),
        (
            "similar dogs -m lines.e2v",
            UnknownKeyError,
            "'dogs' is not in the vocabulary; text asks about a text",
        ),
        ("embed lines.txt -m lines.e2v", InputError, "texts"),
        ("embed lines.txt -o x.e2v --format json", SettingError, "does not go with"),
        ("embed lines.txt -o x.npy --if-changed", UsageError, "does not say"),
        ("embed lines.txt --if-changed", SettingError, "needs an output"),
        ("embed lines.txt --weights mean --smoothing 0.1", SettingError, "applies to"),
        ("embed lines.txt --weights mean --keep-common", SettingError, "applies to"),
        ("embed empty.txt -o x.npy", InputError, "no lines"),
        ("similar --text nobody", UnknownKeyError, "no word of the text"),
        ("similar --text nobody -m lines.e2v", UnknownKeyError, "no word of the text"),
        ("similar --text dog --words model.e2v", SettingError, "for vectors of texts"),
        ("similar --text dog -m lines.e2v --center", SettingError, "does not go with"),
        ("similar dog --text dog", SettingError, "does not go with"),
        ("similar dog --words model.e2v", SettingError, "applies to"),
    ],
)
def test_what_is_refused(folder: Path, line: str, error: type[Exception], told: str) -> None:
    command_line("embed lines.txt -o lines.e2v")
    (folder / "empty.txt").write_text("")
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(error, match=told):
        command_line(line)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_settings_that_a_file_cannot_have_are_damage(folder: Path) -> None:
    command_line("embed lines.txt -o lines.e2v")
    of = open_artifact("lines.e2v")
    made = {**of.provenance, "settings": {"smoothing": -1}}
    with ArtifactWriter("odd.e2v", "vectors", made) as writer:
        writer.add_keys("keys", of.keys)
        writer.add("vectors", np.array(of.arrays["vectors"]))
    with pytest.raises(DamagedFileError, match="smoothing"):
        command_line("similar --text dog -m odd.e2v")


def test_if_changed(folder: Path, capsys) -> None:
    command_line("embed lines.txt -o lines.e2v --if-changed")
    command_line("embed lines.txt -o lines.e2v --if-changed")
    assert "unchanged" in capsys.readouterr().err
    command_line("embed lines.txt -o lines.e2v --if-changed --smoothing 0.2")
    assert "unchanged" not in capsys.readouterr().err


def test_both_doors_agree(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command_line("embed lines.txt -o cli.e2v --threads 1 --smoothing 0.01")
    made = e2v.embed("lines.txt", "py.e2v", smoothing=0.01, threads=1)
    assert (folder / "cli.e2v").read_bytes() == (folder / "py.e2v").read_bytes()
    assert e2v.embed("lines.txt", "py.npy", smoothing=0.01) == Path("py.npy")
    model = e2v.load("model.e2v")
    vectors = model.embed(LINES, smoothing=0.01)
    np.testing.assert_allclose(vectors, made.to_numpy(), atol=1e-6)
    monkeypatch.setattr("e2v.jobs.embed._FEW", 2)
    np.testing.assert_allclose(model.embed(LINES, smoothing=0.01), vectors, atol=1e-6)
    assert model.embed("a cat").shape == (1, 3) and model.embed([]).shape == (0, 3)
    np.testing.assert_allclose(model.embed(["a\ncat"]), model.embed(["a cat"]))
    for refused in (lambda: model.embed([3]), lambda: e2v.embed(iter([["a"]]), "x.e2v")):
        with pytest.raises(e2v.E2VError):
            refused()


def test_lines_that_are_typed_are_answered_at_once(folder: Path, monkeypatch, capsys) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = iter(["a cat", "nobody"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("e2v.cli.shared.prompt._read", lambda prompt: next(typed, None))
    assert [row[0] for row in rows(capsys, "embed -")] == ["a cat", "nobody"]
