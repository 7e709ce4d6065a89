"""Questions from stdin, and pipes that close."""

from __future__ import annotations

import gzip
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import InputError
from e2v.inputs.lines import waiting_lines
from tests.builders import keyed, write_model, write_vectors
from tests.cli.conftest import INPUT, MEANINGS
from tests.conftest import Result, Run
from tests.oracles import queries as oracle


def best(plus: list[str], minus: Sequence[str] = ()) -> str:
    """What `similar` answers first."""
    keys = list(MEANINGS)
    rows, others = [keys.index(key) for key in plus], [keys.index(key) for key in minus]
    return keys[oracle.ranked(oracle.scores(INPUT, rows, others, "3cosadd"), rows + others, 1, None)[0]]


def test_a_line_is_a_question_and_an_answer_names_it(run: Run, model: Path) -> None:
    result = run("similar", "-", "-m", model, "-n", "1", stdin="new york\r\n\n \t \nlunch\tking\ntab\\there")
    rows = [line.split("\t")[:2] for line in result.stdout.splitlines()]
    asked = [["new york"], ["lunch", "king"], ["tab\there"]]
    assert [query for query, _ in rows] == ["new york", "lunch + king", r"tab\there"]
    assert [key for _, key in rows] == [best(keys) for keys in asked]
    assert result.stderr == ""


def test_options_apply_to_every_line(run: Run, model: Path) -> None:
    result = run("similar", "-", "--minus", "spain", "-m", model, "-n", "1", stdin="madrid\nfrance\n")
    assert [line.split("\t")[:2] for line in result.stdout.splitlines()] == [
        ["madrid - spain", best(["madrid"], ["spain"])],
        ["france - spain", best(["france"], ["spain"])],
    ]
    assert best(["madrid"], ["spain"]) != best(["madrid"])


def test_keys_on_a_line_are_between_spaces_or_tabs(run: Run, model: Path) -> None:
    lines = "madrid spain france\nmadrid\tspain\tnew york\n  東京  日本 spain \n"
    result = run("analogy", "-", "-m", model, "-n", "1", stdin=lines)
    rows = [line.split("\t")[:4] for line in result.stdout.splitlines()]
    assert [row[:3] for row in rows] == [
        ["madrid", "spain", "france"],
        ["madrid", "spain", "new york"],
        ["東京", "日本", "spain"],
    ]
    assert [rows[0][3], rows[2][3]] == ["paris", "madrid"]
    result = run("similarity", "-", "-m", model, stdin="madrid spain\nnew york\tking\n")
    assert result.stdout == "madrid\tspain\t0.707107\nnew york\tking\t0\n"
    assert run("odd", "-", "-m", model, stdin="lunch dinner spain\n").stdout.split("\t")[1] == "spain"


@pytest.mark.parametrize(
    ("oov", "expected"),
    [(None, ["king", "nobody", "lunch"]), ("null", ["king", "nobody", "lunch"]), ("skip", ["king", "lunch"])],
)
def test_unknown_keys_in_batches(run: Run, model: Path, oov: str | None, expected: list[str]) -> None:
    options = ["--oov", oov] if oov else []
    result = run("lookup", "-", "-m", model, *options, stdin="king\nnobody\nlunch\n")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [key for key, _ in rows] == expected
    assert all((vector == "") == (key == "nobody") for key, vector in rows)
    assert result.stderr == "e2v: 1 of 3 questions had a key that is not in the vocabulary, first 'nobody'\n"


def test_a_title_that_several_share_is_not_an_unknown_one(run: Run, tmp_path: Path) -> None:
    titles = ["Emma", "Heat", "Emma", "Up"]
    write_model(tmp_path / "m.e2v", ["1", "2", "3", "4"], np.eye(4) + 1, titles=titles)
    asked = ("similar", "-", "-m", "m.e2v", "-n", "1")
    found = run(*asked, stdin="Emma\nHeat\nEmmma\nEmma\tUp\n")
    assert [line.split("\t")[0] for line in found.stdout.splitlines()] == [
        "Emma",
        "Heat",
        "Emmma",
        "Emma + Up",
    ]
    assert found.stdout.count("\t\t\t\n") == 3
    assert found.stderr.splitlines() == [
        "e2v: 1 of 4 questions had a key that is not in the vocabulary, first 'Emmma'; did you mean Emma?",
        "e2v: 2 of 4 questions had a name that several items share: "
        "line 1: 'Emma' is what 2 items are called; give the id of one: 1, 3",
    ]
    failed = run(*asked, "--oov", "fail", stdin="Heat\nEmma\n", check=False)
    assert (failed.code, failed.stdout.count("\n")) == (3, 1)
    assert failed.stderr.startswith(
        "e2v: line 2: 'Emma' is what 2 items are called; give the id of one: 1, 3"
    )


