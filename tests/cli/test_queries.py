"""similar, analogy, similarity, odd and lookup through the real entry point."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.cli.shared.options import Questions
from e2v.cli.shared.questions import QuestionForm, answer_questions
from e2v.vectors import Query, Searcher, load_vectors
from tests.builders import keyed, write_model
from tests.cli.conftest import INPUT, MEANINGS, OUTPUT
from tests.conftest import Run
from tests.oracles import queries as oracle

KEYS = list(MEANINGS)


def fields(stdout: str) -> list[list[str]]:
    return [line.split("\t") for line in stdout.splitlines()]


def test_similar(run: Run, model: Path) -> None:
    scores = oracle.scores(INPUT, [KEYS.index("lunch")], [], "3cosadd")
    expected = oracle.ranked(scores, [KEYS.index("lunch")], 3, None)
    rows = fields(run("similar", "lunch", "-m", model, "-n", "3").stdout)
    assert [(query, key) for query, key, _ in rows] == [
        ("lunch", KEYS[i].replace("\t", r"\t")) for i in expected
    ]
    assert [float(score) for _, _, score in rows] == pytest.approx([scores[i] for i in expected], abs=1e-5)


def test_similar_adds_and_subtracts_and_restricts(run: Run, model: Path) -> None:
    result = run("similar", "madrid", "--plus", "france", "--minus", "spain", "-m", model, "--format", "json")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(answers[0]) == ["query", "key", "score"]
    rows = [KEYS.index(key) for key in ("madrid", "france", "spain")]
    score = oracle.scores(INPUT, rows[:2], rows[2:], "3cosadd")[KEYS.index("paris")]
    assert answers[0] == {
        "query": "madrid + france - spain",
        "key": "paris",
        "score": pytest.approx(score, abs=1e-5),
    }
    assert len(answers) == 10
    assert not {"madrid", "france", "spain"} & {answer["key"] for answer in answers}
    result = run("similar", "lunch", "-m", model, "--restrict", "2")
    assert [key for _, key, _ in fields(result.stdout)] == ["spain", "france"]


def test_a_query_looks_each_key_up_once(
    model: Path, looked_up: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    vectors = load_vectors(model)
    form = QuestionForm(("query", "key", "score"), lambda names: (names[0],), least=1, most=1, spaced=False)
    searcher = Searcher(vectors)
    answer_questions(
        form,
        [["lunch"]],
        vectors,
        lambda batch: searcher.answer([Query(keys) for keys in batch], 1),
        Questions(format="tsv"),
        of_directions=True,
    )
    assert looked_up == ["lunch"]
    assert capsys.readouterr().out.startswith("lunch\t")


def test_what_a_key_predicts(run: Run, model: Path) -> None:
    (row,) = fields(run("similar", "lunch", "-m", model, "--predict", "-n", "1").stdout)
    scores = [float(OUTPUT[i] @ MEANINGS["lunch"]) for i in range(len(KEYS))]
    best = oracle.ranked(scores, [KEYS.index("lunch")], 1, None)[0]
    assert row == ["lunch", KEYS[best], f"{scores[best]:.6g}"]


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors without any meaning, so that whatever is asked in another way has another answer."""
    return write_model(tmp_path_factory.mktemp("scattered") / "m.e2v", keyed(60), *SCATTERED)


SCATTERED = np.random.default_rng(12).normal(size=(2, 60, 5)) + 0.5


@pytest.mark.parametrize("command", ["similar", "analogy"])
@pytest.mark.parametrize(
    ("options", "name", "weight", "center", "method", "restrict"),
    [
        ("", "input", 1.0, False, "3cosadd", None),
        ("--method 3cosmul", "input", 1.0, False, "3cosmul", None),
        ("--vectors output", "output", 1.0, False, "3cosadd", None),
        ("--vectors sum", "sum", 1.0, False, "3cosadd", None),
        ("--vectors sum:0.3", "sum", 0.3, False, "3cosadd", None),
        ("--vectors concat", "concat", 1.0, False, "3cosadd", None),
        ("--vectors concat:0.3", "concat", 0.3, False, "3cosadd", None),
        ("--center", "input", 1.0, True, "3cosadd", None),
        ("--center --vectors sum --method 3cosmul", "sum", 1.0, True, "3cosmul", None),
        ("--restrict 30", "input", 1.0, False, "3cosadd", 30),
    ],
)
def test_an_option_changes_the_answer(
    run: Run,
    scattered: Path,
    command: str,
    options: str,
    name: str,
    weight: float,
    center: bool,
    method: str,
    restrict: int | None,
) -> None:
    def answer(matrix: np.ndarray, method: str, restrict: int | None) -> list[tuple[int, float]]:
        scores = oracle.scores(matrix, [4, 7], [2], method)
        return [(row, scores[row]) for row in oracle.ranked(scores, [4, 7, 2], 5, restrict)]

    asked = ("k4", "--plus", "k7", "--minus", "k2") if command == "similar" else ("k4", "k2", "k7")
    rows = fields(run(command, *asked, "-m", scattered, "-n", "5", *options.split()).stdout)
    expected = answer(oracle.combined(*SCATTERED, name, weight, center), method, restrict)
    assert [row[-2] for row in rows] == [f"k{row}" for row, _ in expected]
    assert [float(row[-1]) for row in rows] == pytest.approx([score for _, score in expected], abs=1e-5)
    plain = answer(SCATTERED[0], "3cosadd", None)
    assert bool(options) == ([row for row, _ in plain] != [row for row, _ in expected])


