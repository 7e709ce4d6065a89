"""Asking about all there is, about vectors, and at a prompt."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import E2VError, InputError, SettingError, UsageError
from e2v.vectors import load_vectors
from tests.builders import keyed, write_corpus, write_model
from tests.commands import command, command_line
from tests.conftest import Run

N = 30
VECTORS = np.random.default_rng(5).normal(size=(2, N, 4)).astype(np.float32)
VECTORS[0, 7] = 0  # which has no direction


def assert_same(rows: list[list[str]], expected: list[list[str]]) -> None:
    """The same but for the last digit of scores, which the number of questions at a time may change."""
    assert [row[:2] for row in rows] == [row[:2] for row in expected]
    scores, others = ([float(row[2] or 0) for row in each] for each in (rows, expected))
    assert scores == pytest.approx(others, rel=1e-5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("asking") / "m.e2v", keyed(N), *VECTORS)


def asked(capfd: pytest.CaptureFixture[str], line: str) -> list[list[str]]:
    command_line(line)
    return [row.split("\t") for row in capfd.readouterr().out.splitlines()]


def test_all_asks_about_every_key_as_if_one_by_one(
    model: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e2v.vectors.nearest._BATCH_SIZE", 8 * N)  # several batches, the last smaller
    command("similar", all=True, model=model, number="2", minus=["k3"], progress="json")
    told = capfd.readouterr()
    everything = [row.split("\t") for row in told.out.splitlines()]
    expected = []
    for key in keyed(N):
        name = f"{key} - k3"
        zero = key in ("k3", "k7")  # the first is k3 - k3
        rows = [] if zero else asked(capfd, f"similar {key} --minus k3 -n 2 -m {model}")
        expected += rows or [[name, "", ""]]
    assert_same(everything, expected)
    assert json.loads(told.err.splitlines()[-1])["questions"] == N


def test_all_heeds_restrict_and_oov(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = asked(capfd, f"similar --all --restrict 9 --oov skip -n 1 -m {model} -q")
    assert [row[0] for row in rows] == [key for key in keyed(9) if key != "k7"]
    assert {row[1] for row in rows} <= set(keyed(9))
    with pytest.raises(E2VError, match="'k7' is all zeros"):
        command_line(f"similar --all --oov fail -m {model} -q")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("similar", "there is no key to ask about"),
        ("similar a --all", "all does not go with KEYs"),
        ("similar --all --vector -", "vector does not go with all"),
        ("similar a --vector -", "vector does not go with KEYs"),
        ("recommend --all", "where are the users of all"),
        ("recommend a --all --corpus c", "all does not go with ITEMs"),
        ("recommend --for a --all --corpus c", "all does not go with for"),
    ],
)
def test_two_things_at_once_are_refused(line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        command_line(line)


def test_all_recommends_to_every_user(
    tmp_path: Path, model: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e2v.vectors.nearest._BATCH_SIZE", 2 * N)
    histories = {"ann": ["k1", "k2"], "bob": keyed(N), "cy": ["k9"], "dee": ["k5", "k1"], "eve": ["k7"]}
    corpus = write_corpus(tmp_path / "c.e2v", histories.values(), histories)
    rows = asked(capfd, f"recommend --all --corpus {corpus} -n 2 -m {model} -q")
    expected = []
    for user in histories:
        expected += asked(capfd, f"recommend --for {user} --corpus {corpus} -n 2 -m {model}") or [
            [user, "", ""]
        ]
    assert_same(rows, expected)
    assert len(rows) == 9


OPTIONS = ["", "--center", "--vectors sum:0.5", "--vectors concat --center", "--method 3cosmul", "--predict"]


@pytest.mark.parametrize("format", ["tsv", "json"])
@pytest.mark.parametrize("options", [*OPTIONS, "--plus k3 --minus k4"])
def test_a_vector_that_was_looked_up_is_its_key(
    model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], options: str, format: str
) -> None:
    of_vectors = options if "vectors" in options or "center" in options else ""
    command_line(f"lookup k1 k2 -m {model} --format {format} {of_vectors}")
    (tmp_path / "v").write_text(capfd.readouterr().out, encoding="utf-8")
    found = asked(capfd, f"similar --vector {tmp_path / 'v'} -m {model} -n 4 {options}")
    expected = [
        row for key in ("k1", "k2") for row in asked(capfd, f"similar {key} -m {model} -n 4 {options}")
    ]
    assert found == expected and len(found) == 8


def test_lookup_and_similar_make_a_pipe(run: Run, model: Path) -> None:
    looked_up = run("lookup", "-", "-m", model, stdin="k1\nnobody\nk2\n").stdout
    result = run("similar", "--vector", "-", "-m", model, "-n", "1", stdin=looked_up)
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["k1", "nobody", "k2"]
    assert result.stderr == "e2v: 1 of 3 questions had a key that is not in the vocabulary, first 'nobody'\n"
    failed = run("similar", "--vector", "-", "-m", model, "--oov", "fail", stdin=looked_up, check=False)
    assert (failed.code, "line 2: 'nobody'" in failed.stderr) == (3, True)


def lines_of(folder: Path, *lines: str) -> Path:
    (folder / "v").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder / "v"


def test_a_vector_of_nobody_is_called_by_its_line(
    model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    numbers = " ".join(f"{value:.9g}" for value in VECTORS[0, 1])
    file = lines_of(tmp_path, "", numbers, f"elsewhere\t{numbers}", "k2\t0 0 0 0", f"k2\t{numbers}")
    rows = asked(capfd, f"similar --vector {file} -m {model} -n 1")
    assert [row[:2] for row in rows] == [["2", "k1"], ["elsewhere", "k1"], ["k2", ""], ["k2", "k1"]]
    assert float(rows[0][2]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("k1\t1 2 3", "line 1 has 3 numbers, and a vector of this model has 4"),
        ("1 nan 2 3", "line 1: nan is no finite number"),
        ("k1\t1 2 x 3", "line 1: x is no finite number"),
        ("1 2 3 1e39", "line 1: 1e39 is no finite number"),
        ('{"vector": [1, null, 2, 3]}', "line 1: null is no finite number"),
        ('{"vector": [1, true, 2, 3]}', "line 1: True is no finite number"),
        ('{"vector": "1 2 3 4"}', "line 1 is no vector"),
        ('{"key": "k1"}', "line 1 is no vector"),
        ('{"key": 1, "vector": []}', "line 1 is no vector"),
        ("{", "line 1 is no vector"),
        (r'{"key": "\udBFF", "vector": [1, 2, 3, 4]}', "line 1 is no vector"),
    ],
)
def test_what_is_no_vector(model: Path, tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        command_line(f"similar --vector {lines_of(tmp_path, line)} -m {model}")


def test_a_missing_model_says_what_makes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in ("similar a", "lookup a", "recommend a"):
        with pytest.raises(InputError) as error:
            command_line(line)
        assert (
            str(error.value) == "model.e2v: no such file; e2v train TEXT makes one, or name another with -m"
        )
    with pytest.raises(InputError) as error:
        command_line("recommend --for a --users u.e2v")
    assert error.value.hint == "--index FILE has the items, or -m MODEL"
    with pytest.raises(SettingError) as refused:
        command_line("recommend anna@{x --users u.e2v")
    assert refused.value.spelled(str).hint == "leave it out, or name a user: for anna@{x"
    for line in ("info -", "similar a -m -"):
        with pytest.raises(InputError) as error:
            command_line(line)
        assert str(error.value) == "an .e2v file cannot come from a pipe; save it as a file, and name that"


def test_keys_and_titles_complete(tmp_path: Path) -> None:
    titles = ["Heat", "héros", "hex"]
    path = write_model(tmp_path / "m.e2v", ["hero", "he", "a b"], VECTORS[0, :3], titles=titles)
    complete = load_vectors(path).titled.beginning_with
    assert complete("he", 10) == ["hero", "he", "hex"]
    assert complete("hé", 10) == ["héros"]
    assert complete("he", 1) == ["hero"] and complete("", 10) == ["hero", "he", "a b"]


class Terminal:
    """A command at a pseudo-terminal."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self._reader, terminal = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "dumb", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "e2v", *map(str, arguments)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=environment,
        )
        os.close(terminal)

    def until(self, mark: str, seconds: float = 300) -> str:
        """What is shown until and with `mark`."""
        shown, end = "", time.monotonic() + seconds
        while mark not in shown and time.monotonic() < end:
            if select.select([self._reader], [], [], 1)[0]:
                try:
                    shown += os.read(self._reader, 1 << 16).decode()
                except OSError:  # the end
                    break
        return shown

    def type(self, text: str, mark: str) -> str:
        os.write(self._reader, text.encode())
        return self.until(mark)


