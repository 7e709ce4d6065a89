"""What changed between two versions: keys, overlaps against a slow twin, gates, both doors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.errors import InputError, QualityGateError, UnknownKeyError, UsageError
from e2v.store import ArtifactWriter, Keys
from tests.builders import keyed, write_model, write_vectors
from tests.commands import command_line
from tests.oracles import versions as oracle

RNG = np.random.default_rng(5)
OLD = RNG.normal(size=(40, 6))
NEW = OLD + 0.6 * RNG.normal(size=OLD.shape)
COLUMNS = ["change", "key", "old_count", "new_count", "overlap", "old_neighbours", "new_neighbours", "title"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "old.e2v", keyed(40), OLD)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], line: str) -> list[dict[str, object]]:
    command_line(f"{line} --format json")
    return [json.loads(row) for row in capsys.readouterr().out.splitlines()]


def figures(found: e2v.api.versions.Difference) -> dict[str, float | None]:
    return {each.name: each.value for each in found.measurements}


def test_nothing_changes_against_itself(folder: Path, capsys) -> None:
    assert printed(capsys, "diff old.e2v old.e2v --min overlap=1 --min kept=1") == []
    found = e2v.diff("old.e2v", "old.e2v")
    assert (found.stayed, found.came, found.went, found.changes) == (40, 0, 0, [])


def test_overlaps_are_those_of_the_oracle(folder: Path, capsys) -> None:
    order = RNG.permutation(40)  # other rows, other counts
    write_model(folder / "new.e2v", [f"k{row}" for row in order], NEW[order])
    expected = oracle.overlap(OLD, NEW, 4)
    found = printed(capsys, "diff old.e2v new.e2v --neighbours 4 -n 40")
    assert list(found[0]) == COLUMNS
    assert {row["key"]: row["overlap"] for row in found} == {
        f"k{row}": pytest.approx(value) for row, value in enumerate(expected) if value < 1
    }
    overlaps = [row["overlap"] for row in found]
    assert overlaps == sorted(overlaps)
    # Of equal ones the most frequent in OLD comes first.
    assert [row["old_count"] for row in found if row["overlap"] == overlaps[0]] == sorted(
        (row["old_count"] for row in found if row["overlap"] == overlaps[0]), reverse=True
    )
    told = figures(e2v.diff("old.e2v", "new.e2v", neighbours=4))
    assert told["overlap"] == pytest.approx(np.mean(expected))
    assert told["overlap/1-9"] == pytest.approx(np.mean(expected[-9:]))
    assert told["overlap/10-99"] == pytest.approx(np.mean(expected[:-9]))
    assert told["overlap/10000-"] is None


def test_keys_that_came_and_went(folder: Path, capsys) -> None:
    write_model(folder / "new.e2v", ["x", *keyed(38), "y"], np.vstack((OLD[:1], OLD[:38], OLD[:1])))
    found = printed(capsys, "diff old.e2v new.e2v -n 1")
    assert [(row["change"], row["key"], row["old_count"], row["new_count"]) for row in found[:2]] == [
        ("came", "x", None, 40),
        ("went", "k38", 2, None),
    ]
    assert figures(e2v.diff("old.e2v", "new.e2v"))["kept"] == pytest.approx(38 / 40)
    # A key beyond the first ones is there, all the same.
    first = e2v.diff("old.e2v", "new.e2v", restrict=20)
    assert (first.stayed, first.came, first.went) == (20, 1, 0)
    (folder / "list").write_text("k1\nk38\ny\n")
    command_line("diff old.e2v new.e2v --only list --format tsv")
    assert [row.split("\t")[:2] for row in capsys.readouterr().out.splitlines()] == [
        ["came", "y"],
        ["went", "k38"],
    ]
    with pytest.raises(UnknownKeyError, match="'nobody' is not in the vocabulary"):
        e2v.diff("old.e2v", "new.e2v", only=["k1", "nobody"])


def test_titles_and_dimensions_may_differ(folder: Path, capsys) -> None:
    titles = [f"Film {row}" for row in range(40)]
    write_model(folder / "new.e2v", keyed(40), NEW[:, :5], titles=titles)
    (row,) = printed(capsys, "diff old.e2v new.e2v -n 1")
    assert row["title"] == f"Film {str(row['key'])[1:]}"
    assert all(name.startswith("Film ") for name in str(row["old_neighbours"]).split(" | "))


def test_a_gate_has_its_exit_code_after_the_rows(folder: Path, run, capsys) -> None:
    write_vectors(folder / "new.e2v", keyed(40), NEW.astype(np.float16))
    done = run("diff", "old.e2v", "new.e2v", "--min", "overlap=.99", "--min", "kept=1", check=False)
    assert done.code == 4 and len(done.stdout.splitlines()) == 10
    assert "40 keys stayed, 0 came, 0 went" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("e2v: overlap is 0.")
    with pytest.raises(QualityGateError, match="could not be measured") as caught:
        e2v.diff("old.e2v", "new.e2v", min=["overlap/10000-=.1"])
    assert {each.name for each in caught.value.measurements} >= {"kept", "overlap"}
    with pytest.raises(UsageError, match="nothing measured is called 'overlaps'"):
        command_line("diff old.e2v new.e2v --min overlaps=.5")


@pytest.mark.parametrize(
    ("options", "keys", "least"),
    [("--only list", 11, 21), ("--restrict 20 --neighbours 50", 20, 101), ("--restrict 20", 20, 21)],
)
def test_neighbours_of_few_keys_say_nothing(
    folder: Path, options: str, keys: int, least: int, run, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "list").write_text("".join(f"k{row}\n" for row in range(11)))
    write_model(folder / "new.e2v", keyed(40), NEW)
    done = run("diff", "old.e2v", "new.e2v", *options.split(), "--min", "overlap=0", check=False)
    neighbours = 50 if "50" in options else 10
    assert (done.code, done.stdout) == (4, "")
    assert (
        f"not measured: {keys} keys in both, and --neighbours {neighbours} takes {least} or more"
        in done.stderr
    )
    assert f"overlap could not be measured (0 of {keys} covered)" in done.stderr.splitlines()[-1]


def test_neighbours_of_enough_keys_are_compared(folder: Path) -> None:
    write_model(folder / "new.e2v", keyed(40), NEW)
    found = e2v.diff("old.e2v", "new.e2v", restrict=21)
    assert figures(found)["overlap"] is not None and figures(found)["overlap/1-9"] is None
    assert any(change.change == "drifted" for change in found.changes)


def test_zeros_have_no_neighbours(folder: Path) -> None:
    write_model(folder / "new.e2v", keyed(40), np.where(np.arange(40)[:, np.newaxis] < 2, 0, OLD))
    (overlap,) = [each for each in e2v.diff("old.e2v", "new.e2v").measurements if each.name == "overlap"]
    assert overlap[2:5] == (1, 38, 40)
    write_model(folder / "other.e2v", ["x", "y"], OLD[:2])
    assert figures(e2v.diff("old.e2v", "other.e2v"))["overlap"] is None


def test_users_are_compared_with_users(folder: Path, capsys) -> None:
    with ArtifactWriter(folder / "users.e2v", "users", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(keyed(40)))
        writer.add("vectors", NEW.astype(np.float32))
        writer.add("seen.items", np.zeros(0, np.int32))
        writer.add("seen.offsets", np.zeros(41, np.int64))
    assert printed(capsys, "diff users.e2v users.e2v") == []
    with pytest.raises(InputError, match=r"old.e2v holds a model and users.e2v users"):
        command_line("diff old.e2v users.e2v")
