"""Words that a model with subwords has never seen, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from e2v.evaluation.similarity import spearman
from e2v.vectors import load_vectors
from e2v.vectors.matrix import unit
from tests.builders import write_model
from tests.conftest import Run
from tests.training.small import trained_with_ngrams

NOTE = "e2v: {} questions had a key that is not in the vocabulary, first '{}'; n-grams made its vector\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_with_ngrams(tmp_path_factory.mktemp("unseen"))


def test_it_is_answered_and_said_so(run: Run, model: Path) -> None:
    result = run("similar", "møller", "-m", model, "-n", "2")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[0] for row in rows] == ["møller", "møller"] and len(rows[0]) == 3
    assert result.stderr == NOTE.format("1 of 1", "møller")
    marked = run("similar", "møller", "--plus", "catz", "-m", model, "-n", "1", "--mark-unseen").stdout
    assert marked.rstrip("\n").split("\t")[3] == "møller catz"
    asked = "cat dog møller\ncat dog catz\n"
    assert run("odd", "-", "-m", model, stdin=asked).stderr == NOTE.format("2 of 2", "møller")
    less = run(
        "similar", "møller", "--plus", "catz", "-m", model, "-n", "1", "--mark-unseen", "--csls", ".25"
    )
    assert less.stdout.split("\t")[-1] == marked.split("\t")[-1]
    known = run("similar", "cat", "-m", model, "-n", "1", "--mark-unseen")
    assert known.stdout.endswith("\t\n") and known.stderr == ""


def test_a_stream_tells_each_question_apart(run: Run, model: Path) -> None:
    asked = "catz dog\ncat dog\nqqq dog\n"
    result = run("similarity", "-", "-m", model, "--mark-unseen", "--format", "json", stdin=asked)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["unseen"] for answer in answers] == [["catz"], None, None]
    assert [answer["score"] is None for answer in answers] == [False, False, True]
    assert result.stderr == NOTE.format("1 of 3", "catz") + (
        "e2v: 1 of 3 questions had a key that is not in the vocabulary, first 'qqq'\n"
    )


def test_word_similarity_takes_it_if_asked(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("cat\tdog\t5\nCatz\tdog\t4\ncat\tmøller\t1\nqqq\tcat\t3\n")
    plain = run("eval", model, "--similarity", "pairs.tsv", "--format", "json")
    assert json.loads(plain.stdout)["used"] == 1 and plain.stderr == ""
    result = run("eval", model, "--similarity", "pairs.tsv", "--unseen", "--format", "json")
    found = json.loads(result.stdout)
    assert (found["used"], found["total"]) == (3, 4)
    assert result.stderr == "e2v: pairs: pairs with a word that only its n-grams know: 2\n"
    vectors = load_vectors(model)
    pairs = [("cat", "dog"), ("catz", "dog"), ("cat", "møller")]
    units = [unit(vectors.vectors_of(pair)) for pair in pairs]
    assert found["value"] == spearman([float(a @ b) for a, b in units], [5, 4, 1])


def test_word_similarity_needs_ngrams_for_it(run: Run, tmp_path: Path) -> None:
    write_model(tmp_path / "plain.e2v", ["cat"], np.ones((1, 2)))
    (tmp_path / "pairs.tsv").write_text("cat\tdog\t5\n")
    result = run("eval", "plain.e2v", "--similarity", "pairs.tsv", "--unseen", check=False)
    assert result.code == 2 and "--unseen needs the n-grams of a model with subwords" in result.stderr
    refused = run("eval", "plain.e2v", "--analogies", "pairs.tsv", "--unseen", check=False)
    assert refused.code == 2 and "--unseen does not apply" in refused.stderr


@pytest.mark.parametrize(
    ("question", "columns"), [("analogy catz cat dog", 6), ("odd catz cat dog", 4), ("lookup catz", 3)]
)
def test_every_question_takes_it(run: Run, model: Path, question: str, columns: int) -> None:
    result = run(*question.split(), "-m", model, "--mark-unseen")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert rows and all(len(row) == columns and row[-1] == "catz" for row in rows)


def test_nothing_to_make_it_of_is_exit_3(run: Run, model: Path) -> None:
    for asked in (["similar", "qqq"], ["similar", "cat", "--minus", "qqq"], ["lookup", "catz", "qqq"]):
        result = run(*asked, "-m", model, check=False)
        assert result.code == 3 and "'qqq' is not in the vocabulary" in result.stderr
    assert run("similar", "catz", "-m", model, "--vectors", "output", check=False).code == 3


def test_export_takes_more_words(run: Run, model: Path) -> None:
    vectors = load_vectors(model)
    first = vectors.keys[0]
    result = run("export", model, "--to", "word2vec", "-o", "-", "--restrict", "1", "--also", "-",
                 stdin=f"catz\r\n{first}\n\nmølz\ncatz\n")  # fmt: skip
    header, *lines = result.stdout.splitlines()
    assert header == "3 6" and [line.split(" ")[0] for line in lines] == [first, "catz", "mølz"]
    numbers = np.array([line.split()[1:] for line in lines], float)
    np.testing.assert_allclose(numbers, vectors.vectors_of([first, "catz", "mølz"]), rtol=1e-6)
    assert result.stderr.splitlines()[:-1] == [
        "stdout: 3 keys, 6 dimensions, float32; written as word2vec without output vectors, n-grams, counts",
        "words that are not in the vocabulary, but made of n-grams: 2",
    ]


def test_an_export_with_a_word_that_has_no_vector_is_not_begun(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("catz\nqqq\n")
    result = run("export", model, "--to", "word2vec", "-o", "out.vec", "--also", "words", check=False)
    assert result.code == 3 and result.stderr == "e2v: 'qqq' is not in the vocabulary\n"
    assert not (tmp_path / "out.vec").exists()
    assert run("export", model, "--to", "word2vec", "-o", "-", "--also", "no", check=False).code == 1
