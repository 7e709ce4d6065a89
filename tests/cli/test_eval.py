import json
from pathlib import Path

import numpy as np
import pytest

from e2v.store import ArtifactWriter, Keys
from tests.builders import write_corpus, write_model, write_tastes
from tests.cli.conftest import INPUT, MEANINGS
from tests.conftest import Run
from tests.data import data_path

QUESTIONS = """: capitals
Spain Madrid France Paris
france paris 日本 東京
spain madrid atlantis poseidonis
: gram1-nonsense
spain madrid france lunch
"""
PAIRS = "# made up\nlunch,dinner,9\nspain,paris,1\nspain,madrid,5\nking,🍣,0\nking,queen,9\n"
LABELS = "key,kind\nspain,country|hot\nfrance,country\nmadrid,city|hot\nparis,city\nking,person\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "questions.txt").write_text(QUESTIONS, encoding="utf-8")
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    (tmp_path / "labels.csv").write_text(LABELS, encoding="utf-8")
    return tmp_path


def test_everything_that_vectors_can_be_asked(run: Run, model: Path, files: Path) -> None:
    options = [
        "--analogies",
        "questions.txt",
        "--similarity",
        "pairs.csv",
        "--categories",
        "labels.csv:key:kind",
    ]
    result = run("eval", model, *options, "-n", 1, "--format", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(row) for row in rows] == [["name", "measure", "value", "used", "total", "low", "high"]] * 7
    assert [tuple(row.values())[:5] for row in rows] == [
        ("capitals", "accuracy", 1.0, 2, 3),
        ("gram1-nonsense", "accuracy", 0.0, 1, 1),
        ("semantic", "accuracy", 1.0, 2, 3),
        ("syntactic", "accuracy", 0.0, 1, 1),
        ("analogies", "accuracy", pytest.approx(2 / 3, abs=1e-5), 3, 4),
        ("pairs", "spearman", pytest.approx(0.948683), 4, 5),
        ("purity", "purity@1", pytest.approx(0.4), 5, 5),
    ]


def test_tsv_has_the_same_columns_and_empty_fields(run: Run, model: Path, files: Path) -> None:
    result = run("eval", model, "--similarity", "pairs.csv")
    assert result.stdout == "pairs\tspearman\t0.948683\t4\t5\t\t\n"


def test_a_failed_gate_exits_4_after_all_results(run: Run, model: Path, files: Path) -> None:
    options = ["--analogies", "questions.txt", "--similarity", "pairs.csv"]
    gates = ["--min", "semantic=.9", "--min", "analogies=.7", "--min", "pairs=.99"]
    result = run("eval", model, *options, *gates, check=False)
    assert result.code == 4
    assert len(result.stdout.splitlines()) == 6
    assert result.stderr == "e2v: analogies is 0.6667, below 0.7; pairs is 0.9487, below 0.99\n"


def test_gates_that_hold_exit_0(run: Run, model: Path, files: Path) -> None:
    result = run("eval", model, "--analogies", "questions.txt", "--min", "capitals=1", "--min", "syntactic=0")
    assert result.stderr == ""


def test_restrict_cuts_the_vocabulary(run: Run, model: Path, files: Path) -> None:
    result = run("eval", model, "--analogies", "questions.txt", "--restrict", 4, "--method", "3cosmul")
    assert result.stdout.splitlines()[0] == "capitals\taccuracy\t1\t1\t3\t\t"


def test_hubs_are_answers_less_often(run: Run, tmp_path: Path) -> None:
    """The hub is nearer to the answer that is asked for than d is, but has many near itself."""
    rows = {
        "a": (1, 0, 0, 0),
        "b": (1, 0, 1, 0),
        "c": (0, 1, 0, 0),
        "hub": (0, 1, 1, 0.3),
        "d": (0, 1, 1, -0.4),
    }
    rows |= {f"near{number}": (0, 1, 1, 5 + number) for number in range(10)}
    rows |= {f"hub{number}": (0, 0.1 * number, 1, 0.6) for number in range(10)}
    write_model(tmp_path / "m.e2v", rows, np.array(list(rows.values())))
    (tmp_path / "q.txt").write_text("a b c d\n")
    (tmp_path / "r.txt").write_text("a b c hub\n")
    asked = ["eval", "m.e2v", "--analogies", "q.txt", "--analogies", "r.txt", "--format", "json"]
    plain, less = (
        {row["name"]: row["value"] for row in map(json.loads, run(*asked, *more).stdout.splitlines())}
        for more in ([], ["--csls", ".5"])
    )
    assert (plain["q/analogies"], plain["r/analogies"]) == (0, 1)
    assert (less["q/analogies"], less["r/analogies"]) == (1, 0)


