"""The rotation against its formula, and that a rotated model answers as before."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.errors import InputError, UnknownKeyError, UsageError
from e2v.recommend.user_vectors import user_vectors
from e2v.store import ArtifactWriter, Keys, open_artifact
from tests.builders import keyed, ragged, write_corpus, write_model, write_vectors
from tests.commands import command_line
from tests.oracles import versions as oracle
from tests.training.small import text

RNG = np.random.default_rng(8)
OLD = RNG.normal(size=(60, 7))
ROTATION = np.linalg.qr(RNG.normal(size=(7, 7)))[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "old.e2v", keyed(60), OLD)
    return tmp_path


def test_a_rotated_copy_becomes_the_original(folder: Path) -> None:
    write_model(folder / "new.e2v", keyed(60), OLD @ ROTATION, 3 * OLD @ ROTATION)
    command_line("align old.e2v new.e2v -o back.e2v")
    arrays = open_artifact("back.e2v").arrays
    np.testing.assert_allclose(arrays["input"], OLD, atol=1e-5)
    np.testing.assert_allclose(arrays["output"], 3 * OLD, atol=1e-5)


def test_the_rotation_is_that_of_the_formula(folder: Path) -> None:
    new = OLD @ ROTATION + 0.5 * RNG.normal(size=OLD.shape)
    order = RNG.permutation(60)
    keys = [f"k{row}" if row % 3 else f"new{row}" for row in order]
    write_vectors(folder / "new.e2v", keys, new[order].astype(np.float32))
    rows = [row for row in range(60) if row % 3]
    expected = oracle.rotation(OLD[rows], new[rows])
    aligned = e2v.align("old.e2v", "new.e2v", "a.e2v")
    np.testing.assert_allclose(aligned.to_numpy(), new[order] @ expected, atol=1e-5)
    first = [row for row in rows if row < 20]
    np.testing.assert_allclose(
        e2v.align("old.e2v", "new.e2v", "a.e2v", restrict=20).to_numpy(),
        new[order] @ oracle.rotation(OLD[first], new[first]),
        atol=1e-5,
    )
    (folder / "list").write_text("".join(f"k{row}\n" for row in rows[::2]))
    command_line("align old.e2v new.e2v -o b.e2v --only list")
    e2v.align("old.e2v", "new.e2v", "a.e2v", only=[f"k{row}" for row in rows[::2]])
    assert (folder / "a.e2v").read_bytes() == (folder / "b.e2v").read_bytes()  # both doors
    np.testing.assert_allclose(
        e2v.load("b.e2v").to_numpy(), new[order] @ oracle.rotation(OLD[rows[::2]], new[rows[::2]]), atol=1e-5
    )
    with pytest.raises(UnknownKeyError):
        e2v.align("old.e2v", "new.e2v", "a.e2v", only=["nobody"])


def test_what_is_told(folder: Path, run) -> None:
    new = OLD @ ROTATION + 0.5 * RNG.normal(size=OLD.shape)
    write_model(folder / "new.e2v", keyed(60), new)
    said = run("align", "old.e2v", "new.e2v").stderr
    turned = new @ oracle.rotation(OLD, new)
    residuals = [f"{oracle.residual(OLD, each):.3f}" for each in (new, turned)]
    assert said.startswith("aligned.e2v: vectors of 60 keys, 7 dimensions, rotated by 60 keys")
    assert f"residual {residuals[0]} and {residuals[1]}" in said
    cosines = [
        np.mean([(x @ y) / np.linalg.norm(x) / np.linalg.norm(y) for x, y in zip(each, OLD, strict=True)])
        for each in (new, turned)
    ]
    assert f"mean cosine {cosines[0]:.3f} before and {cosines[1]:.3f} after" in said


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8])
def test_imported_vectors_of_any_precision(folder: Path, dtype: type) -> None:
    scales = np.full(60, 0.05, np.float32) if dtype == np.int8 else None
    stored = (OLD @ ROTATION / (0.05 if dtype == np.int8 else 1)).astype(dtype)
    write_vectors(folder / "new.e2v", keyed(60), stored, scales)
    aligned = e2v.align("old.e2v", "new.e2v", "a.e2v")
    assert aligned.to_numpy().dtype == np.float32
    there = stored.astype(np.float64) * (0.05 if dtype == np.int8 else 1)
    np.testing.assert_allclose(
        aligned.to_numpy() @ aligned.to_numpy().T, there @ there.T, rtol=1e-4, atol=1e-3
    )


def test_a_model_with_subwords_answers_as_before(folder: Path) -> None:
    (folder / "text").write_text(text(60))
    settings = {"dim": 8, "epochs": 1, "min_count": 1, "sample": 0, "threads": 1, "subword": "2:4"}
    old = e2v.train("text", "first.e2v", **settings)
    new = e2v.train("text", "second.e2v", seed=2, **settings)
    aligned = e2v.align(old, new, "a.e2v")
    assert aligned.similar("cat", n=5)[0].key == new.similar("cat", n=5)[0].key
    for word in ("cat", "dogcat"):  # which n-grams make
        assert [answer.score for answer in aligned.similar(word, n=5)] == pytest.approx(
            [answer.score for answer in new.similar(word, n=5)], abs=1e-5
        )
    assert aligned.predict("cat", n=3)[0].score == pytest.approx(new.predict("cat", n=3)[0].score, abs=1e-5)
    assert aligned.keys[:] is not None and np.array_equal(aligned.counts, new.counts)
    went_on = e2v.train("text", "on.e2v", update=aligned)  # its settings are known
    assert went_on.dim == 8 and went_on.provenance["settings"]["subword"] == "2:4"


def test_inner_nodes_are_rotated_as_well(folder: Path) -> None:
    nodes = RNG.normal(size=(59, 7))
    write_model(folder / "new.e2v", keyed(60), OLD @ ROTATION, nodes=nodes @ ROTATION)
    e2v.align("old.e2v", "new.e2v", "a.e2v")
    np.testing.assert_allclose(open_artifact("a.e2v").arrays["nodes"], nodes, atol=1e-5)


@pytest.mark.parametrize("hidden", [None, (), (6, 5)])
@pytest.mark.parametrize("examples", ["held-out", "next"])
def test_a_tower_recommends_as_before(folder: Path, hidden: tuple[int, ...] | None, examples: str) -> None:
    histories = [[f"k{(user * 7 + step * step) % 20}" for step in range(5)] for user in range(30)]
    corpus = write_corpus(folder / "c.e2v", histories, keyed(30), {"k1": "Heat", "k2": "Alien"})
    (folder / "table.csv").write_text("id,age\n" + "".join(f"k{user},{user}\n" for user in range(30)))
    settings = {"dim": 6, "epochs": 1, "threads": 1, "user_features": "table.csv", "examples": examples}
    if hidden is not None:
        settings["hidden"] = hidden
    old, new = (e2v.tower(corpus, f"{seed}.e2v", seed=seed, init="random", **settings) for seed in (1, 2))
    aligned = e2v.align(old, new, "a.e2v")
    assert not np.allclose(aligned.to_numpy(), new.to_numpy(), atol=1e-2)
    rows = ragged([row, row + 2] for row in range(15))
    features = RNG.normal(size=(15, 1)).astype(np.float32)
    before, after = (
        user_vectors(model, rows, features) @ model.arrays["output"].T + model.arrays["bias"]
        for model in map(open_artifact, (new, aligned))
    )
    np.testing.assert_allclose(after, before, atol=1e-4)
    assert open_artifact("a.e2v").titles is not None


def test_provenance_and_what_is_unchanged(folder: Path, capsys) -> None:
    write_model(folder / "new.e2v", keyed(60), OLD @ ROTATION, made={"command": "train", "settings": {}})
    made = e2v.align("old.e2v", "new.e2v", "a.e2v", restrict=30).provenance
    assert made["command"] == "align" and made["aligned"] == {
        "settings": {"restrict": 30},
        "old": {"digest": open_artifact("old.e2v").digest},
        "new": {"digest": open_artifact("new.e2v").digest},
        "command": "train",
    }
    command_line("align old.e2v new.e2v -o a.e2v --restrict 30 --if-changed")
    assert "unchanged" in capsys.readouterr().err
    command_line("align old.e2v new.e2v -o a.e2v --if-changed")
    assert "unchanged" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("new", "output", "error", "told"),
    [
        ("other.e2v", "a.e2v", InputError, "no key with a direction is in both"),
        ("short.e2v", "a.e2v", InputError, "old.e2v has 7 dimensions and short.e2v 6"),
        ("old.e2v", "old.e2v", UsageError, "would be overwritten"),
        ("link.e2v", "old.e2v", UsageError, "would be overwritten"),
        ("users.e2v", "a.e2v", InputError, "holds users, not a model or vectors"),
    ],
)
def test_what_is_refused(folder: Path, new: str, output: str, error: type[Exception], told: str) -> None:
    write_model(folder / "other.e2v", ["x", "y"], OLD[:2])
    write_model(folder / "short.e2v", keyed(60), OLD[:, :6])
    (folder / "link.e2v").symlink_to("old.e2v")
    with ArtifactWriter(folder / "users.e2v", "users", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(["k1"]))
        writer.add("vectors", np.ones((1, 7), np.float32))
        writer.add("seen.items", np.zeros(0, np.int32))
        writer.add("seen.offsets", np.zeros(2, np.int64))
    shutil.copy("old.e2v", "kept")
    with pytest.raises(error, match=told):
        command_line(f"align old.e2v {new} -o {output}")
    assert not (folder / "a.e2v").exists() and (folder / "kept").read_bytes() == Path("old.e2v").read_bytes()


def test_too_few_keys_are_told_of(folder: Path, run) -> None:
    assert "3 keys in common cannot say" in run("align", "old.e2v", "old.e2v", "--restrict", "3").stderr
