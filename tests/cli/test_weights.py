"""Weights of events from the log to the models, by the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.corpus.artifact import open_corpus
from e2v.errors import UsageError
from e2v.store import open_artifact
from tests.commands import command_line
from tests.conftest import Run

LOG = """\
user,item,n,day
a,x,1,2024-01-01
a,y,0,2024-01-02
a,z,"1,016.50",2024-01-03
b,x,2.5,2024-01-04
b,x,many,2024-01-05
b,z,,2024-01-06
b,x,1,2024-01-07
c,z,1e39,2024-01-08
c,z,.25,2024-01-09
c,y,4,2024-01-10
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def weights(path: str = "corpus.e2v") -> dict[tuple[str, str], list[float]]:
    """Of each user's items."""
    corpus, found = open_corpus(path), {}
    for row, name in enumerate(corpus.names):
        for place in range(corpus.offsets[row], corpus.offsets[row + 1]):
            key = name, corpus.keys[corpus.tokens[place]]
            found.setdefault(key, []).append(float(corpus.weights()[place]))
    return found


def test_bad_weights_are_faults_and_those_of_a_set_add_up(run: Run) -> None:
    result = run("events", "-", "--weight", "n", stdin=LOG)
    assert weights() == {
        ("a", "x"): [1], ("a", "z"): [1016.5], ("b", "x"): [3.5], ("c", "z"): [0.25], ("c", "y"): [4]
    }  # fmt: skip
    for line, what in (
        (3, "n is '0', and no weight: above 0, below 3e38"),
        (6, "n is 'many', no number"),
        (7, "n is missing"),
        (9, "n is '1e39', and no weight"),
    ):
        assert f"line {line}: {what}" in result.stderr
    assert "weights: from 0.25 to 1,016.5, 205.1 on average" in result.stderr
    assert "array.weights\tfloat32 5" in run("info", "corpus.e2v").stdout
    assert "made.settings.weight\tn" in run("info", "corpus.e2v").stdout
    assert "weights\tok" in run("verify", "corpus.e2v").stdout


def test_the_first_bad_line_is_named_and_the_commonest_kind(run: Run) -> None:
    rows = [f"u{n},i{n},{weight}" for n, weight in enumerate(["1", "-2", "NaN", "null", "2"])]
    (Path("bad.csv")).write_text("user,item,n\n" + "\n".join(rows))
    result = run("events", "bad.csv", "--weight", "n", check=False)
    assert result.code == 1
    assert "bad.csv: 3 of 5 lines cannot be read; bad.csv, line 3: n is '-2', and no weight" in result.stderr
    assert (
        "below 3e38; bad.csv, line 4: n is 'NaN', which stands for a missing value (2 like" in result.stderr
    )


def test_each_item_of_a_cell_has_the_weight_of_its_row() -> None:
    Path("log.csv").write_text("user,item,n\na,x;y;z,3\nb,x;y,1\n")
    command_line("events log.csv --weight n --item-separator ;")
    assert weights()["a", "y"] == [3] and weights()["b", "x"] == [1]


def test_low_ratings_are_left_out_and_no_faults(run: Run) -> None:
    rated = "--rating", "n", "--min-rating", "1", "--max-unreadable", "1"
    result = run("events", "-", "--time", "day", "--weight", "n", *rated, stdin=LOG)
    assert weights()["b", "x"] == [2.5, 1] and ("c", "z") not in weights()
    assert "left out: 3 lines that cannot be read, 2 events rated below 1" in result.stderr


def test_weights_follow_the_order_of_time_and_the_cut(run: Run) -> None:
    rows = [f"u{user},i{item},{1 + user + item / 8},{9 - item}" for user in range(4) for item in range(5)]
    run("events", "-", "--time", "t", "--weight", "n", stdin="user,item,n,t\n" + "\n".join(rows))
    expected = {(f"u{u}", f"i{i}"): [1 + u + i / 8] for u in range(4) for i in range(5)}
    assert weights() == expected
    assert open_corpus("corpus.e2v").weights()[:5].tolist() == [1.5, 1.375, 1.25, 1.125, 1]
    run("split", "corpus.e2v", "-o", "train.e2v", "--held-out", "test.txt")
    assert weights("train.e2v") == {key: value for key, value in expected.items() if key[1] != "i0"}