def test_other_vectors(run: Run, files: Path) -> None:
    # The meanings are the output vectors of this model; its input vectors are all alike.
    write_model(files / "m.e2v", MEANINGS, INPUT * 0 + 1, INPUT)
    question = ["--analogies", "questions.txt", "--min", "capitals=1"]
    assert run("eval", "m.e2v", *question, check=False).code == 4
    assert run("eval", "m.e2v", *question, "--vectors", "output").code == 0
    assert run("eval", *question, "--vectors", "sum", "--center", env={"E2V_MODEL": "m.e2v"}).code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nothing to measure; give --analogies, --similarity, --categories or --ranking"),
        (["--ranking", "x"], "--ranking needs the histories of its users; --corpus CORPUS"),
        (["--similarity", "pairs.csv", "--method", "3cosmul"], "--method does not apply"),
        (["--similarity", "pairs.csv", "--csls", ".25"], "--csls does not apply"),
        (
            ["--analogies", "questions.txt", "--csls", ".25", "--method", "3cosmul"],
            "applies to --method 3cosadd",
        ),
        (
            ["--similarity", "pairs.csv", "--min", "pair=.1"],
            "nothing measured is called 'pair'; there are pairs",
        ),
        (["--similarity", "pairs.csv", "--min", "pairs"], "'pairs' is not a minimum"),
        (["--baseline", "gf-cf", "--ranking", "x", "--corpus", "y"], "a baseline only ranks"),
        (
            ["--similarity", "pairs.csv", "--predict"],
            "word similarity needs vectors of one space",
        ),
    ],
)
def test_usage_errors(run: Run, model: Path, files: Path, options: list[str], message: str) -> None:
    result = run("eval", model, *options, check=False)
    assert result.code == 2
    assert message in result.stderr


def test_several_files_of_questions_have_names_of_their_own(run: Run, model: Path, files: Path) -> None:
    (files / "more.txt").write_text("spain madrid france paris\n")
    asked = ["--analogies", "questions.txt", "--analogies", "more.txt", "--min", "more/analogies=1"]
    rows = [line.split("\t")[0] for line in run("eval", model, *asked).stdout.splitlines()]
    assert rows == [
        *(
            f"questions/{name}"
            for name in ("capitals", "gram1-nonsense", "semantic", "syntactic", "analogies")
        ),
        *(f"more/{name}" for name in ("more", "semantic", "analogies")),
    ]


@pytest.mark.parametrize(
    "late",
    [
        ["--min", "semantik=.2"],
        ["--min", "semantic=35"],
        ["--similarity", "absent.txt"],
        ["--similarity", "questions.txt"],
        ["--categories", "labels.csv:key:genre"],
        ["--ranking", "absent.txt", "--corpus", "histories.e2v"],
        ["--ranking", "held.txt", "--corpus", "absent.e2v"],
        ["--ranking", "held.txt", "--corpus", "meanings.e2v"],
        ["--ranking", "held.txt", "--corpus", "histories.e2v"],
    ],
)
def test_nothing_is_measured_before_everything_is_read(
    run: Run, model: Path, files: Path, late: list[str]
) -> None:
    write_corpus(files / "histories.e2v", [["a"], ["b"]])  # of nobody
    (files / "meanings.e2v").write_bytes(model.read_bytes())
    (files / "held.txt").write_text("u a\n")
    result = run("eval", "meanings.e2v", "--analogies", "questions.txt", *late, check=False)
    assert result.code in (1, 2)
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("option", "text", "complaint"),
    [
        ("--similarity", "ann,film,3\nbob,film,4\n", "file: none of the 2 pairs has both words"),
        ("--analogies", "a b c d\n", "none of the 1 analogy questions"),
    ],
)
def test_what_no_word_of_is_known_is_an_error(
    run: Run, model: Path, files: Path, option: str, text: str, complaint: str
) -> None:
    (files / "file.txt").write_text(text)
    result = run("eval", model, option, "file.txt", check=False)
    assert (result.code, result.stdout) == (1, "")
    assert complaint in result.stderr and result.stderr.count("\n") == 1


