import numpy as np
import pytest

from e2v.errors import InputError, UsageError
from e2v.evaluation import analogies
from e2v.evaluation.analogies import Section, evaluate_analogies
from e2v.evaluation.lookup import Lookup
from e2v.progress import silent
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from e2v.vectors.csls import penalties
from e2v.vectors.matrix import Stored
from tests.oracles import evaluation as oracle
from tests.oracles.queries import mean_cosines

#: Countries and capitals on a grid: kind x place, with noise that keeps the answers unique.
PLACES = 5
KEYS = [f"country{place}" for place in range(PLACES)] + [f"city{place}" for place in range(PLACES)]


def grid() -> np.ndarray:
    kinds, places = np.eye(2).repeat(PLACES, axis=0), np.tile(np.eye(PLACES), (2, 1))
    return np.hstack((kinds, places)).astype(np.float32)


def evaluate(keys, matrix, sections, **options):
    vectors = KeyedVectors(Keys.from_strings(keys), matrix.astype(np.float32))
    lookup = Lookup(vectors.keys, match_case=options.pop("match_case", False))
    return {m.name: m for m in evaluate_analogies(vectors, lookup, sections, **options)}


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_what_the_grid_knows_is_answered(method) -> None:
    questions = [
        (f"country{i}", f"city{i}", f"country{j}", f"city{j}")
        for i in range(PLACES)
        for j in range(PLACES)
        if i != j
    ]
    wrong = [("country0", "city0", "country1", "city2")]
    found = evaluate(KEYS, grid(), [Section("places", questions), Section("gram1", wrong)], method=method)
    assert [m[:5] for m in found.values()] == [
        ("places", "accuracy", 1.0, 20, 20),
        ("gram1", "accuracy", 0.0, 1, 1),
        ("semantic", "accuracy", 1.0, 20, 20),
        ("syntactic", "accuracy", 0.0, 1, 1),
        ("analogies", "accuracy", 20 / 21, 21, 21),
    ]


def test_questions_with_unknown_words_are_not_asked() -> None:
    asked = ("country0", "city0", "country1", "city1")
    found = evaluate(KEYS, grid(), [Section("s", [asked, ("nowhere", *asked[1:]), (*asked[:3], "nowhere")])])
    assert found["s"] == ("s", "accuracy", 1.0, 1, 3, None, None)


def test_a_section_with_no_question_covered_has_no_accuracy() -> None:
    asked = Section("t", [("country0", "city0", "country1", "city1")])
    found = evaluate(KEYS, grid(), [Section("s", [("w", "x", "y", "z")]), asked])
    assert found["s"][2:5] == (None, 0, 1)
    assert found["analogies"][2:5] == (1, 1, 2)
    assert "syntactic" not in found


def test_no_question_covered_at_all_is_an_error() -> None:
    with pytest.raises(InputError, match="none of the 1 analogy questions has its four words"):
        evaluate(KEYS, grid(), [Section("s", [("w", "x", "y", "z")])])


def test_a_head_is_the_vocabulary() -> None:
    vectors = KeyedVectors(Keys.from_strings(KEYS), grid()).head(7)
    questions = [(f"country{i}", f"city{i}", "country1", "city1") for i in (0, 2)]
    (section, *_) = evaluate_analogies(vectors, Lookup(vectors.keys), [Section("s", questions)])
    assert section[2:5] == (1.0, 1, 2)


def test_case_is_ignored_and_the_most_frequent_variant_stands_for_all() -> None:
    # ATHENS and Oslo are further variants; the direction of ATHENS is nonsense, and must not be asked.
    keys = ["athens", "greece", "oslo", "norway", "ATHENS", "Norway"]
    matrix = np.array(
        [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1], [-1, -1, 0, 0], [0, 1, 0.1, 1]]
    )
    question = [Section("s", [("Athens", "Greece", "Oslo", "NORWAY")])]
    assert evaluate(keys, matrix, question)["s"].value == 1
    with pytest.raises(InputError, match="none of the 1"):
        evaluate(keys, matrix, question, match_case=True)
    exact = [Section("s", [("athens", "greece", "oslo", "Norway")])]
    assert evaluate(keys, matrix, exact, match_case=True)["s"].value == 0