def of_csls(restrict: int | None) -> list[tuple[int, float]]:
    """The 5 best of a question to `scattered`, with what they score."""
    means = oracle.mean_cosines(SCATTERED[0][:restrict], 10)
    cosines = oracle.scores(SCATTERED[0], [4, 7], [2], "3cosadd")[:restrict]
    scores = [cosine - 0.6 * mean for cosine, mean in zip(cosines, means, strict=True)]
    return [(row, scores[row]) for row in oracle.ranked(scores, [4, 7, 2], 5, restrict)]


@pytest.mark.parametrize("command", ["similar k4 --plus k7 --minus k2", "analogy k4 k2 k7"])
@pytest.mark.parametrize("restrict", [None, 30])
def test_hubs_are_answers_less_often(run: Run, scattered: Path, command: str, restrict: int | None) -> None:
    options = ["--csls", ".6", "-n", "5", *([] if restrict is None else ["--restrict", restrict])]
    rows = fields(run(*command.split(), "-m", scattered, *options).stdout)
    expected = of_csls(restrict)
    assert [row[-2] for row in rows] == [f"k{row}" for row, _ in expected]
    assert [float(row[-1]) for row in rows] == pytest.approx([score for _, score in expected], abs=1e-5)
    plain = oracle.scores(SCATTERED[0], [4, 7], [2], "3cosadd")
    assert [row for row, _ in expected] != oracle.ranked(plain, [4, 7, 2], 5, restrict)
    model = e2v.load(scattered)
    asked = {"n": 5, "restrict": restrict, "csls": 0.6}
    found = model.analogy("k4", "k2", "k7", **asked)
    assert [answer.key for answer in found] == [row[-2] for row in rows]
    assert found == model.similar(["k4", "k7"], minus="k2", **asked)


def test_everything_is_answered_as_each_key_is(run: Run, scattered: Path) -> None:
    options = ["-m", scattered, "--csls", "0.5", "-n", "3"]
    rows = fields(run("similar", "--all", *options).stdout)
    one_by_one = fields(run("similar", "-", *options, stdin="\n".join(keyed(60))).stdout)
    assert [row[:2] for row in rows] == [row[:2] for row in one_by_one] and len(rows) == 180
    everything = dict(e2v.load(scattered).all_similar(n=3, csls=0.5))
    assert [[key, answer.key] for key in everything for answer in everything[key]] == [r[:2] for r in rows]
    off = [run("similar", "--all", "-m", scattered, *zero).stdout for zero in ([], ["--csls", "0"])]
    assert off[0] == off[1]


def test_analogy(run: Run, model: Path) -> None:
    rows = fields(run("analogy", "madrid", "spain", "france", "-m", model, "-n", "2").stdout)
    assert rows[0][:4] == ["madrid", "spain", "france", "paris"]
    assert len(rows) == 2 and float(rows[0][4]) > float(rows[1][4])


def test_the_question_file_order_is_as_the_help_says(run: Run, model: Path) -> None:
    """The line 'Madrid Spain Paris France' asks spain - madrid + paris, and expects france."""
    help_text = " ".join(run("analogy", "--help").stdout.split())
    assert "Athens Greece Baghdad Iraq" in help_text and "e2v analogy greece athens baghdad" in help_text
    (row,) = fields(run("analogy", "spain", "madrid", "paris", "-m", model, "-n", "1").stdout)
    assert row[3] == "france"


