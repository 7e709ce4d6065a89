"""What goes wrong with one kind of file goes wrong with its siblings: one rule, through every command."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.store import open_artifact
from tests.builders import write_corpus, write_model
from tests.conftest import Run

TASTES = [["a", "b", "c"], ["b", "c", "d"], ["a", "c", "d"], ["a", "b", "d"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus of four users and a model of their items."""
    write_corpus(tmp_path / "corpus.e2v", TASTES, [f"u{user}" for user in range(4)])
    rng = np.random.default_rng(3)
    write_model(tmp_path / "model.e2v", "abcd", rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
    return tmp_path


class TestOutputs:
    @pytest.mark.parametrize("kind", ["text", "model", "link"])
    def test_only_a_checkpoint_is_replaced_as_one(self, run: Run, folder: Path, kind: str) -> None:
        (folder / "text").write_text("precious\n")
        other = folder / "out.e2v.ckpt"
        if kind == "link":
            other.symlink_to(folder / "text")
        else:
            other.write_bytes((folder / ("text" if kind == "text" else "model.e2v")).read_bytes())
        before = other.read_bytes()
        result = run("train", "corpus.e2v", "--sample", "0", "-o", "out.e2v", check=False)
        assert result.code == 2
        error = result.stderr.splitlines()[-1]
        assert "out.e2v.ckpt is where a checkpoint would be written, and is none" in error
        assert other.read_bytes() == before and other.is_symlink() == (kind == "link")

    def test_a_folder_is_no_file(self, run: Run, folder: Path) -> None:
        (folder / "text").write_text("precious\n")
        for name in ("text/", "new/"):
            result = run("svd", "corpus.e2v", "--dim", "2", "-o", name, check=False)
            assert result.code == 2 and f"{name} names a folder" in result.stderr
        assert (folder / "text").read_text() == "precious\n" and not (folder / "new").exists()

    def test_a_file_among_the_folders_is_named(self, run: Run, folder: Path) -> None:
        result = run("svd", "corpus.e2v", "--dim", "2", "-o", "model.e2v/x", check=False)
        assert result.code == 1 and "model.e2v is a file, not a folder" in result.stderr

    def test_a_file_called_minus_is_not_stdout(self, run: Run, folder: Path) -> None:
        (folder / "-").write_text("user,item\nx,y\n")
        result = run("events", "-", "-o", "out.e2v", stdin="user,item\na,b\nc,d\n")
        assert "2 events of 2 users" in result.stderr
        (folder / "-").unlink()
        assert run("svd", "corpus.e2v", "--dim", "2", "-o", "./-").stderr.startswith("-: input and output")
        assert open_artifact(folder / "-").kind == "model"


class TestLogs:
    def test_several_arrays_follow_each_other(self, run: Run, folder: Path) -> None:
        pages = '[{"user":1,"item":2}]\n[]\n[{"user":3,"item":4},\n {"user":5,"item":6}]\n'
        result = run("events", "-", "-o", "out.e2v", stdin=pages)
        assert "3 events of 3 users" in result.stderr
        made = open_corpus(folder / "out.e2v").provenance["inputs"][0]
        assert made["bytes"] == len(pages)
        for after in ("trailing", "[1", '{"user":1}'):
            refused = run("events", "-", "-o", "x.e2v", stdin=pages + after, check=False)
            assert refused.code == 1 and "line 5: the JSON array ends early or is damaged" in refused.stderr

    def test_digits_are_not_made_up(self, run: Run, folder: Path) -> None:
        log = (
            '{"user":1,"item":9007199254740993.0}\n{"user":2,"item":1e25}\n{"user":3,"item":5.0,"more":[1]}\n'
        )
        run("events", "-", "-o", "out.e2v", stdin=log)
        assert set(open_corpus(folder / "out.e2v").keys) == {"9007199254740993", "1e+25", "5"}

    def test_titles_are_the_same_however_an_object_is_read(self, run: Run, folder: Path) -> None:
        (folder / "titles.json").write_text('{"id":"a","title":5.0}\n{"id":"b","title":5.0,"more":[1]}\n')
        run("events", "-", "--titles", "titles.json:id:title", "-o", "out.e2v", stdin="user,item\nu,a\nu,b\n")
        assert list(open_corpus(folder / "out.e2v").titles or ()) == ["5", "5"]

    def test_a_wrong_column_of_titles_is_told_before_the_log_is_read(self, run: Run, folder: Path) -> None:
        (folder / "titles.csv").write_text("id,title\na,Heat\n")
        log = "user,item\nu,a\nbroken\n"
        result = run("events", "-", "--titles", "titles.csv:id:name", "-o", "o.e2v", stdin=log, check=False)
        assert result.code == 1 and "titles.csv has no column 'name'" in result.stderr.splitlines()[-1]
        assert "broken" not in result.stderr and "line 3" not in result.stderr

    def test_a_line_of_separators_has_no_id(self, run: Run) -> None:
        result = run("events", "-", "--layout", "baskets", stdin=",,\na,b\n")
        assert (
            "stdin, line 1: it has no id" in result.stderr and "1 line that cannot be read" in result.stderr
        )

    def test_the_first_user_without_items_is_named(self, run: Run) -> None:
        result = run("events", "-", "--layout", "user-items", stdin="u\ta\nv b c\nw\n")
        assert "2 lines of a user without items (first line 2 of stdin, 'v b c')" in result.stderr

    @pytest.mark.parametrize("column", ["at", "3"])
    def test_a_time_that_is_none_is_told_as_one(self, run: Run, column: str) -> None:
        log = "user,item,at\nu,a,5\nu,b,oops\n"
        columns = ("--user", "1", "--item", "2", "--time", column)
        assert (
            "is 'oops', no number, as most times that can be read are"
            in run("events", "-", *columns, stdin=log).stderr
        )


class TestEncodings:
    def test_a_guess_is_told_of_every_file(self, run: Run, folder: Path) -> None:
        (folder / "text").write_bytes("café noir\n".encode("latin-1") * 5)
        assert "text: read as Latin-1" in run("vocab", "text", "-o", "t.e2v").stderr
        (folder / "titles.csv").write_bytes("id,title\na,Café\n".encode("latin-1"))
        result = run(
            "events", "-", "--titles", "titles.csv:id:title", "-o", "o.e2v", stdin="user,item\nu,a\n"
        )
        assert "titles.csv: read as Latin-1" in result.stderr

    @pytest.mark.parametrize("name", ["rot13", "base64", "klingon"])
    def test_what_is_no_encoding_of_text(self, run: Run, name: str) -> None:
        result = run("vocab", "-", "--encoding", name, stdin="a", check=False)
        assert result.code == 2 and f"there is no encoding '{name}'" in result.stderr

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_files_of_keys(self, run: Run, folder: Path, encoding: str, end: str) -> None:
        np.save(folder / "v.npy", np.eye(3, dtype=np.float32))
        (folder / "k.txt").write_bytes(end.join(["a", "é", "c", ""]).encode(encoding))
        run("import", "v.npy", "--keys", "k.txt", "-o", "k.e2v")
        assert list(open_artifact(folder / "k.e2v").keys) == ["a", "é", "c"]

    def test_files_of_keys_that_are_none(self, run: Run, folder: Path) -> None:
        np.save(folder / "v.npy", np.eye(3, dtype=np.float32))
        for name in ("model.e2v", "v.npy"):
            result = run("import", "v.npy", "--keys", name, "-o", "k.e2v", check=False)
            assert result.code == 1 and "not text" in result.stderr

    def test_vectors_whose_lines_end_with_carriage_returns(self, run: Run, folder: Path) -> None:
        (folder / "g.txt").write_text("a 1 2\rb 3 4\rc 5 6\r", newline="")
        result = run("import", "g.txt", "-o", "g.e2v", check=False)
        assert result.code == 1 and "line 1: a key holds a carriage return; do its lines end" in result.stderr


class TestHeldOut:
    def test_stray_quotes_are_read_as_everywhere_else(self, run: Run, folder: Path) -> None:
        (folder / "test.txt").write_text('u0\td\nu1\t"a\nu2\tb\nu3\tc"\n')
        rows = run("eval", "model.e2v", "--ranking", "test.txt", "--corpus", "corpus.e2v", "--format", "json")
        assert json.loads(rows.stdout.splitlines()[0])["total"] == 4

    def test_ids_with_line_ends_read_back(self, run: Run, folder: Path) -> None:
        write_corpus(folder / "odd.e2v", [["a\nb\tc", "x", "y"], ["x", "a\nb\tc", "z"]], ["u\n1", "u2"])
        run("split", "odd.e2v", "--by", "random", "--share", "0.4", "-o", "a.e2v", "--held-out", "test.txt")
        run("events", "test.txt", "--layout", "user-items", "-o", "back.e2v")
        back = open_corpus(folder / "back.e2v")
        assert set(back.names or ()) == {"u\n1", "u2"} and set(back.keys) <= {"a\nb\tc", "x", "y", "z"}
        write_model(folder / "m.e2v", ["a\nb\tc", "x", "y", "z"], np.eye(4), np.eye(4))
        run("users", "m.e2v", "-", "-o", "u.e2v", stdin=(folder / "test.txt").read_bytes())
        assert set(open_artifact(folder / "u.e2v").keys) == {"u\n1", "u2"}


class TestModels:
    def test_vectors_that_are_not_finite_are_not_exported(self, run: Run, folder: Path) -> None:
        write_model(folder / "nan.e2v", "ab", np.array([[1, 2], [np.nan, 1]]), np.eye(2))
        result = run("export", "nan.e2v", "--to", "word2vec", "-o", "x.txt", check=False)
        assert result.code == 1 and "the vector of 'b' is not finite" in result.stderr
        assert not (folder / "x.txt").exists()

    def test_nothing_to_decompose(self, run: Run, folder: Path) -> None:
        write_corpus(folder / "lone.e2v", [["a"], ["b"], ["a"]], ["u", "v", "w"])
        result = run("svd", "lone.e2v", "--dim", "1", check=False)
        assert result.code == 1 and "nobody has two different items" in result.stderr

    @pytest.mark.parametrize("options", [("--dim", "1000000000"), ("--hidden", "100000000")])
    def test_sizes_that_no_memory_holds(self, run: Run, folder: Path, options: tuple[str, str]) -> None:
        result = run("tower", "corpus.e2v", *options, check=False)
        assert result.code in (1, 2) and result.stderr.count("\n") == 1

    def test_a_name_that_comes_twice_in_a_question(self, run: Run, folder: Path) -> None:
        result = run("recommend", "-", "-m", "model.e2v", stdin='{"user":"a","user":"b"}\n')
        assert "ask for nobody: 1 of 1, first line 1; write" in result.stderr


def test_a_record_of_word2vec_that_is_out_of_step(run: Run, folder: Path) -> None:
    rows = [(b"new york", (1.0, 2.0)), (b"b", (1.0, 3.0)), (b"c", (1.0, 3.0))]
    records = b"".join(key + b" " + struct.pack("<2f", *values) for key, values in rows)
    (folder / "space.bin").write_bytes(b"3 2\n" + records)
    result = run("import", "space.bin", check=False)
    assert result.code == 1 and "was it written with keys that hold spaces?" in result.stderr


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("king\nqueen\n".encode("utf-16"), "UTF-16 text"),
        ("king and queen and others\n".encode("utf-16-le"), "UTF-16-LE text"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip data"),
        (b"SQLite format 3\0" + bytes(80), "an SQLite database"),
    ],
)
def test_questions_that_are_no_text(run: Run, folder: Path, content: bytes, what: str) -> None:
    result = run("similar", "-", "-m", "model.e2v", stdin=content, check=False)
    assert (result.code, result.stdout) == (1, "") and f"stdin is {what}" in result.stderr
    own = run("similar", "-", "-m", "model.e2v", stdin=(folder / "model.e2v").read_bytes(), check=False)
    assert own.code == 1 and "stdin is an .e2v file" in own.stderr
