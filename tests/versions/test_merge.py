"""Merged models against their formula; what is kept, left out and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.errors import DamagedFileError, InputError, OutputError, UsageError
from e2v.store import ArtifactWriter, Keys, open_artifact, verify
from tests.builders import keyed, write_corpus, write_model, write_vectors
from tests.commands import command_line
from tests.oracles import versions as oracle

RNG = np.random.default_rng(11)
FIRST = RNG.normal(size=(60, 7))
ROTATION = np.linalg.qr(RNG.normal(size=(7, 7)))[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path / "a.e2v", keyed(60), FIRST, 2 * FIRST)
    return tmp_path


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told while a test runs."""
    heard: list[str] = []
    monkeypatch.setattr("e2v.notices._listeners", [lambda _, message: heard.append(message)])
    return heard


def write_counted(
    path: str, counts: dict[str, int], inputs: np.ndarray, outputs: np.ndarray, **more: object
) -> None:
    """A model with these counts; more: arrays, and provenance as `made`."""
    with ArtifactWriter(path, "model", dict(more.pop("made", {}))) as writer:  # type: ignore[call-overload]
        writer.add_keys("keys", Keys.from_strings(counts))
        writer.add("counts", np.array(list(counts.values()), np.int64))
        writer.add("input", inputs.astype(np.float32))
        writer.add("output", outputs.astype(np.float32))
        for name, array in more.items():
            if isinstance(array, Keys):
                writer.add_keys(name, array)
            else:
                writer.add(name, array)


def test_a_model_and_itself_rotated_are_itself(folder: Path) -> None:
    write_model(folder / "b.e2v", keyed(60), FIRST @ ROTATION, 2 * FIRST @ ROTATION)
    command_line("merge a.e2v b.e2v -o m.e2v")
    merged, alone = open_artifact("m.e2v"), open_artifact("a.e2v")
    assert merged.kind == "model" and list(merged.keys) == list(alone.keys)
    assert np.array_equal(merged.arrays["counts"], alone.arrays["counts"])  # of one vocabulary
    for name in ("input", "output"):
        np.testing.assert_allclose(merged.arrays[name], alone.arrays[name], atol=2e-6)


def test_means_are_those_of_the_formula(folder: Path) -> None:
    names = [
        dict.fromkeys(f"k{number}" for number in (*range(first, first + 50), 200 + first))
        for first in (0, 10, 25)
    ]
    counts = [{key: int(RNG.integers(1, 99)) for key in known} for known in names]
    base = {key: RNG.normal(size=7) for known in names for key in known}
    models, outputs = (
        [
            {
                key: (base[key] + 0.3 * RNG.normal(size=7)) @ np.linalg.matrix_power(ROTATION, n)
                for key in known
            }
            for n, known in enumerate(names)
        ]
        for _ in range(2)
    )
    for n in range(3):
        write_counted(f"{n}.e2v", counts[n], *(np.array(list(of[n].values())) for of in (models, outputs)))
    rotations = [np.eye(7)]
    for other in models[1:]:
        both = [key for key in models[0] if key in other]
        rotations.append(oracle.rotation(*(np.array([of[key] for key in both]) for of in (models[0], other))))
    command_line("merge 0.e2v 1.e2v 2.e2v -o m.e2v")
    merged = open_artifact("m.e2v")
    total = {key: sum(known.get(key, 0) for known in counts) for key in base}
    assert list(merged.keys) == sorted(total, key=lambda key: (-total[key], key))
    assert merged.arrays["counts"].tolist() == sorted(total.values(), reverse=True)
    for name, of in (("input", models), ("output", outputs)):
        expected = oracle.merged(of, counts, rotations)
        np.testing.assert_allclose(merged.arrays[name], [expected[key] for key in merged.keys], atol=1e-5)
    assert not verify("m.e2v")
    e2v.merge(["0.e2v", "1.e2v", "2.e2v"], "n.e2v")
    assert (folder / "m.e2v").read_bytes() == (folder / "n.e2v").read_bytes()  # both doors
    common = e2v.merge(["0.e2v", "1.e2v", "2.e2v"], "c.e2v", common=True)
    assert set(common.keys) == set.intersection(*map(set, names))
    row = list(merged.keys).index(common.keys[0])
    np.testing.assert_array_equal(common.to_numpy()[0], merged.arrays["input"][row])


