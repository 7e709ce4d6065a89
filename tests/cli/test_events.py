"""`e2v events`, and what is made of its corpora, as processes."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from e2v.corpus.artifact import open_corpus
from e2v.store import open_artifact
from tests.conftest import Run
from tests.data import data_path

RATINGS = "who,what,when,stars\n1,10,3,5\n1,20,1,4\n2,10,2,2\n2,20,1,4\nx\n,10,1,5\n2,30,4,5\n"
TITLES = 'id,name\n10,Up (2009)\n20,"Heat, again"\n'
COLUMNS = ("--user", "who", "--item", "what")


def test_a_log_from_a_pipe_to_a_corpus(run: Run, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text(TITLES)
    options = ("--time", "when", "--rating", "stars", "--min-rating", "4", "--titles", "titles.csv:id:name")
    stdin = gzip.compress(RATINGS.encode())
    result = run("events", "-", *COLUMNS, *options, "--progress", "bar", stdin=stdin)
    assert result.stdout == ""
    assert result.stderr.splitlines()[1:-1] == [
        "e2v: stdin, line 6: 1 field, not 4",
        "e2v: stdin, line 7: who is missing",
        "corpus.e2v: 4 events of 2 users with 3 items, in order",
        "left out: 2 lines that cannot be read, 1 event rated below 4",
        "titles: 2 of 3 items have one",
    ]
    corpus = open_corpus(tmp_path / "corpus.e2v")
    assert corpus.names is not None and corpus.titles is not None
    assert list(corpus.names) == ["1", "2"]
    assert list(corpus.titles) == ["Heat, again", "Up (2009)", ""]
    assert [corpus.keys[token] for token in corpus.tokens] == ["20", "10", "20", "30"]
    assert corpus.provenance["ordered"] is True


def test_a_header_tells_the_columns(run: Run, tmp_path: Path) -> None:
    log = "userId,movieId,timestamp\n1,10,2\n1,20,1\n"
    result = run("events", "-", stdin=log)
    assert result.stderr.splitlines()[0] == (
        "e2v: stdin: read as CSV; users in column userId, items in movieId; "
        "--time timestamp would put them in order"
    )
    corpus = open_corpus(tmp_path / "corpus.e2v")
    assert corpus.provenance["ordered"] is False
    run("events", "-", "--user", "userId", "--item", "movieId", "-o", "c", stdin=log)
    assert open_artifact(tmp_path / "c").digest == corpus.digest
    ordered = run("events", "-", "--time", "timestamp", stdin=log)
    assert ordered.stderr.splitlines()[0] == (
        "e2v: stdin: read as CSV; users in column userId, items in movieId"
    )


def test_the_summary_as_json(run: Run) -> None:
    line = run("events", "-", *COLUMNS, "--progress", "json", stdin=RATINGS).stderr.splitlines()[-1]
    facts = json.loads(line)
    assert facts["ordered"] is False
    assert (facts["events_kept"], facts["users_kept"], facts["items_kept"], facts["unreadable"]) == (
        5,
        2,
        3,
        2,
    )


def test_a_line_for_each_user(run: Run, tmp_path: Path) -> None:
    run("events", "-", "--layout", "user-items", "-o", "c.e2v", stdin="u a b\nv b\n")
    corpus = open_corpus(tmp_path / "c.e2v")
    assert corpus.names is not None and list(corpus.names) == ["u", "v"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (
            (),
            2,
            "hold users and items? it has who, what, when, stars; name them, as in --user",
        ),
        (("--user", "who"), 2, "which columns of stdin hold users and items? it has who, what, when"),
        (("--user", "who", "--item", "who"), 2, "--user and --item are both column who; name the two"),
        ((*COLUMNS, "--titles", "x"), 2, "'x' names no columns of a table; write FILE:KEY:COLUMN"),
        ((*COLUMNS, "--titles", "x:a:b"), 1, "x: no such file"),
        ((*COLUMNS, "--strict"), 1, "stdin, line 6: 1 field, not 4"),
        (
            ("--user", "who", "--item", "movie"),
            1,
            "stdin has no column 'movie'; there are who,",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    run: Run, tmp_path: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    result = run("events", "-", *options, stdin=RATINGS, check=False)
    assert result.code == code
    assert message in result.stderr.splitlines()[-1]
    assert result.stderr.count("\n") == 1 + ("--strict" in options)  # and what the table is read as
    assert list(tmp_path.iterdir()) == []


def test_models_know_what_their_items_are_called(run: Run, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text(TITLES)
    log = "".join(f"u{user} {10 * (1 + user % 3)} {10 * (1 + user // 3 % 3)}\n" for user in range(20))
    run("events", "-", "--layout", "user-items", "--titles", "titles.csv:id:name", stdin=log)
    titles = list(open_corpus(tmp_path / "corpus.e2v").titles or [])
    assert sorted(titles) == ["", "Heat, again", "Up (2009)"]
    for command in (
        "train corpus.e2v --preset items --dim 4 --epochs 1",
        "svd corpus.e2v --dim 2",
        "tower corpus.e2v --dim 2 --epochs 1",
    ):
        run(*command.split(), "-o", "model.e2v")
        assert list(open_artifact(tmp_path / "model.e2v").keys_of("labels")) == titles


def test_a_basket_of_50_000_items(run: Run, tmp_path: Path) -> None:
    baskets = " ".join(f"i{number}" for number in range(50_000)) + "\n" + "i1 i2\ni1 i2 i3\n" * 20
    run("events", "-", "--layout", "baskets", stdin=baskets)
    run("train", "corpus.e2v", "--context", "set", "--preset", "items", "--dim", "4", "--epochs", "1")
    assert len(run("similar", "i2", "-n", "3").stdout.splitlines()) == 3
    run("tower", "corpus.e2v", "--dim", "4", "--epochs", "1", "-o", "tower.e2v")
    assert open_artifact(tmp_path / "tower.e2v").arrays["output"].shape == (50_000, 4)


def test_one_user_is_enough(run: Run) -> None:
    run("events", "-", "--layout", "user-items", stdin="u a b c d\n")
    run("train", "corpus.e2v", "--context", "set", "--preset", "items", "--dim", "2")
    assert len(run("similar", "a").stdout.splitlines()) == 3
    run("tower", "corpus.e2v", "--dim", "2", "--epochs", "1")
    told = run("split", "corpus.e2v", "--by", "random", "-o", "a", "--held-out", "b").stderr
    assert told.splitlines()[0] == "a: 3 items kept; 1 item of 1 user held out in b"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train corpus.e2v --context set --preset items", "a vocabulary of 1 has nothing to tell apart"),
        ("tower corpus.e2v", "nobody has two different items, so there is nothing to predict"),
        ("split corpus.e2v --by random -o a --held-out b", "a user needs two different items"),
    ],
)
def test_one_item_is_too_few(run: Run, tmp_path: Path, command: str, message: str) -> None:
    run("events", "-", "--layout", "user-items", stdin="u a\nv a\nw a\n")
    result = run(*command.split(), check=False)
    assert result.code in (1, 2) and message in result.stderr and result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.e2v"]


def test_films_that_people_like_who_like_a_film(run: Run, tmp_path: Path) -> None:
    folder = data_path("interactions/movielens-latest-small/ratings.csv").parent
    labels = f"{folder / 'movies.csv'}:movieId:title"
    rated = ("--rating", "rating", "--min-rating", "3.5")
    run("events", folder / "ratings.csv", *rated, "--titles", labels)
    run("train", "corpus.e2v", "--context", "set", "--preset", "items", "--epochs", "12")
    asked = "Iron Man (2008)\tAvengers, The (2012)\nGone with the Wind (1939)\tAvengers, The (2012)\n"
    answers = run("similarity", "-", stdin=asked).stdout.splitlines()
    alike, unlike = (float(answer.split("\t")[2]) for answer in answers)
    assert alike > unlike + 0.3


def test_words_among_numbers_are_told_of(run: Run, tmp_path: Path) -> None:
    """A second line of names, or one of totals, would be a user like any other."""
    rows = [f"{n % 40:04d};{n * 7 % 30:04d}" for n in range(200)]

    def doubts(*lines: str) -> list[str]:
        (tmp_path / "log.csv").write_text("Kunde;Artikel\n" + "\n".join(lines) + "\n")
        said = run("events", "log.csv", "-o", "log.e2v").stderr
        return [line for line in said.splitlines() if "numbers" in line]

    (told,) = doubts("Nummer;Nummer", *rows, "Gesamt;8")
    assert told == (
        "e2v: log.csv: of 42 users in column Kunde all are numbers but 'Nummer' and 'Gesamt', of 32 items in "
        "column Artikel all are numbers but 'Nummer'; is that a line of totals, or of names?"
    )
    assert doubts(*rows) == doubts("x;1", "z;1", "v;1", *rows) == doubts("x;1", "2;3") == []


def test_ids_that_have_lost_their_zeros_are_told_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("user,item\n01,0001\n1,1\n02,a1\n2,a01\n3,0\n3,000\n10,5\n")
    said = run("events", "log.csv", "-o", "log.e2v").stderr
    assert (
        "e2v: log.csv: '01' and '1' are two users in column user, and 1 more; '0001' and '1' are two items "
        "in column item, and 1 more; have some lost the zeros in front?\n"
    ) in said
    (tmp_path / "log.csv").write_text("user,item\n01,0001\n02,a1\n3,a01\n10,5\n100,50\n")
    assert "zeros" not in run("events", "log.csv", "-o", "log.e2v").stderr


def test_lines_of_a_log_that_has_its_titles_are_told_of_once(run: Run, tmp_path: Path) -> None:
    rows = [f"u{n % 7},i{n % 5},Tee" for n in range(60)]
    (tmp_path / "log.csv").write_text("\n".join(["user,item,title", *rows, *["a,b"] * 200]) + "\n")
    said = run("events", "log.csv", "--titles", "log.csv:item:title", "--max-unreadable", "1").stderr
    assert len(set(re.findall(r"line (\d+): 2 fields", said))) == said.count("2 fields, not 3") > 0
    assert said.count("200 lines that cannot be read in all") == 1 and "400" not in said
    (tmp_path / "titles.csv").write_text("item,title\ni1,one\ni2\n")
    said = run("events", "log.csv", "--titles", "titles.csv:item:title", "--max-unreadable", "1").stderr
    assert "titles.csv, line 3: 1 field, not 2" in said
