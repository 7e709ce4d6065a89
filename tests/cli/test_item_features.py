"""Items known by their features, through the real command line: those that nobody has had, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import e2v
from e2v.errors import UsageError
from e2v.store import open_artifact
from tests.builders import write_tastes
from tests.cli.conftest import Typed
from tests.conftest import Run

ITEMS = "id,kind\n" + "".join(f"{n},{'low' if n < 15 else 'high'}\n" for n in range(30))
TABLE = "items.csv:id:kind"
NEW = "new low,low\nnew high,high\n"
TOWER = "tower corpus.e2v --dim 8 --epochs 10 --batch 16 --lr 0.2 --threads 1 --seed 3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, forking: object) -> Path:
    """corpus.e2v, items.csv and tower.e2v, of both."""
    folder = tmp_path_factory.mktemp("features")
    write_tastes(folder / "corpus.e2v")
    (folder / "items.csv").write_text(ITEMS + NEW)
    run = forking.run  # type: ignore[attr-defined]
    made = run("e2v", f"{TOWER} --item-features items.csv --progress json".split(), folder, b"", 600, {})
    assert made.code == 0, made.stderr
    (folder / "said.txt").write_text(made.stderr)
    return folder


def keys(stdout: str) -> list[str]:
    return [line.split("\t")[1] for line in stdout.splitlines()]


def test_what_is_known_is_said_and_kept(run: Run, folder: Path) -> None:
    said = (folder / "said.txt").read_text()
    assert "items.csv: kind: 2 categories" in said and "items.csv: 2 items that nobody has had yet" in said
    summary = json.loads(said.splitlines()[-1])
    assert (summary["keys"], summary["new_items"], summary["attributes"]) == (32, 2, 2)
    told = json.loads(run("info", folder / "tower.e2v", "--format", "json").stdout)
    assert told["array.new"] == "uint8 32" and told["made.item_features.name"] == "items.csv"
    assert told["new_items"] == 2


def test_what_nobody_has_had_is_among_the_keys(run: Run, folder: Path) -> None:
    model = folder / "tower.e2v"
    near = keys(run("similar", "new low", "-m", model, "-n", "10").stdout)
    assert sum(key == "new low" or int(key) < 15 for key in near if key != "new high") >= 6
    assert run("keys", model, "--format", "tsv").stdout.splitlines()[-1].split("\t")[:2] == ["new high", "0"]
    assert '"new low"' in run("export", model, "--to", "jsonl", "-o", "-").stdout


def test_recommending(run: Run, folder: Path, tmp_path: Path) -> None:
    model, corpus = folder / "tower.e2v", folder / "corpus.e2v"
    asked = ["recommend", "-m", model, "--corpus", corpus, "--for", "u0", "-n", "40"]
    plain, also, only = (keys(run(*asked, "--new-items", which).stdout) for which in ("none", "also", "only"))
    assert keys(run(*asked).stdout) == plain and not {"new low", "new high"} & {*plain}
    assert only == ["new low", "new high"]
    assert [key for key in also if key not in only] == plain and {*only} < {*also}
    run("index", model)
    run("users", model, corpus)
    served = ["recommend", "--users", "users.e2v", "--index", "items.e2v", "--for", "u1", "-n", "40"]
    assert keys(run(*served, "--new-items", "only").stdout) == ["new high", "new low"]
    assert not {*only} & {*keys(run(*served).stdout)}
    nobody = ["recommend", "-m", model, "unheard of", "--oov", "null", "-n", "32"]
    assert not {*only} & {*keys(run(*nobody).stdout)}


def test_new_items_are_taken_to_be_as_common_as_others(run: Run, folder: Path, tmp_path: Path) -> None:
    model, corpus = folder / "tower.e2v", folder / "corpus.e2v"
    asked = ["recommend", "-m", model, "--corpus", corpus, "--for", "u0", "-n", "2", "--new-items", "also"]
    assert keys(run(*asked, "--popularity-penalty", "10").stdout) != ["new low", "new high"]


def test_filters_that_leave_only_what_is_hidden(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new low\n")
    (tmp_path / "known").write_text("3\n")
    asked = ["recommend", "-m", folder / "tower.e2v", "--corpus", folder / "corpus.e2v", "--for", "u0"]
    for options, reason in (
        (["--only", "new"], "new: only items are left that nobody has had"),
        (["--only", "known", "--new-items", "only"], "known: only items are left that somebody has had"),
    ):
        done = run(*asked, *options, check=False)
        assert (done.code, done.stdout) == (1, "")
        assert done.stderr == f"e2v: {reason}; --new-items also recommends them\n"
    with pytest.raises(UsageError, match="only items are left that nobody has had; new_items also"):
        recommender = e2v.recommender(folder / "tower.e2v", corpus=folder / "corpus.e2v")
        recommender.recommend("u0", only=["new low"])


def test_an_index_with_a_graph_hides_them_too(run: Run, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    run("index", folder / "tower.e2v", "--type", "hnsw", "--threads", "1")
    run("users", folder / "tower.e2v", folder / "corpus.e2v")
    asked = ["recommend", "--users", "users.e2v", "--index", "items.e2v", "--for", "u0", "-n", "2"]
    for which in ("none", "also", "only"):
        graph = run(*asked, "--new-items", which).stdout
        assert graph == run(*asked, "--new-items", which, "--exact").stdout


def test_ranking_counts_them_if_they_are_asked_for(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "held.tsv").write_text("u0\tnew low\nu1\tnew high\nu2\tnew low\n")
    asked = ["eval", folder / "tower.e2v", "--ranking", "held.tsv", "--corpus", folder / "corpus.e2v"]
    hits = {}
    for which in ("none", "only"):
        rows = run(*asked, "-n", "1", "--new-items", which).stdout.splitlines()
        hits[which] = next(float(row.split("\t")[2]) for row in rows if row.startswith("hr"))
    assert hits == {"none": 0, "only": 1}


@pytest.mark.parametrize(
    ("line", "code", "complaint"),
    [
        (f"{TOWER} --item-features nowhere.csv", 1, "nowhere.csv"),
        (f"{TOWER} --item-features items.csv:id:sort", 1, "has no column 'sort'"),
        (f"{TOWER} --item-features items.csv -o items.csv", 2, "items.csv"),
        (f"{TOWER} --item-features others.csv", 1, "others.csv has none of the 30 items"),
        ("recommend -m plain.e2v 3 --new-items only", 1, "knows no items but those that somebody has had"),
        ("recommend -m plain.e2v 3 --new-items some", 2, "must be one of none, also, only"),
        ("recommend --baseline item-knn --corpus corpus.e2v --for u1 --new-items also", 2, "--new-items"),
    ],
)
def test_what_does_not_fit_is_one_line(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, code: int, complaint: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "others.csv").write_text("id,kind\nx,low\ny,low\n")
    if not (folder / "plain.e2v").exists():
        typed("svd corpus.e2v --dim 4 -o plain.e2v")
    result = typed(line)
    assert result.code == code, result.stderr
    (said,) = [each for each in result.stderr.splitlines() if complaint in each]
    assert said.startswith("e2v: ") and result.stdout == ""


def test_both_doors_make_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    chosen = {"dim": 8, "epochs": 10, "batch": 16, "lr": 0.2, "threads": 1, "seed": 3}
    made = e2v.tower("corpus.e2v", tmp_path / "tower.e2v", item_features="items.csv", **chosen)
    assert made.path.read_bytes() == (folder / "tower.e2v").read_bytes()
    asked = e2v.recommender(made, corpus="corpus.e2v", new_items="only")
    assert [each.key for each in asked.recommend("u1", n=1)] == ["new high"]
    assert open_artifact(made.path).made.inner("item_features").text("name") == "items.csv"


def test_made_again_only_if_the_table_has_changed(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_tastes(tmp_path / "corpus.e2v")
    Path("items.csv").write_text(ITEMS + NEW)
    again = "tower corpus.e2v --dim 4 --epochs 1 --item-features items.csv --if-changed"
    assert "a user tower" in typed(again).stderr
    assert "unchanged" in typed(again).stderr
    assert "a user tower" in typed(again.replace("items.csv", "items.csv:id:kind")).stderr
    Path("items.csv").write_text(ITEMS)
    assert "a user tower" in typed(again).stderr


@pytest.mark.parametrize(
    ("command", "door"),
    [
        (
            "svd corpus.e2v --dim 4 --threads 1",
            lambda to: e2v.svd("corpus.e2v", to, dim=4, item_features=TABLE),
        ),
        (
            "train corpus.e2v --dim 4 --epochs 2 --threads 1",
            lambda to: e2v.train("corpus.e2v", to, dim=4, epochs=2, threads=1, item_features=TABLE),
        ),
    ],
)
def test_the_other_methods_know_them_too(
    typed: Typed, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, door: object
) -> None:
    monkeypatch.chdir(folder)
    assert typed(f"{command} --item-features {TABLE} -o {tmp_path}/m.e2v").code == 0
    door(tmp_path / "again.e2v")  # type: ignore[operator]
    assert (tmp_path / "again.e2v").read_bytes() == (tmp_path / "m.e2v").read_bytes()
    only = typed(f"recommend -m {tmp_path}/m.e2v 3 --new-items only -n 40").stdout
    assert sorted(keys(only)) == ["new high", "new low"]
    update = typed(f"train corpus.e2v --update {tmp_path}/m.e2v -o x.e2v")
    assert update.code == 1 and "make it anew" in update.stderr


@pytest.mark.parametrize(
    "option", ["--context window", "--loss softmax --context set", "--subword 3:4 --context set"]
)
def test_features_are_for_sets(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.chdir(folder)
    refused = typed(f"train corpus.e2v {option} --item-features items.csv -o x.e2v")
    assert refused.code == 2 and "--item-features" in refused.stderr
    assert option.split(maxsplit=1)[0] in refused.stderr
