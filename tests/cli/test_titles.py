"""Items that are asked for by their titles, and answered with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from e2v.vectors import load_vectors
from tests.builders import write_model
from tests.conftest import Run

#: key -> title. One is a key as well, two items share one, and one has none.
TITLES = {
    "50": "Heat (1995)",
    "7": "Ronin (1998)",
    "1984": "Up (2009)",
    "9": "1984",
    "3": "Emma",
    "4": "Emma",
}
ITEMS = {**TITLES, "6": ""}
ANGLES = np.array([0, 0.1, 2, 0.5, 1.9, 0.3, 0.2])


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vectors = np.stack((np.cos(ANGLES), np.sin(ANGLES)), axis=1)
    folder = tmp_path_factory.mktemp("titles")
    return write_model(folder / "films.e2v", ITEMS, vectors, titles=ITEMS.values())


def test_a_title_is_as_good_as_a_key(run: Run, films: Path) -> None:
    by_title = run("similar", "Heat (1995)", "-m", films, "-n", "2").stdout
    assert by_title == "Heat (1995)\t7\t0.995004\tRonin (1998)\nHeat (1995)\t6\t0.980067\t\n"
    assert run("similar", "50", "-m", films, "-n", "2").stdout == by_title.replace("Heat (1995)", "50")
    line = run("similar", "Heat (1995)", "-m", films, "-n", "2", "--format", "json").stdout.splitlines()[1]
    assert json.loads(line) == {"query": "Heat (1995)", "key": "6", "score": 0.980067, "title": None}
    table = run("similar", "Heat (1995)", "-m", films, "-n", "2", "--format", "table").stdout.splitlines()
    assert [line.split() for line in table] == [
        ["query", "key", "score", "title"],
        ["Heat", "(1995)", "7", "0.9950", "Ronin", "(1998)"],
        ["6", "0.9801", "-"],
    ]


def test_every_question_takes_titles(run: Run, films: Path) -> None:
    for command, by_keys in (
        (("analogy", "Heat (1995)", "Ronin (1998)", "Up (2009)", "-n", "1"), ("50", "7", "1984")),
        (("similarity", "Heat (1995)", "Ronin (1998)"), ("50", "7")),
        (("odd", "Heat (1995)", "Ronin (1998)", "Up (2009)"), ("50", "7", "1984")),
        (("lookup", "Ronin (1998)"), ("7",)),
        (("similar", "50", "--minus", "Up (2009)", "--plus", "Ronin (1998)"), None),
    ):
        answer = run(*command, "-m", films).stdout
        if by_keys is None:
            assert answer.startswith("50 + Ronin (1998) - Up (2009)\t6\t")
        else:
            names = command[1 : 1 + len(by_keys)]
            options = command[1 + len(by_keys) :]
            separator = " " if command[0] == "odd" else "\t"
            asked = run(command[0], *by_keys, *options, "-m", films).stdout
            assert answer == asked.replace(separator.join(by_keys), separator.join(names), 1)
    assert run("odd", "50", "Ronin (1998)", "Up (2009)", "-m", films).stdout.split("\t")[1] == "1984"


def test_a_key_comes_before_a_title(run: Run, films: Path) -> None:
    assert run("similarity", "1984", "Up (2009)", "-m", films).stdout.endswith("\t1\n")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("similar Emma", "'Emma' is what 2 items are called; give the id of one: 3, 4"),
        ("similar 50 --plus Emma", "'Emma' is what 2 items are called; give the id of one: 3, 4"),
        ("similar heat", "'heat' is not in the vocabulary; did you mean Heat (1995)?"),
    ],
)
def test_a_title_that_means_nothing_or_too_much(run: Run, films: Path, command: str, message: str) -> None:
    result = run(*command.split(), "-m", films, check=False)
    assert (result.code, result.stderr, result.stdout) == (3, f"e2v: {message}\n", "")


def test_a_stream_of_titles(run: Run, films: Path) -> None:
    asked = "Ronin (1998)\tHeat (1995)\nHeat (1995)\n50\nEmma\nnobody\n"
    result = run("similar", "-", "-m", films, "-n", "1", stdin=asked)
    assert [line.split("\t")[::3] for line in result.stdout.splitlines()] == [
        ["Ronin (1998) + Heat (1995)", ""],
        ["Heat (1995)", "Ronin (1998)"],
        ["50", "Ronin (1998)"],
        ["Emma", ""],
        ["nobody", ""],
    ]
    assert result.stderr.splitlines() == [
        "e2v: 1 of 5 questions had a key that is not in the vocabulary, first 'nobody'",
        "e2v: 1 of 5 questions had a name that several items share: "
        "line 4: 'Emma' is what 2 items are called; give the id of one: 3, 4",
    ]
    failed = run("similar", "-", "-m", films, "--oov", "fail", stdin="50\nEmma\n", check=False)
    assert failed.code == 3 and "line 2: 'Emma' is what 2 items are called" in failed.stderr


def test_what_a_file_says_of_its_titles(run: Run, films: Path) -> None:
    facts = json.loads(run("info", films, "-n", "2", "--format", "json").stdout)
    assert (facts["titles"], facts["first_titles"]) == (6, ["Heat (1995)", "Ronin (1998)"])


def test_exports_show_titles(run: Run, films: Path, tmp_path: Path) -> None:
    lines = run("export", films, "--to", "jsonl", "-o", "-", "--restrict", "99").stdout.splitlines()
    assert [json.loads(line).get("title") for line in lines] == [title or None for title in ITEMS.values()]
    run("export", films, "--to", "projector", "-o", "films")
    metadata = (tmp_path / "films" / "metadata.tsv").read_text().splitlines()
    assert metadata[0].split("\t") == ["key", "count", "title"]
    assert metadata[1].split("\t")[::2] == ["50", "Heat (1995)"]


def test_titles_from_python(films: Path) -> None:
    vectors = load_vectors(films)
    assert vectors.resolve("Heat (1995)").key == "50" and vectors.resolve("1984").key == "1984"