def test_a_gate_on_what_has_no_value_fails(run: Run, model: Path, files: Path) -> None:
    (files / "one.txt").write_text("spain france 3\n")
    result = run("eval", model, "--similarity", "one.txt", "--min", "one=-1", check=False)
    assert (result.code, result.stdout) == (4, "one\tspearman\t\t1\t1\t\t\n")
    assert "one could not be measured (1 of 1 covered)" in result.stderr


def test_a_missing_file_is_one_line_and_exit_1(run: Run, model: Path) -> None:
    result = run("eval", model, "--analogies", "absent.txt", check=False)
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr == "e2v: absent.txt: no such file\n"


def test_split_svd_and_ranking(run: Run, tmp_path: Path) -> None:
    """From a corpus to a table of how well tastes are guessed; all that ranks beats popularity."""
    write_tastes(tmp_path / "all.e2v")
    split = run("split", "all.e2v", "-o", "a.e2v", "--held-out", "b.txt", "--by", "random", "--share", ".3")
    assert split.stdout == ""
    assert split.stderr.startswith("a.e2v: ") and "users held out in b.txt\n" in split.stderr
    run("svd", "a.e2v", "-o", "svd.e2v", "--dim", "2")
    (tmp_path / "more.txt").write_text((tmp_path / "b.txt").read_text() + "stranger\t1\nu1\tnothing\n")

    def recall(*options: str) -> float:
        result = run("eval", *options, "--corpus", "a.e2v", "-n", "5", "--format", "json")
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert [row["measure"] for row in rows] == ["hr@5", "recall@5", "ndcg@5", "mrr@5"]
        assert all(row["low"] < row["value"] < row["high"] for row in rows)
        return rows[1]["value"]

    popularity = recall("--baseline", "popularity", "--ranking", "b.txt")
    assert recall("svd.e2v", "--ranking", "b.txt") > popularity + 0.05
    assert recall("--baseline", "item-knn", "--ranking", "b.txt") > popularity + 0.05
    assert recall("--baseline", "gf-cf", "--ranking", "b.txt") > popularity + 0.05

    told = run(
        "eval", "svd.e2v", "--ranking", "more.txt", "--corpus", "a.e2v", "--min", "recall=.99", check=False
    )
    assert told.code == 4
    assert told.stderr.splitlines()[:2] == [
        "e2v: more.txt: users who are not in a.e2v, not ranked for: 1",
        "e2v: more.txt: held-out items not in the vocabulary, counted as missed: 1",
    ]


def test_users_are_the_same_for_every_model(run: Run, tmp_path: Path) -> None:
    """cy has nothing that the model knows, and is shown what is popular in it: b, not a, which nobody has."""
    write_corpus(tmp_path / "all.e2v", [["a", "b"], ["b"], ["c"]], ["ann", "bob", "cy"])
    write_model(tmp_path / "m.e2v", ["b", "a"], np.eye(2), np.array([[0, 1], [1, 0]]))
    (tmp_path / "b.txt").write_text("bob a\ncy b\nann c\nzed a\n")
    result = run("eval", "m.e2v", "--ranking", "b.txt", "--corpus", "all.e2v", "-n", "1", "--min", "hr=.66")
    assert result.stdout.splitlines()[0].split("\t")[:5] == ["hr", "hr@1", "0.666667", "3", "4"]
    assert result.stderr.splitlines() == [
        "e2v: b.txt: users who are not in all.e2v, not ranked for: 1",
        "e2v: b.txt: users without an item that the model knows, who get what is popular: 1",
        "e2v: b.txt: held-out items not in the vocabulary, counted as missed: 1",
    ]


