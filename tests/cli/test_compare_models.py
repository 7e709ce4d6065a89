"""`e2v compare A B --ranking`: the figures of `e2v eval` on the same users, and whether they differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.errors import E2VError, InputError, QualityGateError
from e2v.settings import option_name
from tests.builders import keyed, write_corpus, write_model
from tests.commands import command_line

ASKED = "--ranking held --corpus c.e2v -n 3"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good model, which puts each user's half of the items first, the same again, and one by chance."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    keys = keyed(20)
    users = [f"u{user}" for user in range(60)]
    halves = [rng.permutation(keys[user % 2 :: 2]).tolist() for user in range(60)]
    write_corpus(Path("c.e2v"), [half[:4] for half in halves], users)
    lines = (f"{user} {' '.join(half[4:7])}\n" for user, half in zip(users, halves, strict=True))
    Path("held").write_text("".join([*lines, "stranger k1\n"]))
    kinds = np.tile(np.eye(2), (10, 1))
    tilted = kinds + np.array([[0, 1e-3 * row] for row in range(20)])
    write_model(Path("good.e2v"), keys, kinds, kinds)
    write_model(Path("tilted.e2v"), keys, kinds, tilted)
    write_model(Path("chance.e2v"), keys[:-1], *rng.standard_normal((2, 19, 2)))
    return tmp_path


def test_the_figures_are_those_of_eval_and_paired(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.notices._listeners", [lambda _, message: told.append(message)])
    command_line(f"compare chance.e2v good.e2v {ASKED} --baseline popularity --format json")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert list(rows[0]) == [*("method", "ndcg", "recall", "hr", "mrr", "behind", "low", "high", "seconds")]
    assert {row["method"] for row in rows} == {"good.e2v", "chance.e2v", "popularity"}
    assert rows[0]["method"] == "good.e2v" and rows[0]["behind"] == 0 and rows[0]["low"] is None
    for row in rows:
        model = {"baseline" if row["method"] == "popularity" else "model": row["method"]}
        for one in e2v.evaluate(**model, ranking="held", corpus="c.e2v", n=3):
            assert one.value == pytest.approx(row[one.name], rel=1e-5)
            assert one.used == 60
    for row in rows[1:]:
        assert row["behind"] == pytest.approx(rows[0]["ndcg"] - row["ndcg"], rel=1e-4)
        assert row["low"] + row["high"] == pytest.approx(2 * row["behind"], abs=1e-5)
        assert 0 < row["low"] < row["high"] and row["seconds"] is None
    assert told.count("held: users who are not in c.e2v, not ranked for: 1") == 1 + 3  # and of eval
    assert any(one.startswith("chance.e2v: held-out items not in the vocabulary") for one in told)


@pytest.mark.parametrize(
    ("models", "required", "short"),
    [
        ("good.e2v chance.e2v", "better", None),
        ("good.e2v chance.e2v", "no-worse", None),
        ("good.e2v tilted.e2v", "no-worse", None),
        ("good.e2v tilted.e2v", "better", "good.e2v is not better, beyond chance, than tilted.e2v"),
        (
            "chance.e2v good.e2v tilted.e2v",
            "no-worse",
            "chance.e2v is worse, beyond chance, than good",
        ),
        ("chance.e2v good.e2v", "better", "chance.e2v is not better, beyond chance, than good.e2v"),
    ],
)
def test_the_first_is_held_to_what_it_has_to_be(
    models: str, required: str, short: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"compare {models} {ASKED} --require {required}"
    if short is None:
        command_line(line)
        return
    with pytest.raises(QualityGateError) as caught:
        command_line(line)
    assert str(caught.value).startswith(short) and caught.value.exit_code == 4
    assert capsys.readouterr().out.count("\n") == len(models.split())


def test_both_doors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"ranking": "held", "corpus": "c.e2v", "baseline": "item-knn", "n": 3}
    found = e2v.compare_models(["chance.e2v", "good.e2v"], **asked)
    command_line(f"compare chance.e2v good.e2v {ASKED} --baseline item-knn")
    out, said = capsys.readouterr()
    assert [line.split("\t")[0] for line in out.splitlines()] == [row.method for row in found.rows]
    assert found.verdict in said and "2 models and item-knn ranked for 60 users what was held out" in said
    with pytest.raises(QualityGateError, match=r"chance\.e2v is worse"):
        e2v.compare_models(["chance.e2v", "good.e2v"], **asked, require="no-worse")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "compare takes a CORPUS, or models with --ranking"),
        ("c.e2v good.e2v", "2 files are named, and one CORPUS is compared"),
        ("good.e2v --ranking held", "--ranking needs the histories of its users"),
        ("good.e2v --ranking held --corpus c.e2v", "a comparison takes two different models or more"),
        ("good.e2v good.e2v --ranking held --corpus c.e2v", "a comparison takes two different models"),
        (f"good.e2v chance.e2v {ASKED} --methods svd", "--methods does not go with --ranking"),
        (f"good.e2v chance.e2v {ASKED} --share .1", "--share does not go with --ranking"),
        (f"good.e2v chance.e2v {ASKED} --keep x", "--keep does not go with --ranking"),
        ("c.e2v --require better", "--require applies to a run with --ranking only"),
        (f"good.e2v c.e2v {ASKED}", "c.e2v"),
    ],
)
def test_what_does_not_go_together(line: str, told: str, folder: Path) -> None:
    with pytest.raises(E2VError) as caught:
        command_line(f"compare {line}")
    said = str(caught.value.spelled(option_name))
    assert said.startswith(told) and "{" not in said


@pytest.mark.parametrize(
    ("keys", "what"), [(keyed(5)[::-1], "of what is held out, such as"), (["x", "y"], "of c.e2v, such as k0")]
)
def test_models_of_other_data_pass_no_gate(keys: list[str], what: str, folder: Path) -> None:
    write_model(Path("other.e2v"), keys, np.eye(len(keys), 2), np.eye(len(keys), 2))
    Path("some").write_text("u0 k8 k6\nu1 k7\nu2 k9\n")
    asked = "--ranking some --corpus c.e2v"
    lines = f"compare good.e2v other.e2v {asked} --require no-worse", f"eval other.e2v {asked} --min hr=0"
    for line in lines:
        with pytest.raises(InputError, match=f"other.e2v knows none of the .* {what}.*is it of other data"):
            command_line(line)
