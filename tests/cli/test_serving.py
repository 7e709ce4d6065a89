"""Recommending through the real command line: users, index and recommend."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from e2v.store import ArtifactWriter, Keys, open_artifact
from tests.builders import write_corpus, write_model, write_vectors
from tests.conftest import Run
from tests.oracles import serving as oracle

ITEMS = {f"i{row}": f"Film {row}" for row in range(12)} | {"x": "Twice", "y": "Twice"}
KEYS = list(ITEMS)
INPUT, OUTPUT = np.random.default_rng(3).normal(size=(2, len(KEYS), 6)).astype(np.float32)
HISTORIES = {"ann": ["i1", "i2", "i5"], "bob": ["i4"], "cy": ["i0", "i1", "i3", "i7", "x"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """model.e2v, other.e2v, nodes.e2v (without outputs), vectors.e2v and histories.e2v."""
    folder = tmp_path_factory.mktemp("serving")
    write_model(folder / "model.e2v", KEYS, INPUT, OUTPUT, titles=ITEMS.values())
    write_model(folder / "other.e2v", KEYS, OUTPUT, INPUT)
    write_model(folder / "nodes.e2v", KEYS, INPUT, nodes=OUTPUT[1:])
    write_vectors(folder / "vectors.e2v", KEYS, INPUT)
    write_corpus(folder / "histories.e2v", HISTORIES.values(), HISTORIES)
    return folder


@pytest.fixture
def served(run: Run, folder: Path, tmp_path: Path) -> Path:
    """users.e2v and items.e2v, with no model beside them."""
    run("users", folder / "model.e2v", folder / "histories.e2v")
    run("index", folder / "model.e2v")
    return tmp_path


def expected(items: list[str], n: int, *, include_seen: bool = False) -> list[tuple[str, float]]:
    rows = [KEYS.index(item) for item in items]
    vector = oracle.user_vector(rows, INPUT)
    found = oracle.recommend(vector, OUTPUT, None, set() if include_seen else set(rows), n)
    return [(KEYS[item], score) for item, score in found]


def answers(stdout: str) -> list[tuple[str, float]]:
    rows = [line.split("\t") for line in stdout.splitlines()]
    return [(row[1], pytest.approx(float(row[2]), abs=1e-4)) for row in rows]


def test_two_files_are_enough(run: Run, served: Path) -> None:
    found = run("recommend", "--users", "users.e2v", "--index", "items.e2v", "--for", "ann", "-n", "4").stdout
    assert expected(HISTORIES["ann"], 4) == answers(found)
    assert [line.split("\t")[3] for line in found.splitlines()] == [
        ITEMS[key] for key, _ in expected(HISTORIES["ann"], 4)
    ]


def test_every_way_to_name_a_user_gives_the_same(run: Run, folder: Path, served: Path) -> None:
    model = ("-m", folder / "model.e2v")
    ann = expected(HISTORIES["ann"], 10)
    for told in (
        ("--for", "ann", "--users", "users.e2v", *model),
        ("--for", "ann", "--corpus", folder / "histories.e2v", *model),
        ("i1", "Film 2", "i5", *model),
        ("i1", "i2", "Film 5", "--index", "items.e2v", *model),
    ):
        assert ann == answers(run("recommend", *told).stdout)
    both = run("recommend", "i4", *model, "-n", "20", "--include-seen").stdout
    assert expected(["i4"], 20, include_seen=True) == answers(both)
    assert len(answers(both)) == len(KEYS)


def test_histories_from_stdin_are_those_of_a_corpus(run: Run, folder: Path, served: Path) -> None:
    lines = "".join(f"{user} {' '.join(items)}\n" for user, items in HISTORIES.items())
    told = run("users", folder / "model.e2v", "-", "-o", "piped.e2v", stdin=lines).stderr
    assert told.splitlines()[0] == "piped.e2v: vectors of 3 users, 6 dimensions; 9 items seen"
    told = run("users", folder / "model.e2v", "-", "-o", "one.e2v", stdin=f"u {KEYS[0]}\n").stderr
    assert told.splitlines()[0] == "one.e2v: vectors of 1 user, 6 dimensions; 1 item seen"
    piped, whole = (open_artifact(served / name, "users").arrays for name in ("piped.e2v", "users.e2v"))
    for name in whole:
        np.testing.assert_array_equal(piped[name], whole[name])


def test_people_who_came_later(run: Run, folder: Path, served: Path) -> None:
    lines = "dee i1 nothing i2\neve nothing\ndee i5\n"
    told = run("users", folder / "model.e2v", "-", "-o", "later.e2v", stdin=lines).stderr
    assert "left out: 2 items that" in told
    assert "without any known item: 1 of 2 users" in told
    asked = ("recommend", "--users", "later.e2v", "--index", "items.e2v", "-n", "3", "--for")
    assert expected(HISTORIES["ann"], 3) == answers(run(*asked, "dee").stdout)
    eve = run(*asked, "eve")
    assert answers(eve.stdout) == [("i0", 14), ("i1", 13), ("i2", 12)]  # by count
    assert "users without an item that the model knows, who get what is popular: 1 of 1" in eve.stderr


def test_questions_from_a_pipe(run: Run, folder: Path, served: Path) -> None:
    asked = ("recommend", "-", "--users", "users.e2v", "--index", "items.e2v", "-n", "2", "--format", "json")
    lines = 'bob\n{"user": "cy"}\nzed\n'
    found = run(*asked, stdin=lines)
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert [row["query"] for row in rows] == ["bob", "bob", "cy", "cy", "zed"]
    assert rows[-1] == {"query": "zed", "key": None, "score": None, "title": None}
    assert [row["key"] for row in rows[2:4]] == [key for key, _ in expected(HISTORIES["cy"], 2)]
    assert "of users who are not known: 1 of 3" in found.stderr
    assert run(*asked, "--oov", "fail", stdin=lines, check=False).code == 3

    asked = ("recommend", "-", "-m", folder / "model.e2v", "-n", "2")
    lines = (
        'i1\tFilm 2\ti5\n{"items": ["i1", "i2", "i5"]}\n{"user": "ann", "items": ["i1", "i2", "i5", "?"]}\n'
    )
    found = run(*asked, stdin=lines)
    assert expected(HISTORIES["ann"], 2) * 3 == answers(found.stdout)
    assert [line.split("\t")[0] for line in found.stdout.splitlines()][4:] == ["ann", "ann"]
    assert "not known, left out: 1" in found.stderr


@pytest.mark.parametrize(
    "wrong", ['{"usr": 1}', '{"items": 3}', '{"user": "ann"', "{ann", "{}", r'{"user": "\ud800"}']
)
def test_a_line_that_asks_for_nobody_is_a_question_without_an_answer(
    run: Run, served: Path, wrong: str
) -> None:
    asked = ("recommend", "-", "--users", "users.e2v", "--index", "items.e2v", "-n", "1", "--format", "json")
    lines = f"ann\n\n{wrong}\nzed\n{wrong}\nnot json {{\nbob\n"
    for policy, shown in (
        ((), ["ann", wrong, "zed", wrong, "not json {", "bob"]),
        (("--oov", "skip"), ["ann", "bob"]),
    ):
        found = run(*asked, *policy, stdin=lines)
        rows = [json.loads(line) for line in found.stdout.splitlines()]
        assert [row["query"] for row in rows] == shown
        assert [row["key"] is None for row in rows] == [row["query"] not in HISTORIES for row in rows]
        assert found.stderr.splitlines() == [
            "e2v: questions that ask for nobody: 2 of 6, first line 3; "
            'write {"user": "42"} or {"items": ["318", "Heat (1995)"]}',
            "e2v: questions of users who are not known: 2 of 6",
        ]
    failed = run(*asked, "--oov", "fail", stdin=lines, check=False)
    assert (failed.code, len(failed.stdout.splitlines())) == (1, 1)
    assert failed.stderr.startswith("e2v: line 3 asks for nobody; write")


def test_whoever_nothing_is_known_of_gets_what_is_popular(run: Run, tmp_path: Path) -> None:
    """By counts, wherever the users come from; a vector of zeros says as little as an empty history."""
    keys, vectors = ["zero", "b", "c"], np.array([[0.0, 0], [1, 0], [0, 1]])
    with ArtifactWriter(tmp_path / "tower.e2v", "model", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keys))
        writer.add("counts", np.array([30, 20, 10], np.int64))
        writer.add("input", vectors.astype(np.float32))
        writer.add("output", vectors.astype(np.float32))
        writer.add("bias", np.array([0, 0, 9], np.float32))
    write_corpus(tmp_path / "strange.e2v", [["elsewhere"], ["zero"]], ["eve", "zoe"])
    run("users", "tower.e2v", "strange.e2v", "-o", "strangers.e2v")
    run("index", "tower.e2v", "-o", "tower-items.e2v")
    everything = [("zero", 30), ("b", 20), ("c", 10)]
    files = ("--users", "strangers.e2v", "--index", "tower-items.e2v")
    for told in (
        ("--for", "eve", *files),
        ("--for", "eve", "--corpus", "strange.e2v", "-m", "tower.e2v"),
        ("-", "-m", "tower.e2v"),
        ("-", "-m", "tower.e2v", *files),
        ("--for", "", *files[2:]),
    ):
        found = run("recommend", *told, stdin='{"items": ["elsewhere"]}\n')
        assert answers(found.stdout) == everything
        assert "knows, who get what is popular: 1 of 1" in found.stderr
    assert answers(run("recommend", "-", *files, stdin='{"items": []}\n').stdout) == everything
    for item in ("zero", "elsewhere"):  # a history takes the model, whether its items are known or not
        for told, stdin in ((("-", *files), f'{{"items": ["{item}"]}}\n'), ((item, *files[2:]), "")):
            refused = run("recommend", *told, stdin=stdin, check=False)
            assert (refused.code, "model.e2v: no such file" in refused.stderr) == (1, True)
    for told in (("--for", "zoe", *files), ("zero", "-m", "tower.e2v")):
        assert answers(run("recommend", *told).stdout) == everything[1:]
    nobody = run("index", "tower.e2v", "--users", "strangers.e2v", "-o", "new.e2v", check=False)
    assert (nobody.code, "no user with an item that the model knows" in nobody.stderr) == (1, True)


def test_an_index_of_before_it_had_counts(run: Run, folder: Path, served: Path) -> None:
    new = open_artifact(served / "items.e2v")
    with ArtifactWriter(served / "old.e2v", "index", new.provenance) as writer:
        for name, array in new.arrays.items():
            if name != "counts":
                writer.add(name, array)
    run("users", folder / "model.e2v", "-", "-o", "later.e2v", stdin="eve nothing\nann i1 i2 i5\n")
    asked = ("recommend", "-", "--users", "later.e2v", "--index", "old.e2v", "-n", "1")
    found = run(*asked, stdin="eve\nann\n")
    first, second = found.stdout.splitlines()
    assert first == "eve\t\t\t"
    assert expected(HISTORIES["ann"], 1) == answers(second)
    assert found.stderr == (
        "e2v: questions of users without an item that the model knows, who get nothing: the index was made "
        "before it said what is popular; make it anew: 1 of 2\n"
    )


@pytest.mark.parametrize(("oov", "rows"), [(None, 2), ("null", 2), ("fail", 2), ("skip", 1)])
def test_a_user_who_has_everything_gets_a_row_without_an_answer(
    run: Run, folder: Path, oov: str | None, rows: int
) -> None:
    lines = "\t".join(KEYS) + "\ni1\n"
    options = ["--oov", oov] if oov else []
    found = run("recommend", "-", "-m", folder / "model.e2v", "-n", "1", *options, stdin=lines)
    assert [line.split("\t")[0] for line in found.stdout.splitlines()] == ["i0 + i1 + 12 more", "i1"][-rows:]
    assert found.stdout.count("\t\t\t\n") == rows - 1
    assert found.stderr == "e2v: questions of users who have every item: 1 of 2\n"


def test_titles_of_several_items_are_told_apart_from_unknown_ones(run: Run, folder: Path) -> None:
    lines = "i1\tTwice\tFilm 99\n"
    found = run("recommend", "-", "-m", folder / "model.e2v", "-n", "1", stdin=lines)
    assert expected(["i1"], 1) == answers(found.stdout)
    assert found.stderr.splitlines() == [
        "e2v: items of histories that are not known, left out: 1",
        "e2v: items of histories that could be several, left out: 1, as 'Twice' is what 2 items are called; "
        "give the id of one: x, y",
    ]


@pytest.mark.parametrize("number", ["14", "1000000000000000000"])
def test_more_answers_than_there_are(run: Run, folder: Path, served: Path, number: str) -> None:
    indices = ["items.e2v"]
    if importlib.util.find_spec("faiss"):
        run("index", folder / "model.e2v", "-o", "graph.e2v", "--type", "hnsw", "--threads", "1")
        indices.append("graph.e2v")
    for index in indices:
        asked = ("recommend", "--users", "users.e2v", "--for", "ann", "--index", index, "-n")
        assert expected(HISTORIES["ann"], 20) == answers(run(*asked, number).stdout)
        assert run(*asked, "0", check=False).code == 2


def test_a_graph_finds_the_same(run: Run, folder: Path, served: Path) -> None:
    pytest.importorskip("faiss", reason="needs the [ann] extra")
    model = folder / "model.e2v"
    made = run("index", model, "-o", "graph.e2v", "--type", "hnsw", "--users", "users.e2v", "--threads", "1")
    assert "so few items are searched as fast without a graph: --type exact" in made.stderr
    rows = [line.split("\t") for line in made.stdout.splitlines()]
    assert [(row[0], row[1], row[2]) for row in rows] == [("exact", "3", "1"), ("hnsw", "3", "1")]
    asked = ("recommend", "--users", "users.e2v", "--for", "ann", "--index")
    by_graph = run(*asked, "graph.e2v").stdout
    assert by_graph == run(*asked, "items.e2v").stdout == run(*asked, "graph.e2v", "--exact").stdout
    absent = served / "absent"
    absent.mkdir()
    (absent / "faiss.py").write_text("raise ImportError\n")
    for command in ((*asked, "graph.e2v"), ("index", model, "--type", "hnsw", "-o", "new.e2v")):
        refused = run(*command, env={"PYTHONPATH": str(absent)}, check=False)
        assert refused.code == 1
        assert "pip install faiss-cpu" in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert run(*asked, "graph.e2v", "--exact", env={"PYTHONPATH": str(absent)}).stdout == by_graph
    assert not (served / "new.e2v").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("--users users.e2v --index items.e2v --for anne", 3, "'anne' is not among the users of users.e2v"),
        ("-m MODEL i1 Fil", 3, "'Fil' is not in the vocabulary"),
        ("-m MODEL Twice", 3, "x, y"),
        ("-m nodes.e2v i1", 1, "no output vectors to rank with"),
        ("-m vectors.e2v i1", 1, "vectors.e2v"),
        ("-m absent.e2v i1", 1, "absent.e2v"),
        ("-m other.e2v --index items.e2v i1", 1, "of another model"),
        ("-m other.e2v --users users.e2v --for ann", 1, "of another model"),
        ("--index items.e2v -m MODEL --for ann", 2, "where is the history"),
        ("-m MODEL", 2, "nobody is named to recommend to"),
        ("-m MODEL i1 --for ann", 2, "--for does not go with"),
        ("-m MODEL i1 --users users.e2v", 2, "--users does not apply"),
        (
            "-m MODEL --for ann --users users.e2v --corpus histories.e2v",
            2,
            "--corpus does not go with --users",
        ),
        ("-m MODEL --exact i1", 2, "--exact"),
    ],
)
def test_what_is_refused(
    arguments: str, code: int, message: str, run: Run, folder: Path, served: Path
) -> None:
    there = {path.name: path for path in folder.iterdir()} | {"MODEL": folder / "model.e2v"}
    result = run("recommend", *(there.get(word, word) for word in arguments.split()), check=False)
    assert (result.code, result.stdout) == (code, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_histories_that_cannot_be_read(run: Run, folder: Path) -> None:
    write_corpus(folder / "nameless.e2v", HISTORIES.values())
    features = folder / "features.tsv"
    features.write_text("user\tage\nann\t3\n")
    for told, message in (
        ((folder / "model.e2v", folder / "nameless.e2v"), "nameless.e2v"),
        ((folder / "model.e2v", "-"), "empty"),
        ((folder / "vectors.e2v", folder / "histories.e2v"), "vectors.e2v"),
        ((folder / "model.e2v", folder / "histories.e2v", "--user-features", features), "takes no features"),
    ):
        result = run("users", *told, check=False)
        assert result.code in (1, 2)
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
    refused = run("index", folder / "nodes.e2v", check=False)
    assert (refused.code, "no output vectors" in refused.stderr) == (1, True)
    refused = run("index", folder / "model.e2v", "--ef", "9", check=False)
    assert (refused.code, "--ef applies to --type hnsw only" in refused.stderr) == (2, True)


def test_extremes(run: Run, tmp_path: Path) -> None:
    """One item, one user, and a history of 50,000 items."""
    write_model(tmp_path / "one.e2v", ["a"], INPUT[:1], OUTPUT[:1])
    found = run("recommend", "-m", "one.e2v", "a")
    assert (found.stdout, "who have every item: 1 of 1" in found.stderr) == ("a\t\t\n", True)
    rng = np.random.default_rng(8)
    keys = [str(number) for number in range(50_010)]
    write_model(tmp_path / "many.e2v", keys, *rng.normal(size=(2, len(keys), 4)))
    run("users", "many.e2v", "-", stdin=f"u {' '.join(keys[:50_000])}\n")
    run("index", "many.e2v")
    found = run("recommend", "--users", "users.e2v", "--index", "items.e2v", "--for", "u", "-n", "20")
    assert sorted(int(key) for key, _ in answers(found.stdout)) == list(range(50_000, 50_010))