@pytest.mark.parametrize(("oov", "rows"), [(None, 2), ("null", 2), ("fail", 2), ("skip", 1)])
def test_a_question_that_nothing_is_left_to_answer_has_its_row(
    run: Run, model: Path, oov: str | None, rows: int
) -> None:
    options = ["--oov", oov] if oov else []
    for command, lines in (
        ("similar", "spain\nking\n"),
        ("analogy", "spain king lunch\nking lunch dinner\n"),
    ):
        found = run(command, "-", "-m", model, "--restrict", "1", *options, stdin=lines)
        assert len(found.stdout.splitlines()) == rows
        assert found.stdout.count("\t\t\n") == rows - 1
        assert found.stderr == "e2v: 1 of 2 questions had no key left to answer them\n"
    alone = run("similar", "spain", "-m", model, "--restrict", "1")
    assert (alone.stdout, alone.stderr) == ("", "e2v: 1 of 1 questions had no key left to answer them\n")


@pytest.fixture
def zero(tmp_path: Path) -> Path:
    vectors = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1]], np.float32)
    return write_vectors(tmp_path / "zero.e2v", ["zero", "a", "b", "c", "d"], vectors)


@pytest.mark.parametrize(
    ("command", "lines", "columns"),
    [
        ("similar", "zero\na\n", 3),
        ("similar", "a\tzero\na\n", 3),
        ("analogy", "a b zero\na b c\n", 5),
        ("similarity", "zero a\na b\n", 3),
        ("odd", "a b zero\na b c\n", 3),
    ],
)
def test_nothing_is_like_a_vector_of_zeros(
    run: Run, zero: Path, command: str, lines: str, columns: int
) -> None:
    options = ["-m", zero, *(["-n", "9"] if columns != 3 or command == "similar" else [])]
    found = run(command, "-", *options, stdin=lines)
    first, *others = (line.split("\t") for line in found.stdout.splitlines())
    assert (len(first), first[-1]) == (columns, "")
    assert others and all(row[-1] and "zero" not in row for row in others)
    assert found.stderr == "e2v: 1 of 2 questions had a key whose vector is all zeros: nothing is like it\n"
    keys = lines.splitlines()[0].split()
    refused = run(command, *keys, *options, check=False)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == "e2v: the vector of 'zero' is all zeros: nothing is like it\n"
    assert run(command, *keys, *options, "--oov", "skip").stdout == ""


def test_nothing_is_like_a_vector_without_end(run: Run, tmp_path: Path) -> None:
    """Its square is infinite in 32 bits, or it is no number: it is not of zeros, and no answer either."""
    rows = [[1, 0], [1, 1], [3e38, 3e38], [np.nan, 1], [0, np.inf]]
    vectors = write_vectors(tmp_path / "v.e2v", ["a", "b", "long", "nan", "inf"], np.array(rows, np.float32))
    found = run("similar", "-", "-m", vectors, stdin="a\nlong\nnan\ninf\n")
    assert [line.split("\t")[:2] for line in found.stdout.splitlines()] == [
        ["a", "b"], ["long", ""], ["nan", ""], ["inf", ""],
    ]  # fmt: skip
    why = "not finite, or far too long: nothing is like it"
    assert found.stderr == f"e2v: 3 of 4 questions had a key whose vector is {why}\n"
    refused = run("similarity", "a", "long", "-m", vectors, check=False)
    assert refused.code == 1
    assert refused.stderr == f"e2v: the vector of 'long' is {why}; e2v verify finds what is not finite\n"


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("e2v.inputs.lines.LONGEST_LINE", 1000)
    (tmp_path / "lines").write_bytes(b"a\nb\r\n" + b"x" * 1_000_000)
    with (tmp_path / "lines").open("rb") as file:
        monkeypatch.setattr("e2v.inputs.lines._READ_SIZE", 600)
        blocks = waiting_lines(file.fileno())
        assert next(blocks) == ["a", "b"]
        with pytest.raises(InputError, match="stdin has a line of more than 0 MB; is it text"):
            next(blocks)
        assert file.tell() <= 3000


def test_zeros_that_are_looked_up_or_part_of_every_question(run: Run, zero: Path) -> None:
    assert run("lookup", "zero", "-m", zero).stdout == "zero\t0 0\n"
    refused = run("similar", "-", "--minus", "zero", "-m", zero, stdin="a\n", check=False)
    assert (refused.code, "'zero' is all zeros" in refused.stderr) == (1, True)
    # What amounts to zeros has no direction either.
    alone = run("similar", "-", "-n", "1", "--minus", "a", "-m", zero, stdin="a\nb\n")
    first, *others = alone.stdout.splitlines()
    assert first == "a - a\t\t" and others
    assert alone.stderr == "e2v: 1 of 2 questions had no key left to answer them\n"


def test_a_byte_order_mark_is_no_part_of_the_first_question(run: Run, model: Path) -> None:
    asked = ("lookup", "-", "-m", model)
    for end in (b"\n", b"\r\n", b""):
        found = run(*asked, stdin=b"\xef\xbb\xbfking\r\nlunch" + end)
        assert [line.split("\t")[0] for line in found.stdout.splitlines()] == ["king", "lunch"]
        assert found.stderr == ""
    assert run(*asked, stdin=b"\xef\xbb\xbfking").stdout.startswith("king\t")