@pytest.fixture
def histories(tmp_path: Path) -> None:
    """The same log in order: without weights, with equal ones, and with ones that differ."""
    rng = np.random.default_rng(3)
    log, day = ["user,item,same,other,day"], 0
    for user in range(40):
        for item in rng.permutation(12)[:6] + user % 2 * 6:
            day += 1
            log.append(f"u{user},i{item},2.5,{1 + 9 * (item % 3 == 0)},{day}")
    (tmp_path / "log.csv").write_text("\n".join(log))
    for name, options in (("none", ""), ("same", "--weight same"), ("other", "--weight other")):
        command_line(f"events log.csv --time day {options} -o {name}.e2v")


LEARNERS = {
    "svd": "svd {} --dim 4",
    "tower": "tower {} --dim 8 --epochs 2 --threads 1",
    "tower of sets": "tower {} --dim 8 --epochs 2 --threads 1 --examples held-out",
    "train": "train {} --context set --dim 8 --epochs 2 --threads 1 --sample 0",
    "train, exact": "train {} --context set --loss softmax --dim 8 --epochs 2 --threads 1",
}


@pytest.mark.usefixtures("histories")
@pytest.mark.parametrize("line", LEARNERS.values(), ids=list(LEARNERS))
def test_equal_weights_are_none_and_others_matter(line: str) -> None:
    found = {}
    for name, options in (("none", ""), ("same", ""), ("other", ""), ("none", "--half-life 20")):
        command_line(f"{line.format(name + '.e2v')} {options} -o {name}{len(options)}.model")
        found[name + options] = open_artifact(f"{name}{len(options)}.model").arrays["output"].copy()
    assert (found["none"] == found["same"]).all()
    for weighted in ("other", "none--half-life 20"):
        assert np.abs(found["none"] - found[weighted]).max() > 1e-4


@pytest.mark.usefixtures("histories")
def test_heavy_items_get_higher_biases() -> None:
    biases = {}
    for name in ("none", "other"):
        command_line(f"tower {name}.e2v --dim 8 --epochs 4 --threads 1 --validation 0 -o t.e2v")
        model = open_artifact("t.e2v")
        heavy = np.array([int(key[1:]) % 3 == 0 for key in model.keys])
        biases[name] = model.arrays["bias"][heavy].mean() - model.arrays["bias"][~heavy].mean()
    assert biases["other"] > biases["none"] + 0.1


def test_a_half_life_is_recorded_with_its_unit_and_gone_on_with(run: Run) -> None:
    run("events", "-", "--time", "day", stdin=LOG)
    quick = "--context set --dim 4 --epochs 1 --threads 1 --sample 0"
    with pytest.raises(UsageError, match="30: of what"):
        command_line(f"train corpus.e2v {quick} --half-life 30")
    command_line(f"train corpus.e2v {quick} --half-life 1.5d -o m.e2v")
    assert open_artifact("m.e2v").made.inner("settings")["half_life"] == "1.5d"
    command_line("train corpus.e2v --update m.e2v --epochs 1 --threads 1 --sample 0 -o again.e2v")
    assert open_artifact("again.e2v").made.inner("settings")["half_life"] == "1.5d"
    with pytest.raises(UsageError, match="30: of what"):
        e2v.svd("corpus.e2v", half_life=30)


@pytest.mark.usefixtures("histories")
def test_weights_do_not_count_with_windows(run: Run) -> None:
    quick = "--dim", "4", "--epochs", "1", "--threads", "1"
    told = run("train", "other.e2v", "--context", "window", *quick).stderr
    assert "other.e2v: events have weights, which do not count with windows" in told
    result = run("train", "none.e2v", "--context", "window", "--half-life", "3d", *quick, check=False)
    assert result.code == 2 and "--half-life applies to --context set only" in result.stderr