def test_a_variant_of_the_questions_own_words_is_no_answer() -> None:
    keys = ["a", "b", "c", "d", "B", "C"]
    matrix = np.array(
        [[1, 0, 0], [0, 1, 0], [0.9, 0, 0.5], [0, 0.9, 0.6], [-0.126, 1, 0.486], [-0.13, 1, 0.49]]
    )
    question = [Section("s", [("a", "b", "c", "d")])]
    assert evaluate(keys, matrix, question)["s"].value == 1
    assert evaluate(keys, matrix, question, match_case=True)["s"].value == 0


def test_a_vocabulary_of_the_questions_words_alone_has_no_answer() -> None:
    section = [Section("s", [("a", "A", "b", "B")])]
    assert evaluate(["a", "b"], np.eye(2), section)["s"][2:5] == (0.0, 1, 1)


@pytest.mark.parametrize("weight", [0.25, 1])
@pytest.mark.parametrize("scores", [100, 1 << 22])
def test_answers_with_csls_are_the_oracles(monkeypatch, weight, scores) -> None:
    rng = np.random.default_rng(4)
    matrix = rng.standard_normal((120, 8)).astype(np.float32)
    matrix[60:] += 1.5
    questions = rng.permuted(np.tile(np.arange(120), (40, 1)), axis=1)[:, :3]
    monkeypatch.setattr(analogies, "_SCORES", scores)
    monkeypatch.setattr("e2v.vectors.matrix._BLOCK_SIZE", 8 * 50)
    vectors = KeyedVectors(Keys.from_strings(map(str, range(120))), matrix)
    taken = penalties(vectors.matrix, 120, weight)
    answers = analogies._answers(vectors, questions, np.arange(120), "3cosadd", taken, 3, silent)
    penalised = weight * np.array(mean_cosines(matrix, 10))
    assert answers.tolist() == [oracle.csls_analogy(matrix, *each, penalised) for each in questions]
    plain = analogies._answers(vectors, questions, np.arange(120), "3cosadd", None, 3, silent)
    assert (answers != plain).sum() > 5


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
@pytest.mark.parametrize("scores", [7, 100, 1 << 22])
def test_answers_are_the_oracles_whatever_the_blocks(monkeypatch, method, scores) -> None:
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((120, 8)).astype(np.float32)
    matrix[7] = 0
    matrix[8] *= 1000
    questions = rng.permuted(np.tile(np.arange(120), (40, 1)), axis=1)[:, :3]
    monkeypatch.setattr(analogies, "_SCORES", scores)
    monkeypatch.setattr("e2v.vectors.matrix._BLOCK_SIZE", 8 * 50)
    vectors = KeyedVectors(Keys.from_strings(map(str, range(120))), matrix)
    answers = analogies._answers(vectors, questions, np.arange(120), method, None, 3, silent)
    safe = np.where(np.arange(120)[:, None] == 7, 1e-30, matrix)
    assert answers.tolist() == [oracle.analogy(safe, *question, method) for question in questions]


def test_a_word_repeated_in_the_question_is_excluded_once_and_for_all() -> None:
    keys, matrix = ["a", "b", "c"], np.array([[1, 0], [0.9, 0.1], [0, 1.0]])
    found = evaluate(keys, matrix, [Section("s", [("a", "a", "a", "b"), ("a", "a", "a", "a")])])
    assert found["s"].value == 0.5


def test_two_spaces_are_refused() -> None:
    vectors = KeyedVectors(Keys.from_strings("ab"), np.eye(2, dtype=np.float32), targets=Stored(np.eye(2)))
    with pytest.raises(UsageError, match="one space"):
        evaluate_analogies(vectors, Lookup(vectors.keys), [])


def test_the_questions_own_words_are_passed_over_below_0_too() -> None:
    scores = np.array([[-1.0, -2, -3], [3, 2, 1], [-np.inf] * 3])
    questions, first = np.array([[0, 0], [0, 1], [0, 0]]), np.array([0, 0, 2])  # 1 is a variant of 0
    winners, peaks = analogies._winners(scores, questions, first)
    assert winners.tolist() == [2, 2, 0] and peaks.tolist() == [-3, 1, -np.inf]
