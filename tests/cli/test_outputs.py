"""What commands write: never over an input or what is not theirs, tried before the work, by one run."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import OutputError
from e2v.store import ArtifactWriter, Keys, open_artifact, verify
from tests.builders import write_model
from tests.cli.conftest import KEYS, content
from tests.commands import command as run_here
from tests.commands import command_line
from tests.conftest import Run


@pytest.mark.parametrize(
    "command",
    [
        "vocab text -o text",
        "vocab text --counts counts -o counts",
        "vocab text --save-counts text",
        "vocab text --vocab known.e2v -o known.e2v",
        "events log.csv --titles titles.csv:item:title -o titles.csv",
        "phrases text --stop words -o words --as-text",
        "phrases text -o text",
        "train text -o text",
        "train corpus.e2v -o corpus.e2v",
        "train text --init known.e2v -o known.e2v",
        "train text --vocab known.e2v -o known.e2v",
        "tower corpus.e2v -o corpus.e2v",
        "tower corpus.e2v --user-features features.tsv -o features.tsv",
        "tower corpus.e2v --init known.e2v -o known.e2v",
        "svd corpus.e2v -o corpus.e2v",
        "users known.e2v corpus.e2v -o known.e2v",
        "users known.e2v corpus.e2v -o corpus.e2v",
        "users known.e2v corpus.e2v --user-features features.tsv -o features.tsv",
        "index known.e2v -o known.e2v",
        "index known.e2v --users corpus.e2v -o corpus.e2v",
        "split corpus.e2v --by random -o corpus.e2v --held-out new",
        "split corpus.e2v --by random -o new --held-out corpus.e2v",
        "import text -o text",
        "import text --keys words -o words",
        "export known.e2v --to word2vec -o known.e2v",
        "export known.e2v --to word2vec --also words -o words",
    ],
)
def test_an_input_is_not_overwritten(run: Run, folder: Path, command: str) -> None:
    before = content(folder)
    refused = run(*shlex.split(command), check=False)
    assert (refused.code, refused.stdout) == (2, "")
    *notes, error = refused.stderr.splitlines()
    assert "is an input and would be overwritten; name another output" in error
    assert all("trained with the preset for items" in note for note in notes) and content(folder) == before


def test_nor_is_what_stdin_is(run: Run, folder: Path) -> None:
    before = content(folder)
    command = shlex.split("export known.e2v --to word2vec --also - -o words")
    with (folder / "words").open("rb") as stdin:
        done = subprocess.run(
            [sys.executable, "-m", "e2v", *command],
            cwd=folder, stdin=stdin, capture_output=True, text=True,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "is an input and would be overwritten" in done.stderr and content(folder) == before


def test_a_folder_that_is_imported_is_not_overwritten(run: Run, folder: Path) -> None:
    run("export", "known.e2v", "--to", "npy", "-o", "arrays")
    before = content(folder)
    for name in ("vectors.npy", "vocabulary.txt"):
        refused = run("import", "arrays", "-o", f"arrays/{name}", check=False)
        assert refused.code in (1, 2) and "would be overwritten" in refused.stderr
    (folder / "beside").symlink_to("arrays/vocabulary.txt")
    refused = run("import", "arrays/vectors.npy", "-o", "beside", check=False)
    assert refused.code in (1, 2) and "would be overwritten" in refused.stderr
    (folder / "beside").unlink()
    assert content(folder) == before


def test_what_is_updated_in_place_may_be_replaced(run: Run, folder: Path) -> None:
    run("train", "text", "-o", "m.e2v", "--dim", "4", "--min-count", "1")
    run("train", "text", "-o", "m.e2v", "--update", "m.e2v")
    assert verify(folder / "m.e2v") == []


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("vocab text", "corpus.e2v"),
        ("train text --dim 4", "model.e2v"),
        ("tower corpus.e2v --dim 4", "tower.e2v"),
        ("svd corpus.e2v --dim 2", "svd.e2v"),
        ("users known.e2v corpus.e2v", "users.e2v"),
        ("index known.e2v", "items.e2v"),
        ("import vectors.txt", "vectors.e2v"),
    ],
)
def test_a_default_replaces_only_what_the_same_command_made(
    run: Run, folder: Path, command: str, output: str
) -> None:
    (folder / "vectors.txt").write_text("a 1 2\nb 2 1\n")
    words = command.split()
    for other, said in (("phrases", "was made by e2v phrases"), (None, "is no .e2v file")):
        (folder / "was.e2v").unlink(missing_ok=True)
        if other:
            run("phrases", "text", "--min-count", "1", "-o", "was.e2v")
        else:
            (folder / "was.e2v").write_text("precious")
        before = (folder / "was.e2v").read_bytes()
        (folder / output).write_bytes(before)
        refused = run(*words, check=False)
        assert refused.code == 2
        assert refused.stderr == (
            f"e2v: {output} {said} and would be overwritten; name another output with -o\n"
        )
        assert (folder / output).read_bytes() == before
    refused = run(*words, "-o", output, check=False)
    assert (refused.code, "is no .e2v file and would be overwritten" in refused.stderr) == (1, True)
    (folder / output).unlink()
    run(*words, "-o", output)
    run(*words)
    assert open_artifact(folder / output).provenance["command"] == words[0]


def test_a_default_that_cannot_be_read_is_no_matter_of_usage(run: Run, folder: Path) -> None:
    half = (folder / "corpus.e2v").read_bytes()[:20]
    (folder / "corpus.e2v").write_bytes(half)
    refused = run("vocab", "text", check=False)
    assert (refused.code, "name another output with -o" in refused.stderr) == (1, True)
    assert (folder / "corpus.e2v").read_bytes() == half


@pytest.mark.parametrize(
    "line",
    [
        "vocab text -o mine", "events log.csv -o mine", "phrases text -o mine", "train text -o mine",
        "tower corpus.e2v -o mine", "svd corpus.e2v --dim 2 -o mine", "users known.e2v corpus.e2v -o mine",
        "index known.e2v -o mine", "split corpus.e2v --by random -o mine --held-out new",
        "import vectors.txt -o mine", "export known.e2v --to e2v -o mine",
    ],
)  # fmt: skip
def test_an_e2v_file_replaces_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(folder)
    (folder / "vectors.txt").write_text("a 1 2\nb 2 1\n")
    (folder / "mine").write_text("precious")
    before = content(folder)
    with pytest.raises(OutputError, match=r"^mine is no \.e2v file and would be overwritten; name another"):
        command_line(line)
    assert content(folder) == before


def test_but_it_replaces_what_is_empty_and_other_formats_replace_anything(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "empty").touch()
    (folder / "mine").write_text("precious")
    command_line("svd corpus.e2v --dim 2 -o empty")
    command_line("split corpus.e2v --by random -o new --held-out mine")
    assert verify(folder / "empty") == [] and (folder / "mine").read_text() != "precious"
    command_line("export known.e2v --to word2vec -o mine")
    assert (folder / "mine").read_text().startswith("8 8\n")
    (folder / "empty").write_bytes((folder / "empty").read_bytes()[:-1])
    command_line("svd corpus.e2v --dim 2 -o empty")  # damaged, but of ours


@pytest.mark.parametrize(
    "command",
    [
        "train text -o OUT",
        "tower corpus.e2v -o OUT",
        "svd corpus.e2v -o OUT",
        "vocab - -o OUT",
        "phrases - -o OUT",
        "import - -o OUT",
        "users known.e2v - -o OUT",
        "index known.e2v -o OUT",
        "split corpus.e2v -o new --held-out OUT",
        "export known.e2v --to jsonl --also - -o OUT",
        "export known.e2v --to npy --also - -o OUT",
    ],
)
def test_an_impossible_output_is_noticed_before_the_input_is_read(folder: Path, command: str) -> None:
    """Whatever reads stdin would wait for ever here."""
    (folder / "occupied").mkdir()
    (folder / "occupied" / "thesis").write_text("precious")
    before = content(folder)
    impossible = {"nowhere/x": "there is no folder", "occupied": "folder"}
    if command.startswith("svd"):  # the check is the same for all
        impossible |= {"text/x": "is a file, not a folder", "x" * 300: "File name too long"}
        impossible |= {"/proc/x": "no file can be made in /proc"}
    for output, said in impossible.items():
        process = subprocess.Popen(
            [sys.executable, "-m", "e2v", *command.replace("OUT", output).split()],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr and said in process.stderr.read()
        assert process.wait() == 1
        process.communicate()
    assert content(folder) == before


@pytest.mark.parametrize(
    "command",
    [
        "vocab text", "train text", "tower corpus.e2v", "svd corpus.e2v", "users known.e2v corpus.e2v",
        "index known.e2v", "import text", "phrases text",
    ],
)  # fmt: skip
def test_stdout_is_refused_where_it_cannot_be(run: Run, folder: Path, command: str) -> None:
    refused = run(*command.split(), "-o", "-", check=False)
    assert (refused.code, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "stdout" in refused.stderr and not (folder / "-").exists()


@pytest.mark.parametrize(
    "command",
    [
        "vocab {}/text -o OUT",
        "train {}/text --min-count 1 -o OUT",
        "tower {}/corpus.e2v -o OUT",
        "tune {}/corpus.e2v --trials 2 -o OUT",
        "auto {}/log.csv --methods popularity -o OUT",
        "compare {}/corpus.e2v --methods popularity --keep OUT",
        "export {}/known.e2v --to npy -o OUT",
        "export {}/known.e2v --to word2vec -o OUT",
    ],
)
@pytest.mark.parametrize("output", [".", "", "here"])
def test_the_folder_that_commands_run_in_is_no_output(
    run: Run, folder: Path, command: str, output: str
) -> None:
    """Replaced by another one, even an empty folder would be gone for the shell that is in it."""
    here = folder / "here"
    here.mkdir()
    words = [{"OUT": output.replace("here", str(here))}.get(word, word) for word in command.split()]
    refused = run(*(word.replace("{}", str(folder)) for word in words), cwd=here, check=False)
    assert refused.code in (1, 2) and refused.stdout == ""
    *_, error = refused.stderr.splitlines()
    assert "Traceback" not in refused.stderr
    told = ("it is a folder", "the folder that you are in", "is empty; name", "--keep names no file")
    assert any(words in error for words in told)
    assert here.stat().st_ino == (here / ".").stat().st_ino and list(here.iterdir()) == []


def test_a_file_called_dash_is_named_with_its_folder(run: Run, folder: Path) -> None:
    run("svd", "corpus.e2v", "--dim", "2", "-o", "./-")
    assert verify(folder / "-") == []


def test_what_is_held_out_may_go_to_stdout(run: Run, folder: Path) -> None:
    run("split", "corpus.e2v", "--by", "random", "-o", "a.e2v", "--held-out", "a.txt")
    piped = run("split", "corpus.e2v", "--by", "random", "-o", "b.e2v", "--held-out", "-")
    assert piped.stdout == (folder / "a.txt").read_text() != ""
    assert (folder / "a.e2v").read_bytes() == (folder / "b.e2v").read_bytes()
    refused = run("split", "corpus.e2v", "--by", "random", "-o", "-", "--held-out", "-", check=False)
    assert refused.code == 2
    assert not [name for name in content(folder) if name.startswith(".")]


@pytest.mark.parametrize(
    "command",
    [
        "vocab text", "events log.csv", "phrases text -o p.e2v", "train text --dim 4",
        "tower corpus.e2v --dim 4", "svd corpus.e2v --dim 2", "users known.e2v corpus.e2v", "index known.e2v",
        "split corpus.e2v --by random -o a --held-out b", "export known.e2v --to word2vec -o e.txt",
        "import vectors.txt",
    ],
)  # fmt: skip
def test_summaries_have_one_form(run: Run, folder: Path, command: str) -> None:
    (folder / "vectors.txt").write_text("a 1 2\nb 2 1\n")
    words = command.split()
    into = [] if "-o" in words else ["-o", "made"]
    told = run(*words, *into).stderr.splitlines()
    facts = run(*words, *into, "--progress", "json").stderr.splitlines()
    last = json.loads(facts[-1])
    assert last["task"] == words[0] and last["version"]
    assert any(line.startswith(f"{last['output']}: ") for line in told)
    assert not any(line.startswith("{") for line in told)
    if words[0] in ("train", "events", "export"):
        assert run(*words, *into, "--progress", "none").stderr == ""


def test_what_a_terminal_would_obey_is_shown_as_escapes(run: Run, folder: Path) -> None:
    done = run("similar", "x\x1b[31m\udcff", "-m", "known.e2v", check=False)
    assert (done.code, done.stderr) == (3, "e2v: 'x\\x1b[31m\\xff' is not in the vocabulary\n")


def test_svd_says_where_it_wrote(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_here("svd", corpus=folder / "corpus.e2v", output=folder / "s.e2v", dim=2, progress="auto")
    assert "input and output vectors of 8 keys, 2 dimensions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("vocab text -o known.e2v", "a model file"),
        ("vocab text --save-counts known.e2v -o new.e2v", "a model file"),
        ("events log.csv -o known.e2v", "a model file"),
        ("phrases text --min-count 1 -o known.e2v", "a model file"),
        ("phrases text --as-text -o known.e2v", "a model file"),
        ("train text --dim 4 -o corpus.e2v", "a corpus file"),
        ("svd corpus.e2v --dim 2 -o users.e2v", "a users file"),
        ("tower corpus.e2v --dim 2 -o users.e2v", "a users file"),
        ("split corpus.e2v -o known.e2v --held-out held", "a model file"),
        ("split corpus.e2v -o train.e2v --held-out known.e2v", "a model file"),
        ("users known.e2v corpus.e2v -o other.e2v", "a model file"),
        ("index known.e2v -o users.e2v", "a users file"),
        ("export known.e2v --to word2vec -o users.e2v", "a users file"),
        ("import vectors.txt -o known.e2v", "a model file"),
        ("embed text -m known.e2v -o users.e2v", "a users file"),
    ],
)
def test_a_file_of_another_kind_is_kept(run: Run, folder: Path, command: str, kept: str) -> None:
    (folder / "vectors.txt").write_text("a 1 2\nb 2 1\n")
    write_model(folder / "other.e2v", KEYS, np.eye(8), np.eye(8))
    with ArtifactWriter(folder / "users.e2v", "users", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(["u"]))
        writer.add("vectors", np.zeros((1, 2), np.float32))
        writer.add("seen.items", np.zeros(0, np.int32))
        writer.add("seen.offsets", np.zeros(2, np.int64))
    before = content(folder)
    refused = run(*command.split(), check=False)
    assert (refused.code, f"is {kept} and would be overwritten; name another" in refused.stderr) == (1, True)
    assert content(folder) == before


@pytest.mark.parametrize("command", ["vocab text -o s.txt", "train text --dim 4 -o s.txt"])
def test_a_short_file_is_somebodys_too(run: Run, folder: Path, command: str) -> None:
    (folder / "s.txt").write_text("12345")
    refused = run(*command.split(), check=False)
    assert (refused.code, "is no .e2v file and would be overwritten" in refused.stderr) == (1, True)
    (folder / "m.e2v.ckpt").write_text("hi\n")
    refused = run("train", "text", "--dim", "4", "-o", "m.e2v", check=False)
    assert (refused.code, "is where a checkpoint would be written" in refused.stderr) == (2, True)
    assert (folder / "s.txt").read_text() == "12345" and (folder / "m.e2v.ckpt").read_text() == "hi\n"


def test_no_output_is_the_log(run: Run, folder: Path) -> None:
    run("vocab", "text", "-o", "c.e2v", "--log-file", "run.log")
    before = (folder / "run.log").read_text()
    (folder / "link").symlink_to("run.log")
    for output in ("run.log", "link"):
        refused = run("export", "known.e2v", "--to", "word2vec", "-o", output, "--log-file", "run.log",
                      check=False)  # fmt: skip
        assert (refused.code, "is the log file and would be overwritten" in refused.stderr) == (2, True)
    assert (folder / "run.log").read_text().startswith(before)