@pytest.mark.parametrize(
    ("data", "what"),
    [("king\n".encode("utf-16"), "UTF-16"), (gzip.compress(b"king\n", mtime=0), "gzip data")],
)
def test_questions_that_are_no_text_are_refused(run: Run, model: Path, data: bytes, what: str) -> None:
    refused = run("similar", "-", "-m", model, stdin=data, check=False)
    assert (refused.code, refused.stdout) == (1, "")
    assert f"stdin is {what}" in refused.stderr and refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["similar king -m -", "info -", "verify -", "recommend a -m -", "eval - --similarity x"]
)
def test_an_artifact_on_stdin_is_refused(run: Run, model: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "x").write_text("king lunch 3\n")
    refused = run(*command.split(), stdin=model.read_bytes(), check=False)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr == "e2v: an .e2v file cannot come from a pipe; save it as a file, and name that\n"
    (tmp_path / "-").write_bytes(model.read_bytes())
    assert run("lookup", "king", "-m", "./-").stdout.startswith("king\t")


def test_null_is_null_in_json(run: Run, model: Path) -> None:
    result = run("analogy", "-", "-m", model, "--format", "json", stdin="a b c\n")
    assert result.stdout == '{"a": "a", "b": "b", "c": "c", "key": null, "score": null}\n'


def test_fail_ends_the_run_after_the_answers_before_it(run: Run, model: Path) -> None:
    result = run(
        "similarity",
        "-",
        "-m",
        model,
        "--oov",
        "fail",
        stdin="king lunch\nkingg lunch\nking king\n",
        check=False,
    )
    assert result.code == 3 and result.stdout == "king\tlunch\t0\n"
    assert result.stderr.startswith("e2v: line 2: 'kingg' is not in the vocabulary; did you mean king?")


def test_a_line_with_too_few_keys_ends_nothing_unless_it_should(run: Run, model: Path) -> None:
    asked = ("analogy", "-", "-m", model, "-n", "1")
    lines = "madrid spain france\n\nking lunch\na b c d\nmadrid spain france\n"
    answered = run(*asked, stdin=lines)
    first, short, long, last = answered.stdout.splitlines()
    assert first == last and first.startswith("madrid\tspain\tfrance\tparis\t")
    assert (short, long) == ("king\tlunch\t\t\t", "a\tb\tc\t\t")
    assert answered.stderr == "e2v: 2 of 4 questions had too few keys or too many\n"
    refused = run(*asked, "--oov", "fail", stdin=lines, check=False)
    assert (refused.code, refused.stdout.splitlines()) == (1, [first])
    assert refused.stderr.startswith("e2v: line 3: there should be 3 keys, not 2;")


def test_no_questions_no_answers(run: Run, model: Path) -> None:
    for stdin in ("", "\n\n"):
        assert run("similar", "-", "-m", model, stdin=stdin) == Result("", "", 0)


def test_many_lines_answer_as_one_at_a_time(run: Run, tmp_path: Path) -> None:
    """More lines than a read brings and a batch holds, in order."""
    rows = np.random.default_rng(3).normal(size=(20_000, 3)).astype(np.float32)
    write_vectors(tmp_path / "model.e2v", keyed(20_000), rows)
    result = run("similarity", "-", stdin="".join(f"k{i} k{i + 1}\n" for i in range(19_999)))
    scores = [float(line.split("\t")[2]) for line in result.stdout.splitlines()]
    units = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(scores, (units[:-1] * units[1:]).sum(axis=1), atol=1e-5)


@pytest.fixture
def conversation(model: Path):
    """A process whose stdin is held open."""
    process = subprocess.Popen(
        [sys.executable, "-m", "e2v", "similar", "-", "-n", "2", "-m", str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    with process:
        yield process
        process.kill()


def test_answers_come_before_the_next_question_is_asked(conversation: subprocess.Popen) -> None:
    for query in (b"king", b"madrid"):
        conversation.stdin.write(query + b"\n")
        answer = b""
        while answer.count(b"\n") < 2:
            assert select.select([conversation.stdout], [], [], 60)[0], "no answer while stdin is open"
            answer += os.read(conversation.stdout.fileno(), 1 << 16)
        assert [line.split(b"\t")[0] for line in answer.splitlines()] == [query, query]
    conversation.stdin.close()
    assert conversation.wait(300) == 0


@pytest.mark.parametrize(
    "command",
    ["similar - -n 1000 -m {}", "lookup - -m {} --format json", "export {} --to word2vec -o -"],
)
def test_a_closed_pipe_ends_quietly(command: str, tmp_path: Path) -> None:
    """`| head -1`: far more is written than a pipe holds, to nobody."""
    path = write_vectors(tmp_path / "v.e2v", keyed(2000), np.ones((2000, 20), np.float32))
    questions = tmp_path / "questions"
    questions.write_text("".join(f"{key}\n" for key in keyed(2000)))
    with questions.open() as stdin:
        process = subprocess.Popen(
            [sys.executable, "-m", "e2v", *command.format(path).split()],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(300) == 0
    process.stderr.close()
