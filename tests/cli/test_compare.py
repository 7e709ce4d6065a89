"""`e2v compare`: the same figures as the commands that it stands for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import e2v
from e2v.cli.commands.compare import _next_command
from e2v.errors import OutputError
from tests.commands import command_line

ALL = "popularity,item-knn,ease,gf-cf,svd,item2vec,tower"
LOG = "".join(
    f"u{user},i{(user % 3) * 10 + (user * 7 + k * k) % 9}\n" for user in range(60) for k in range(7)
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text("user,item\n" + LOG)
    command_line("events log.csv -o sets.e2v")
    command_line("events log.csv --ordered -o histories.e2v")
    return tmp_path


def test_every_figure_is_that_of_eval(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    command_line(f"compare sets.e2v --methods {ALL} -n 5 --threads 1 --seed 2 --keep kept --format json")
    out, said = capsys.readouterr()
    rows = {row["method"]: row for row in map(json.loads, out.splitlines())}
    assert sorted(rows) == sorted(ALL.split(","))
    ndcg = [row["ndcg"] for row in rows.values()]
    assert ndcg == sorted(ndcg, reverse=True)
    assert said.splitlines()[-2].startswith((f"{next(iter(rows))} is best: NDCG@5 ", "no clear winner: "))
    command_line("split sets.e2v --by random --seed 2 -o left.e2v --held-out held")
    command_line("svd left.e2v --dim 18 --seed 2 -o svd.e2v")
    command_line("train left.e2v --preset items --threads 1 --seed 2 -o item2vec.e2v")
    command_line("tower left.e2v --threads 1 --seed 2 -o tower.e2v")
    same = {"left.e2v": "train.e2v", "held": "test.txt", "item2vec.e2v": "item2vec.e2v"}
    for name, kept in {**same, "svd.e2v": "svd.e2v", "tower.e2v": "tower.e2v"}.items():
        assert Path(name).read_bytes() == Path("kept", kept).read_bytes(), name
    for method, row in rows.items():
        model = {"model": f"{method}.e2v"} if Path(f"{method}.e2v").exists() else {"baseline": method}
        for one in e2v.evaluate(**model, ranking="held", corpus="left.e2v", n=5):
            assert one.value == pytest.approx(row[one.name], rel=1e-5)


def test_histories_in_order_are_cut_before_their_last_item(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    before = sorted(path.name for path in folder.iterdir())
    command_line("compare histories.e2v --methods item-knn,popularity")
    out, said = capsys.readouterr()
    assert out.count("\n") == 2 and out.count("\t") == 16
    assert "ranked for 60 users what was held out, the last of each user" in said
    assert sorted(path.name for path in folder.iterdir()) == before
    command_line("compare histories.e2v --methods popularity --by random --share 0.5")
    assert "50% at random" in capsys.readouterr().err


def test_both_doors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = e2v.compare("sets.e2v", methods=["item-knn", "popularity"], n=5, seed=4)
    capsys.readouterr()
    command_line("compare sets.e2v --methods item-knn,popularity -n 5 --seed 4")
    out, said = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == [row.method for row in found.rows]
    last = said.splitlines()[-2]  # before the time
    goes_on = "; e2v recommend --baseline item-knn --corpus sets.e2v --all recommends by it"
    assert last == f"{found.verdict}{goes_on}"
    command_line(last.removeprefix(f"{found.verdict}; e2v ").removesuffix(" recommends by it"))
    assert capsys.readouterr().out.startswith("u0\t")


@pytest.mark.parametrize("method", ["svd", "item2vec", "tower"])
def test_the_next_command_makes_the_model(method: str, folder: Path) -> None:
    line = _next_command(method, Path("sets.e2v")).removesuffix(" makes it").removeprefix("e2v ")
    command_line(f"{line} --dim 2" + ("" if method == "svd" else " --epochs 1"))
    assert e2v.load(line.split()[-1]).vectors(["i0"]).shape == (1, 2)


def test_a_folder_with_files_is_left_alone(folder: Path) -> None:
    with pytest.raises(OutputError, match=r"\. is not empty; name a new or an empty folder"):
        command_line("compare sets.e2v --methods popularity --keep .")
    with pytest.raises(e2v.E2VError, match="holds sets, and a set has no last item"):
        command_line("compare sets.e2v --by last-out")


def test_ease_has_to_be_named_where_it_takes_long(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.notices._listeners", [lambda _, message: told.append(message)])
    monkeypatch.setattr("e2v.evaluation.settings.USUAL", ("ease", "popularity"))
    monkeypatch.setattr("e2v.jobs.compare.USUAL", ("ease", "popularity"))
    capsys.readouterr()
    for items, methods, compared in ((17, "ease,popularity", 1), (18, "ease,popularity", 2), (1, "ease", 1)):
        monkeypatch.setattr("e2v.jobs.compare._EASE_ITEMS", items)
        command_line(f"compare sets.e2v --methods {methods}")
        assert capsys.readouterr().out.count("\n") == compared
        left_out = compared < len(methods.split(","))
        assert any(one.startswith("ease takes long for 18 items") for one in told) is left_out
        told.clear()
    monkeypatch.setattr("e2v.training.linear.ease.machine_memory", lambda: 1)
    with pytest.raises(e2v.E2VError, match="ease takes a matrix of all pairs of 18 items"):
        command_line("compare sets.e2v --methods popularity,ease")