def test_at_a_prompt_no_line_ends_anything(model: Path, tmp_path: Path) -> None:
    at = Terminal(tmp_path, "analogy", "-", "-m", model, "-n", "1")
    assert "A B C asks for A - B + C; Tab completes a key, Ctrl-D leaves" in at.until("analogy> ")
    assert "there should be 3 keys, not 2" in at.type("k1 k2\n", "analogy> ")
    assert "'k99' is not in the vocabulary; did you mean k9" in at.type("k99 k1 k2\n", "analogy> ")
    assert "'k7' is all zeros" in at.type("k7 k1 k2\n", "analogy> ")
    at.type("k1 k2 nonsense", "nonsense")
    shown = ""
    for _ in range(30):  # one that comes before the line is waited for is heeded with the next key
        at.process.send_signal(signal.SIGINT)
        if "analogy> " in (shown := at.until("analogy> ", 2)):
            break
    assert "analogy> " in shown
    answered = at.type("k1 k2 k3\n", "analogy> ")
    assert "k1 - k2 + k3" in answered and "score" in answered and "nonsense" not in answered
    at.type("\x04", "no such mark")
    assert at.process.wait(300) == 0
    history = tmp_path / "state" / "e2v" / "analogy-history"
    if history.exists():  # with readline
        assert history.read_text(encoding="utf-8").splitlines()[-1] == "k1 k2 k3"


def test_a_prompt_keeps_out_of_a_file(model: Path, tmp_path: Path) -> None:
    reader, terminal = pty.openpty()
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "e2v", "similar", "-", "-m", str(model), "-n", "1"],
            stdin=terminal,
            stdout=out,
            stderr=subprocess.PIPE,
        )
    os.write(reader, b"k1\nnobody\n\x04")
    told = process.communicate(timeout=300)[1].decode()
    os.close(terminal)
    os.close(reader)
    assert process.returncode == 0 and told.count("similar> ") == 3 and "'nobody' is not" in told
    assert [line.split("\t")[0] for line in (tmp_path / "out").read_text().splitlines()] == ["k1"]