def test_vectors_without_counts_weigh_the_same(folder: Path, told: list[str]) -> None:
    other = (FIRST[30:] @ ROTATION + 0.2 * RNG.normal(size=(30, 7))).astype(np.float32)
    write_vectors(folder / "v.e2v", [*keyed(60)[30:][::-1], "new"], np.concatenate((other[::-1], other[:1])))
    command_line("merge a.e2v v.e2v -o m.e2v")
    assert "output vectors are left out, as v.e2v has none" in told
    assert "counts are left out, and all weigh the same, as v.e2v has none" in told
    merged = open_artifact("m.e2v")
    assert merged.kind == "vectors" and list(merged.keys) == [*keyed(60), "new"]  # as they first occur
    turned = other @ oracle.rotation(FIRST[30:], other.astype(np.float64))
    expected = np.concatenate((FIRST[:30], (FIRST[30:] + turned) / 2, turned[:1]))
    np.testing.assert_allclose(merged.arrays["vectors"], expected, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.int8])
def test_vectors_of_few_bits_become_float32(folder: Path, dtype: type) -> None:
    scales = np.full(60, 0.05, np.float32) if dtype == np.int8 else None
    stored = (FIRST / (0.05 if dtype == np.int8 else 1)).astype(dtype)
    write_vectors(folder / "v.e2v", keyed(60), stored, scales)
    merged = e2v.merge(["v.e2v", "v.e2v"], "m.e2v").to_numpy()
    np.testing.assert_allclose(merged, stored.astype(float) * (0.05 if dtype == np.int8 else 1), atol=1e-5)


def test_keys_that_never_occurred(folder: Path) -> None:
    """Where a key has a count of 0, as an item that nobody has had, whoever has met it knows better."""
    rows = np.eye(3)
    new = np.array([0, 0, 1], np.uint8)
    write_counted("0.e2v", {"x": 2, "y": 1, "z": 0}, rows, rows, new=new)
    write_counted("1.e2v", {"x": 2, "z": 1, "w": 0}, rows[[0, 2, 1]], rows, new=new)
    merged = e2v.merge(["0.e2v", "1.e2v"], "m.e2v")
    assert list(merged.keys) == ["x", "y", "z", "w"] and merged.counts.tolist() == [4, 1, 1, 0]
    assert open_artifact("m.e2v").arrays["new"].tolist() == [0, 0, 0, 1]
    assert np.linalg.norm(merged["z"]) == pytest.approx(1)  # that of one, and not a mean


def test_titles_are_those_of_the_first_that_has_one(folder: Path) -> None:
    write_model(folder / "b.e2v", ["k1", "k2", "k3"], FIRST[1:4], titles=["", "Heat", "Alien"])
    write_model(folder / "c.e2v", ["k1", "k2", "x"], FIRST[1:4], titles=["Brazil", "Ran", ""])
    titles = open_artifact(e2v.merge(["a.e2v", "b.e2v", "c.e2v"], "m.e2v").path).titles
    keys = list(open_artifact("m.e2v").keys)
    assert {key: title for key, title in zip(keys, titles or [], strict=True) if title} == {
        "k1": "Brazil",
        "k2": "Heat",
        "k3": "Alien",
    }


def test_ngrams_are_means_as_well(folder: Path, told: list[str]) -> None:
    """Of those of the same lengths, and where all have them; what makes words that were never seen."""
    grams = RNG.normal(size=(3, 7)).astype(np.float32)
    for name, known, lengths, turned in (
        ("b", ["<ab", "abc", "bcd"], "3:3", np.eye(7)),
        ("c", ["bcd", "<ab", "cde"], "3:3", ROTATION),
        ("d", ["<ab", "abc", "bcd"], "3:4", np.eye(7)),
    ):
        write_counted(
            f"{name}.e2v",
            {f"k{row}": 60 - row for row in range(60)},
            FIRST @ turned,
            FIRST @ turned,
            ngrams=Keys.from_strings(known),
            ngram_vectors=(grams @ turned).astype(np.float32),
            made={"settings": {"subword": lengths, "seed": ord(name)}},
        )
    merged = e2v.merge(["b.e2v", "c.e2v"], "m.e2v")
    found = open_artifact("m.e2v")
    assert list(found.keys_of("ngrams")) == ["<ab", "abc", "bcd", "cde"]
    expected = [(grams[0] + grams[1]) / 2, grams[1], (grams[2] + grams[0]) / 2, grams[2]]
    np.testing.assert_allclose(found.arrays["ngram_vectors"], expected, atol=1e-5)
    np.testing.assert_allclose(merged["cde"], grams[2], atol=1e-5)  # a word of this n-gram alone
    assert merged.provenance["settings"] == {"subword": "3:3"} and not verify("m.e2v")
    for other in ("a", "d"):
        told.clear()
        assert not open_artifact(e2v.merge(["b.e2v", f"{other}.e2v"], "m.e2v").path).has("ngrams")
        assert any("n-grams are left out" in message for message in told)


