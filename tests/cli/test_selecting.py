"""What may be recommended, or be similar: lists, categories, stock; by the command line, Python and HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.vectors.settings import SelectionSettings
from tests.builders import write_corpus, write_model
from tests.cli.conftest import Typed

N, DIM = 24, 5
KEYS = [f"i{row}" for row in range(N)]
TITLES = [f"Film {row // 2}" for row in range(N)]  # two of each
GENRES = ["Drama", "Comedy|Drama", "War"]
INPUT, OUTPUT = np.random.default_rng(9).normal(size=(2, N, DIM)).astype(np.float32)
HISTORIES = {"ann": ["i1", "i2"], "bob": ["i4", "i2", "i4"], "all": KEYS}
TABLE = "--categories genres.csv:id:genre"

Asked = Callable[[str], list[tuple[str, str | None]]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_model(Path("model.e2v"), KEYS, INPUT, OUTPUT, titles=TITLES)
    write_corpus(Path("corpus.e2v"), HISTORIES.values(), HISTORIES)
    genres = [f"{key},{GENRES[row % 3]}" for row, key in enumerate(KEYS) if row != 6]
    Path("genres.csv").write_text("\n".join(["id,genre", *genres, "elsewhere,Opera"]))
    Path("few").write_text("i3\ni5\nFilm 4\nabsent\n")
    Path("stock.csv").write_text('sku;qty\ni7;3\ni9;0\ni11;"1.016,50"\ni7;-3\ni13;\ni15;2\n')
    return tmp_path


@pytest.fixture
def asked(folder: Path, typed: Typed) -> Asked:
    """What a question is answered with: question and key."""

    def rows(line: str) -> list[tuple[str, str | None]]:
        done = typed(f"{line} --format json")
        assert done.code == 0, done.stderr
        found = map(json.loads, done.stdout.splitlines())
        return [(row["query"], row["key"]) for row in found]

    return rows


def best(user: str, may_be: set[int], n: int) -> list[tuple[str, str]]:
    history = [KEYS.index(item) for item in HISTORIES[user]]
    scores = OUTPUT @ INPUT[history].mean(axis=0)
    order = [row for row in np.argsort(-scores).tolist() if row in may_be - set(history)]
    return [(user, KEYS[row]) for row in order[:n]]


RECOMMEND = "recommend -m model.e2v --corpus corpus.e2v"
EVERY = set(range(N))
DRAMA = {row for row in EVERY if row % 3 < 2 and row != 6}


@pytest.mark.parametrize(
    ("options", "may_be"),
    [
        ("--only few", {3, 5, 8, 9}),
        ("--not few", EVERY - {3, 5, 8, 9}),
        (f"--only Drama {TABLE}", DRAMA),
        (f"--only few --only War {TABLE}", {3, 5, 8, 9} | {row for row in EVERY if row % 3 == 2}),
        (f"--only Drama --not Comedy {TABLE}", {row for row in DRAMA if row % 3 == 0}),
        (f"--only Drama --not few {TABLE}", DRAMA - {3, 5, 8, 9}),
        ("--in-stock stock.csv:sku:qty", {11, 15}),
        (f"--in-stock few --not War {TABLE}", {3, 9}),
    ],
)
def test_what_may_be_recommended(options: str, may_be: set[int], asked: Asked) -> None:
    assert asked(f"{RECOMMEND} --for ann --for bob -n 3 {options}") == [
        *best("ann", may_be, 3),
        *best("bob", may_be, 3),
    ]


def test_what_may_be_similar(asked: Asked) -> None:
    ranking = [key for _, key in asked(f"similar i0 -n {N}")]
    assert len(ranking) == N - 1
    of_drama = [key for key in ranking if key and KEYS.index(key) in DRAMA]
    assert [key for _, key in asked(f"similar i0 -n 4 --only Drama {TABLE}")] == of_drama[:4]
    assert [key for _, key in asked("similar i0 -n 4 --csls .3 --in-stock stock.csv:sku:qty")] in (
        ["i11", "i15"],
        ["i15", "i11"],
    )
    first = next(key for key in ranking if key and KEYS.index(key) % 3 == 2)
    uncounted = [key for key in ranking if key == "i6"]
    found = [key for _, key in asked(f"similar i0 -n 9 --per-category 1 {TABLE}")]
    assert {first, *uncounted} < set(found) and len(found) == 3
    for csls in ("", "--csls .3"):  # the last is unlike those before it, and nobody is lacking
        mixed = asked(f"similar i0 -n 23 --diversity .6 {csls}")
        assert mixed[0] == asked(f"similar i0 -n 1 {csls}")[0] and len({*mixed}) == N - 1
    every = asked("similar --all --only few -n 2")
    assert {key for _, key in every} == {"i3", "i5", "i8", "i9"} and len(every) == 2 * N


def test_what_a_file_has_is_told(folder: Path, typed: Typed) -> None:
    told = typed(f"{RECOMMEND} --for ann --only few --in-stock stock.csv:sku:qty --not few").stderr
    assert told.endswith("e2v: no key is left that may be an answer; look at --only, --not and --in-stock\n")
    assert typed(f"{RECOMMEND} --for ann --not few").stderr == (
        "e2v: few: 1 of 4 keys that the model does not know, such as absent\n"
    )
    assert typed(f"{RECOMMEND} --for ann --in-stock stock.csv:sku:qty").stderr == (
        "e2v: stock.csv: no quantity of 1 key, such as i13: not in stock\n"
    )
    Path("none").write_text("x1\nx2\n")
    Path("other.csv").write_text("id,genre\nx,War\n")
    Path("odd.csv").write_text("sku,qty\ni7,many\n")
    Path("gone.csv").write_text("sku,qty\ni7,0\ni8,0\n")
    Path("long").write_text("y" * 50 + "\n")
    for options, code, message in (
        ("--only none", 1, "none has none of the 24 keys that may be answers; they are such as i0, and"),
        ("--only long", 1, f"may be answers; they are such as i0, and it has {'y' * 39}…\n"),
        ("--only ''", 1, "the name of a file is empty; name one"),
        (
            "--in-stock gone.csv:sku:qty",
            1,
            "gone.csv that may be answers (2) all have quantity 0; look at its column",
        ),
        ("--only Drma", 1, "Drma: no such file; for categories name a table: --categories"),
        (f"--only Drma {TABLE}", 1, "Drma is neither a file nor a category of genres.csv; did you mean Dra"),
        ("--per-category 2", 2, "--per-category applies to a run with --categories only"),
        ("--in-stock odd.csv:sku:qty", 1, "odd.csv, line 2: qty is 'many', no number"),
        ("--only - --not -", 2, "stdin is read once, and - is given twice"),
        ("--diversity 2", 2, "--diversity must be between 0 and 1, not 2"),
        (
            "--categories other.csv:id:genre",
            1,
            "other.csv has a category for none of the 24 keys; its column id",
        ),
    ):
        done = typed(f"{RECOMMEND} --for ann {options}")
        assert (done.code, done.stdout) == (code, ""), options
        assert message in done.stderr and done.stderr.count("\n") == 1, done.stderr
    for line in (f"{RECOMMEND} - --only -", "similar - --only -"):
        assert "questions come from stdin already; name a file" in typed(line).stderr
    refused = typed("recommend --baseline popularity --corpus corpus.e2v --for ann --diversity .2")
    assert (refused.code, "--diversity needs vectors of items" in refused.stderr) == (2, True)


def test_everybody_has_a_row_whatever_may_be_an_answer(asked: Asked, typed: Typed) -> None:
    rows = asked(f"{RECOMMEND} --all -n 2 --only few")
    assert rows == [*best("ann", {3, 5, 8, 9}, 2), *best("bob", {3, 5, 8, 9}, 2), ("all", None)]
    told = typed(f"{RECOMMEND} --all -n 2 --only few").stderr
    assert "of users who have every item that may be an answer: 1 of 3" in told
    assert "of users who have every item: 1 of 3" in typed(f"{RECOMMEND} --all -n 2").stderr


def test_a_user_who_has_all_that_may_be_an_answer_has_a_row_however_asked(asked: Asked, folder: Path) -> None:
    Path("one").write_text("i1\n")
    assert asked(f"{RECOMMEND} --for ann --for bob --only one") == [("ann", None), ("bob", "i1")]
    assert asked(f"{RECOMMEND} --for ann --for bob --only one --oov skip") == [("bob", "i1")]


def test_an_encoding_is_told_once_and_no_option_named_that_there_is_not(folder: Path, typed: Typed) -> None:
    Path("latin.csv").write_bytes("id,genre\ni1,Comédie\ni2,Comédie\n".encode("latin-1"))
    told = typed(f"{RECOMMEND} --for bob --categories latin.csv:id:genre").stderr
    assert told == "e2v: latin.csv: read as Latin-1\n"


def test_nobody_gets_what_is_popular(asked: Asked, typed: Typed) -> None:
    """Counts fall with the rows."""
    assert asked(f"{RECOMMEND} --for '' -n 2") == [("", "i0"), ("", "i1")]
    assert asked(f"{RECOMMEND} --for '' -n 2 --only few --popularity-penalty 3") == [("", "i3"), ("", "i5")]
    assert asked(f"{RECOMMEND} --for '' --for ann -n 1") == [("", "i0"), *best("ann", EVERY, 1)]
    told = typed(f"{RECOMMEND} --for ''").stderr
    assert "of users without an item that the model knows, who get what is popular: 1 of 1" in told
    assert asked("recommend -m model.e2v --for '' -n 2") == [("", "i0"), ("", "i1")]
    assert typed("recommend -m model.e2v --for ann").code == 2


def test_python_selects_as_the_command_line_does(asked: Asked) -> None:
    genres = "genres.csv:id:genre"
    recommender = e2v.recommender("model.e2v", corpus="corpus.e2v", categories=genres)
    model = e2v.load("model.e2v", categories=genres)
    for options, keywords in (
        (f"--only Drama {TABLE} --not few", {"only": "Drama", "not_": ["i3", "i5", "Film 4"]}),
        ("--in-stock few", {"in_stock": ["i3", "i5", "i8", "i9", "absent"]}),
        (f"--per-category 2 {TABLE}", {"per_category": 2}),
        ("--diversity .5", {"diversity": 0.5}),
    ):
        found = [one.key for one in recommender.recommend("ann", n=4, **keywords)]
        assert found == [key for _, key in asked(f"{RECOMMEND} --for ann -n 4 {options}")]
        near = [one.key for one in model.similar("i0", n=4, **keywords)]
        assert near == [key for _, key in asked(f"similar i0 -n 4 {options}")]
    rarer = asked(f"{RECOMMEND} --all -n 2 --popularity-penalty 1")
    everybody = dict(recommender.recommend_all(n=2, popularity_penalty=1))
    assert [(user, one.key) for user, found in everybody.items() for one in found] == rarer[:-1]
    assert everybody["all"] == []
    few = dict(model.all_similar(n=1, only=iter(["i3", "i5"])))
    assert few["i3"][0].key == "i5"
    with pytest.raises(e2v.E2VError, match="no key is left that may be an answer"):
        recommender.recommend("ann", only=[])
    with pytest.raises(e2v.E2VError, match="per_category needs categories"):
        e2v.recommender("model.e2v", corpus="corpus.e2v").recommend("ann", per_category=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'onyl'"):
        model.similar("i0", onyl=["i3"])


def test_requests_narrow_what_the_server_gives(asked: Asked) -> None:
    pytest.importorskip("starlette", reason="needs the [serve] extra")
    from e2v.inputs.columns import KeyedColumn
    from tests.service.serving import serving

    selected = SelectionSettings(categories=KeyedColumn.parse("genres.csv:id:genre"), not_=("few",))
    given = f"--not few {TABLE}"
    with serving(Path("model.e2v"), {"corpus": Path("corpus.e2v")}, selected=selected) as client:

        def keys(path: str, **query: object) -> list[str]:
            status, answer = client.get(f"/{path}", **query)
            assert status == 200, answer
            return [each["key"] for each in answer["answers"]]

        def ann(options: str, n: int = 4) -> list[str | None]:
            return [key for _, key in asked(f"{RECOMMEND} --for ann -n {n} {given} {options}")]

        assert keys("recommend", user="ann", n=4) == ann("")
        assert keys("recommend", user="ann", n=4, only="Drama") == ann("--only Drama")
        assert keys("recommend", user="ann", n=4, only=["i0", "i3", "Film 5"]) == [
            key for key in ann("", 24) if key in ("i0", "i10", "i11")
        ]
        assert (
            keys("recommend", user="ann", n=4, **{"not": "War", "in_stock": KEYS[:12]})
            == [key for key in ann("--not War", 24) if key in KEYS[:12]][:4]
        )
        assert keys("recommend", user="ann", n=4, per_category=1) == ann("--per-category 1")
        assert keys("recommend", user="ann", n=4, diversity=0.4, popularity_penalty=0.5) == ann(
            "--diversity .4 --popularity-penalty .5"
        )
        assert keys("recommend", user="", n=1) == ["i0"]  # what is popular
        assert keys("similar", keys="i0", n=4, only="Drama") == [
            key for _, key in asked(f"similar i0 -n 4 {given} --only Drama")
        ]
        body = {"questions": [{"user": "ann"}, {"user": "bob"}], "n": 2, "only": ["Drama"], "not": [3]}
        status, answer = client.post("/recommend", body)
        assert status == 200 and [len(each["answers"]) for each in answer["results"]] == [2, 2]
        for query, message in (
            ({"only": "nothing"}, "no key is left that may be an answer"),
            ({"diversity": 7}, "diversity must be between 0 and 1"),
            ({"per_category": "x"}, "per_category must be a whole number"),
        ):
            status, answer = client.get("/recommend", user="ann", **query)
            assert status == 422 and message in answer["error"]
