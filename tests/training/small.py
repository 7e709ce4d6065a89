"""Small runs of training, of every mode."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.text.build import build_corpus
from e2v.corpus.text.settings import VocabSettings
from e2v.settings import resolve
from e2v.training.word2vec.settings import Word2VecSettings
from tests.commands import command

#: Words with parts in common, so that there are n-grams to share.
WORDS = [
    stem + end for end in ("", "s", "like", "ly", "er") for stem in ("cat", "dog", "fish", "house", "møl")
]

MODES: list[dict[str, Any]] = [
    {"arch": arch, "loss": loss, "context": context, **more}
    for arch, loss, context, more in itertools.product(
        ("skipgram", "cbow"),
        ("negative-sampling", "hierarchical-softmax", "softmax"),
        ("window", "set"),
        ({}, {"subword": "2:4"}),
    )
    if not (more and loss == "softmax")
]


def name_of(mode: dict[str, Any]) -> str:
    """A mode as the name of a test."""
    return "-".join(str(value) for value in mode.values())


def text(sentences: int, seed: int = 1) -> str:
    """Sentences of up to a dozen words, frequent ones first among WORDS."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, len(WORDS) + 1)
    lines = (rng.choice(WORDS, rng.integers(1, 13), p=shares / shares.sum()) for _ in range(sentences))
    return "".join(" ".join(line) + "\n" for line in lines)


def corpus_of(folder: Path, sentences: Iterable[str] | str, **options: Any) -> Corpus:
    """The corpus of a text, in `folder`."""
    source = folder / "text"
    source.write_text("".join(sentences), encoding="utf-8")
    build_corpus([str(source)], folder / "corpus.e2v", VocabSettings(**{"min_count": 1, **options}))
    return open_corpus(folder / "corpus.e2v")


def config(**settings: Any) -> Word2VecSettings:
    """A run of 3 epochs over 6 dimensions, by one thread, which is reproducible."""
    return resolve(Word2VecSettings, {"dim": 6, "epochs": 3, "lr": 0.05, "threads": 1, **settings})


def trained_with_ngrams(folder: Path) -> Path:
    """A model of WORDS and their n-grams, in `folder`."""
    (folder / "text").write_text(text(80), encoding="utf-8")
    command(
        "train",
        inputs=[str(folder / "text")],
        output=folder / "model.e2v",
        dim=6,
        min_count=1,
        threads=1,
        subword="2:4",
        progress="none",
    )
    return folder / "model.e2v"