def test_similarity_odd_and_lookup(run: Run, model: Path) -> None:
    assert run("similarity", "madrid", "spain", "-m", model).stdout == "madrid\tspain\t0.707107\n"
    assert run("similarity", "new york", "king", "-m", model).stdout == "new york\tking\t0\n"
    (odd,) = fields(run("odd", "lunch", "dinner", "🍣", "spain", "-m", model).stdout)
    assert odd[:2] == ["lunch dinner 🍣 spain", "spain"]
    answer = json.loads(run("odd", "lunch", "dinner", "spain", "-m", model, "--format", "json").stdout)
    assert (answer["query"], answer["key"]) == (["lunch", "dinner", "spain"], "spain")
    result = run("lookup", "dinner", "tab\there", "-m", model)
    assert result.stdout == "dinner\t0 0 0 0 1 0.100000001\ntab\\there\t0 0 0 0 1 -0.300000012\n"


def test_the_model_is_named_by_option_environment_or_default(run: Run, tmp_path: Path) -> None:
    """In this order; each of the three answers otherwise."""
    asked = ("lookup", "madrid")
    missing = run(*asked, check=False)
    assert missing.code == 1 and "model.e2v" in missing.stderr and missing.stderr.count("\n") == 1
    for name, value in (("model", 1), ("environment", 2), ("option", 3)):
        write_model(tmp_path / f"{name}.e2v", ["madrid"], np.full((1, 2), value))
    environment = {"E2V_MODEL": "environment.e2v"}
    assert run(*asked).stdout == "madrid\t1 1\n"
    assert run(*asked, env=environment).stdout == "madrid\t2 2\n"
    assert run(*asked, "-m", "option.e2v", env=environment).stdout == "madrid\t3 3\n"


def test_an_unknown_key_is_exit_3_and_did_you_mean(run: Run, model: Path) -> None:
    for command in (
        "similar madird",
        "similar king --plus madird",
        "lookup king madird",
        "odd king lunch madird",
    ):
        result = run(*command.split(), "-m", model, check=False)
        assert result.code == 3
        assert result.stderr == "e2v: 'madird' is not in the vocabulary; did you mean madrid?\n"
    assert run("lookup", "king", "madird", "--oov", "skip", "-m", model).stdout.startswith("king\t")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("analogy a b", "3 keys, not 2"),
        ("similarity a b c", "2 keys, not 3"),
        ("odd a b", "3 or more keys, not 2"),
        ("similar king --vectors inputs", "no vectors called 'inputs'"),
        ("similar king --predict --method 3cosmul", "3cosmul"),
        ("similar king --predict --center", "--center"),
        ("similar king --format xml", "xml"),
        ("similar king -n 0", "--number"),
        ("similar king --csls 1.5", "--csls must be between 0 and 1, not 1.5"),
        ("similar king --csls .25 --predict", "--csls does not go with --predict"),
        ("analogy a b c --csls .25 --method 3cosmul", "--csls applies to --method 3cosadd only"),
    ],
)
def test_misuse_is_exit_2(run: Run, model: Path, command: str, message: str) -> None:
    result = run(*command.split(), "-m", model, check=False)
    assert result.code == 2 and message in result.stderr and result.stdout == ""


def test_a_table_lines_up(run: Run, model: Path) -> None:
    from rich.cells import cell_len

    lines = run("similar", "東京", "-m", model, "--format", "table").stdout.splitlines()
    assert len(lines) == 11 and len({cell_len(line) for line in lines}) == 1
    assert lines[0].split() == ["query", "key", "score"]
    assert [line[:2].strip() for line in lines[1:]] == ["東京", *[""] * 9]


def test_bytes_that_are_not_utf8_come_back(run: Run, model: Path) -> None:
    assert run("similar", "king", "-m", model, "-n", "1").stdout.split("\t")[1] == "bad\udcff"
    (row,) = fields(run("similar", "bad\udcff", "-m", model, "-n", "1").stdout)
    assert row[:2] == ["bad\udcff", "king"]
    line = run("similar", "king", "-m", model, "-n", "1", "--format", "json").stdout
    assert "\\udcff" in line and json.loads(line)["key"] == "bad\udcff"


def test_hierarchical_softmax_has_no_output_vectors(run: Run, tmp_path: Path) -> None:
    path = write_model(tmp_path / "model.e2v", KEYS, INPUT, nodes=np.zeros((len(KEYS) - 1, 6)))
    assert run("similar", "king", "-n", "1").stdout.startswith("king\tbad")
    result = run("similar", "king", "--vectors", "sum", "-m", path, check=False)
    assert result.code == 1 and "hierarchical softmax" in result.stderr