def test_inner_nodes_are_left_out(folder: Path, told: list[str]) -> None:
    write_model(folder / "h.e2v", keyed(60), FIRST, nodes=FIRST[:59])
    command_line("merge h.e2v h.e2v -o m.e2v")
    assert "vectors of inner nodes are left out, as each model has a tree of its own" in told
    assert open_artifact("m.e2v").kind == "vectors" and open_artifact("m.e2v").has("counts")


def test_what_is_told(folder: Path, run) -> None:
    write_model(folder / "b.e2v", keyed(50), FIRST[:50] @ ROTATION)
    said = run("merge", "a.e2v", "b.e2v", "--progress", "json").stderr.splitlines()
    made = json.loads(said[-1])
    assert made["output"] == "merged.e2v" and made["keys"] == 60 and made["models"] == 2
    assert made["cosines"] == [pytest.approx(1, abs=1e-5)]
    write_model(folder / "few.e2v", ["k1", "k2", "x"], FIRST[:3])
    assert "few.e2v: 2 keys in common cannot say" in run("merge", "a.e2v", "few.e2v").stderr


def test_provenance_and_what_is_unchanged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, seed, digest in (("b", 1, "x"), ("c", 2, "y")):
        settings = {"dim": 7, "seed": seed}
        corpus = {"digest": digest, "command": "vocab", "settings": {"lowercase": True}}
        made = {"command": "train", "settings": settings, "corpus": corpus}
        write_model(folder / f"{name}.e2v", keyed(60), seed * FIRST, made=made)
    made = e2v.merge(["b.e2v", "c.e2v"], "m.e2v").provenance
    assert made["command"] == "merge" and made["settings"] == {"dim": 7}
    assert made["corpus"] == {"command": "vocab", "settings": {"lowercase": True}}
    records = made["merged"]["models"]
    assert [(each["digest"], each["settings"]["seed"]) for each in records] == [
        (open_artifact("b.e2v").digest, 1),
        (open_artifact("c.e2v").digest, 2),
    ]
    command_line("merge b.e2v c.e2v -o m.e2v --if-changed")
    assert "unchanged" in capsys.readouterr().err
    for line in ("c.e2v b.e2v", "b.e2v c.e2v --common"):
        command_line(f"merge {line} -o m.e2v --if-changed")
        assert "unchanged" not in capsys.readouterr().err, line


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("a.e2v -o m.e2v", UsageError, "two or more"),
        ("a.e2v other.e2v -o m.e2v", InputError, "a.e2v and other.e2v have no key in common"),
        ("a.e2v short.e2v -o m.e2v", InputError, "a.e2v has 7 dimensions and short.e2v 6"),
        ("left.e2v a.e2v right.e2v -o m.e2v --common", InputError, "have no key in common"),
        ("a.e2v left.e2v right.e2v -o m.e2v --common", InputError, "no key is in all"),
        ("a.e2v svd.e2v -o m.e2v", InputError, "svd.e2v is made by e2v svd and cannot be merged"),
        ("a.e2v tower.e2v -o m.e2v", InputError, "tower.e2v is made by e2v tower and cannot be merged"),
        ("a.e2v corpus.e2v -o m.e2v", InputError, "holds a corpus, not a model or vectors"),
        ("a.e2v nan.e2v -o m.e2v", DamagedFileError, "values that are not finite"),
        ("a.e2v many.e2v many2.e2v -o m.e2v", InputError, "counts of the models add up to more"),
        ("a.e2v left.e2v -o a.e2v", UsageError, "would be overwritten"),
        ("a.e2v left.e2v -o corpus.e2v", OutputError, "corpus.e2v is a corpus file"),
        ("a.e2v left.e2v -o -", UsageError, "cannot go to stdout"),
    ],
)
def test_what_is_refused(folder: Path, line: str, error: type[Exception], told: str) -> None:
    write_model(folder / "other.e2v", ["x", "y"], FIRST[:2])
    write_model(folder / "left.e2v", keyed(20), FIRST[:20])
    write_model(folder / "right.e2v", keyed(60)[40:], FIRST[40:])
    write_model(folder / "short.e2v", keyed(60), FIRST[:, :6])
    write_model(
        folder / "svd.e2v", keyed(60), FIRST, made={"command": "align", "aligned": {"command": "svd"}}
    )
    write_counted("tower.e2v", {"k1": 2, "k2": 1}, FIRST[:2], FIRST[:2], bias=np.zeros(2, np.float32))
    write_model(folder / "nan.e2v", keyed(60), np.where(FIRST[3, 3] == FIRST, np.nan, FIRST))
    for number in ("", 2):
        write_counted(f"many{number}.e2v", {"k1": 2**62, f"y{number}": 1}, FIRST[:2], FIRST[:2])
    write_corpus(folder / "corpus.e2v", [["k1", "k2"]])
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(error, match=told):
        command_line(f"merge {line}")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
