"""`e2v train --update`: what a model has is kept, or the update is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.corpus.text.ngrams import build_ngrams
from e2v.errors import InputError
from e2v.store import ArtifactWriter, Keys, open_artifact, verify
from e2v.training.engine.session import Session
from e2v.training.word2vec.training import Training
from tests.builders import write_corpus, write_model
from tests.commands import command
from tests.training.small import text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("new.txt").write_text(text(30), encoding="utf-8")
    write_corpus(Path("old.e2v"), [["a", "b", "c"], ["a", "b"]] * 9, ["u"] * 18, {"a": "Ay", "b": "Bee"})
    write_corpus(Path("more.e2v"), [["b", "x", "a"], ["c", "b"]] * 3, ["u"] * 6, {"b": "B!", "x": "Ex"})
    return tmp_path


def trained(inputs: str, output: str, **options: Any) -> None:
    small = {"epochs": 1, "threads": 1, "progress": "none"}
    command("train", inputs=[inputs], output=output, **{**small, **options})


@pytest.mark.parametrize("freeze", [False, True])
def test_histories_go_on_with_their_titles(folder: Path, freeze: bool) -> None:
    trained(
        "old.e2v", "items.e2v", dim=4, sample=0, context="window"
    )  # whose frozen kernel others compile, too
    options = {"update": "items.e2v", "lr": 1e-6, "freeze": freeze or None}
    trained("more.e2v", "next.e2v", **options)
    old, new = (open_artifact(path) for path in ("items.e2v", "next.e2v"))
    assert verify(Path("next.e2v")) == []
    assert list(new.keys) == [*old.keys, "x"]
    assert dict(zip(new.keys, new.arrays["counts"].tolist(), strict=True)) == {
        "a": 21,
        "b": 24,
        "c": 12,
        "x": 3,
    }
    assert new.titles is not None
    assert dict(zip(new.keys, new.titles, strict=True)) == {"a": "Ay", "b": "B!", "c": "", "x": "Ex"}
    np.testing.assert_allclose(new.arrays["input"][:3], old.arrays["input"], atol=0 if freeze else 1e-4)
    written = Path("next.e2v").stat().st_ino
    trained("more.e2v", "next.e2v", if_changed=True, **options)
    assert Path("next.e2v").stat().st_ino == written
    made = e2v.train("more.e2v", "face.e2v", update="items.e2v", lr=1e-6, freeze=freeze, epochs=1, threads=1)
    assert made.path.read_bytes() == Path("next.e2v").read_bytes()


def test_titles_of_a_model_stay_where_the_new_corpus_has_none(folder: Path) -> None:
    trained("old.e2v", "items.e2v", dim=4)
    write_corpus(Path("bare.e2v"), [["c", "y", "a"]] * 2, ["u"] * 2)
    trained("bare.e2v", "items.e2v", update="items.e2v")
    made = open_artifact("items.e2v")
    assert made.titles is not None
    assert dict(zip(made.keys, made.titles, strict=True)) == {"a": "Ay", "b": "Bee", "c": "", "y": ""}


@pytest.mark.parametrize("inputs", ["new.txt", "more.e2v"])
@pytest.mark.parametrize("freeze", [None, True])
@pytest.mark.parametrize(
    ("maker", "arrays"),
    [
        ({"command": "tower"}, {"tower.0.weight": (4, 4), "tower.0.bias": (4,)}),
        ({}, {"bias": (2,)}),
        ({"command": "svd"}, {}),
        ({"command": "align", "aligned": {"command": "svd"}}, {}),
    ],
)
def test_what_others_learned_is_not_lost(
    folder: Path, inputs: str, freeze: bool | None, maker: dict[str, Any], arrays: dict[str, Any]
) -> None:
    with ArtifactWriter(Path("made.e2v"), "model", maker) as writer:
        writer.add_keys("keys", Keys.from_strings(["a", "b"]))
        writer.add("counts", np.array([2, 1]))
        for name, shape in {"input": (2, 4), "output": (2, 4), **arrays}.items():
            writer.add(name, np.ones(shape, np.float32))
    before = Path("made.e2v").read_bytes()
    command_ = "svd" if "svd" in str(maker) else "tower"
    with pytest.raises(InputError, match=f"made.e2v is made by e2v {command_}"):
        trained(inputs, "made.e2v", update="made.e2v", freeze=freeze)
    with pytest.raises(InputError, match=f"made.e2v is made by e2v {command_}"):
        e2v.plan(inputs, update="made.e2v", freeze=bool(freeze))
    assert Path("made.e2v").read_bytes() == before


def test_histories_and_text_do_not_mix(folder: Path) -> None:
    write_model(Path("films.e2v"), ["a", "b"], np.ones((2, 4)), titles=["Ay", "Bee"])
    events = {"command": "align", "aligned": {"command": "train"}, "corpus": {"command": "split"}}
    write_model(Path("items.e2v"), ["a", "b"], np.ones((2, 4)), made=events)
    for model in ("films.e2v", "items.e2v"):
        with pytest.raises(InputError, match=f"{model} is of histories, and new.txt is text; e2v events"):
            trained("new.txt", model, update=model)
    trained("new.txt", "words.e2v", dim=4, min_count=1)
    with pytest.raises(InputError, match=r"words.e2v is of text, and more.e2v holds histories; update it"):
        trained("more.e2v", "words.e2v", update="words.e2v")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"loss": "hierarchical-softmax"}, {}, "inner nodes start anew"),
        ({}, {"loss": "hierarchical-softmax"}, "output vectors are not gone on with"),
        ({"subword": "2:3"}, {"subword": "3:4"}, r"of \d+ n-grams \d+ are not gone on with"),
        ({"subword": "2:3"}, {"buckets": 10}, "n-grams"),
        ({"subword": "2:3"}, {}, None),
    ],
)
def test_what_starts_anew_is_said(
    folder: Path,
    before: dict[str, Any],
    after: dict[str, Any],
    told: str | None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Session, "run", lambda *_: (_ for _ in ()))
    monkeypatch.setattr(Training, "conclude", lambda _: None)
    monkeypatch.setattr("e2v.training.word2vec.training._compile", lambda _: None)
    rng = np.random.default_rng(1)
    keys = ["cat", "cats"]
    of_model = {"dim": 4, **before}
    with ArtifactWriter(Path("words.e2v"), "model", {"command": "train", "settings": of_model}) as writer:
        writer.add_keys("keys", Keys.from_strings(keys))
        writer.add("counts", np.array([2, 1]))
        rows = {"input": 2, **({"nodes": 1} if "loss" in before else {"output": 2})}
        if "subword" in before:
            ngrams = build_ngrams(Keys.from_strings(keys), 2, 3, None).keys
            writer.add_keys("ngrams", ngrams)
            rows["ngram_vectors"] = len(ngrams)
        for name, n in rows.items():
            writer.add(name, rng.random((n, 4), dtype=np.float32))
    with caplog.at_level("INFO", "e2v"):
        e2v.train("new.txt", "next.e2v", update="words.e2v", min_count=1, threads=1, **after)
    said = [line for line in caplog.messages if line.startswith("words.e2v")]
    assert bool(said) == (told is not None)
    assert told is None or re.search(told, said[0])