def test_what_is_in_training_is_no_test(run: Run, tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", [["a", "b"], ["b"]], ["ann", "bob"])
    (tmp_path / "b.txt").write_text("bob b\n")
    result = run("eval", "--baseline", "popularity", "--ranking", "b.txt", "--corpus", "all.e2v", check=False)
    assert (result.code, result.stdout) == (1, "")
    assert "all 1 held-out items are in the histories of all.e2v too" in result.stderr


def test_a_model_that_has_learned_what_is_held_out_is_told_of(run: Run, tmp_path: Path) -> None:
    write_tastes(tmp_path / "all.e2v")
    run("split", "all.e2v", "--by", "random", "-o", "train.e2v", "--held-out", "test.txt")
    for corpus in ("all.e2v", "train.e2v"):
        run("svd", corpus, "--dim", "2", "-o", f"svd-{corpus}")
    asked = ("--ranking", "test.txt", "--corpus", "train.e2v")
    told = (
        "e2v: svd-all.e2v has learned what is held out, too: it was trained on the corpus that train.e2v is"
    )
    for command in (("eval", "svd-all.e2v"), ("compare", "svd-all.e2v", "svd-train.e2v")):
        said = run(*command, *asked).stderr
        assert said.count(told) == said.count("has learned what is held out") == 1
    assert "has learned" not in run("eval", "svd-train.e2v", *asked).stderr


def test_features_of_users_count_in_ranking(run: Run, tmp_path: Path) -> None:
    """A tower whose user vector is the feature alone: with it each user is shown the item held out."""
    write_corpus(tmp_path / "all.e2v", [["c"], ["c"]], ["ann", "bob"])
    with ArtifactWriter(tmp_path / "m.e2v", "model", {}) as writer:
        writer.add_keys("keys", Keys.from_strings("cab"))
        writer.add("counts", np.array([2, 1, 1], np.int64))
        writer.add("input", np.ones((3, 1), np.float32))
        writer.add("output", np.array([[0], [1], [-1]], np.float32))
        writer.add("bias", np.zeros(3, np.float32))
        writer.add("tower.0.weight", np.array([[0], [1]], np.float32))
        writer.add("tower.0.bias", np.array([0.5], np.float32))
        writer.add_keys("features", Keys.from_strings(["age"]))
        writer.add("features.shift", np.zeros(1, np.float32))
        writer.add("features.scale", np.ones(1, np.float32))
    (tmp_path / "b.txt").write_text("ann a\nbob b\n")
    (tmp_path / "users.csv").write_text("user,age\nann,1\nbob,-1\n")
    asked = ("eval", "m.e2v", "--ranking", "b.txt", "--corpus", "all.e2v", "-n", "1", "--format", "json")
    without = run(*asked)
    assert json.loads(without.stdout.splitlines()[0])["value"] == 0.5
    assert without.stderr == (
        "e2v: no table of features: every user is like the average one; --user-features names one\n"
    )
    found = run(*asked, "--user-features", "users.csv")
    assert json.loads(found.stdout.splitlines()[0])["value"] == 1
    assert found.stderr == "e2v: features of 2 of 2 users\n"
    refused = run(*asked[:1], "--baseline", "gf-cf", *asked[2:], "--user-features", "users.csv", check=False)
    assert (refused.code, "--user-features does not apply" in refused.stderr) == (2, True)


def test_a_model_of_hierarchical_softmax_cannot_rank(run: Run, tmp_path: Path) -> None:
    write_tastes(tmp_path / "all.e2v")
    write_model(tmp_path / "hs.e2v", MEANINGS, INPUT, nodes=INPUT[1:])
    (tmp_path / "b.txt").write_text("u1 1\n")
    result = run("eval", "hs.e2v", "--ranking", "b.txt", "--corpus", "all.e2v", check=False)
    assert result.code == 1
    assert "hs.e2v has no output vectors to rank with" in result.stderr


def test_chinese_questions_and_pairs(run: Run, tmp_path: Path) -> None:
    # The vectors are made up, so that the answers to one section are known; the files are real.
    kinds = {
        "希腊": [1, 0, 0],
        "雅典": [1, 0, 1],
        "伊拉克": [0, 1, 0],
        "巴格达": [0, 1, 1],
        "足球": [0.5, 0.5, 0],
    }
    write_model(tmp_path / "zh.e2v", kinds, np.array(list(kinds.values())))
    questions = data_path("eval/zh-analogies-translated.txt")
    pairs = data_path("eval/zh-wordsim-297.txt")
    result = run("eval", "zh.e2v", "--analogies", questions, "--similarity", pairs, "--format", "table")
    header, capitals, *_, similarity = result.stdout.splitlines()
    assert header.split() == ["name", "measure", "value", "used", "total", "low", "high"]
    assert capitals.split() == ["capital-common-countries", "accuracy", "1.0000", "2", "506", "-", "-"]
    assert similarity.split() == ["zh-wordsim-297", "spearman", "-", "1", "297", "-", "-"]
