"""At the ends of what settings may be, a run gives vectors of use, or an error that names the setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus
from e2v.errors import E2VError, TrainingError
from e2v.training.word2vec.training import Training
from tests.builders import write_corpus
from tests.training.small import MODES, config, corpus_of, name_of, text

#: No vector of use is longer: its inner products would be far beyond where a sigmoid tells anything apart.
LONGEST = 1000.0

EXTREMES: list[dict[str, Any]] = [
    {"lr": 1e-6},
    {"lr": 0.5, "epochs": 30},
    {"lr": 9.9, "epochs": 30},
    {"dim": 1, "lr": 0.5},
    {"dim": 2048, "epochs": 1},
    {"window": 1000},
    {"negative": 500},
    {"negative": 500, "lr": 1.0},
    {"noise_group": 8, "lr": 0.5},
    {"noise_exponent": 10},
    {"noise_exponent": -10},
    {"sample": 1e-300},
    {"sample": 1.0},
    {"word_weight": 0.0},
    {"word_weight": 1e6},
    {"buckets": 1},
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of(tmp_path_factory.mktemp("extremes"), text(150))


def check(corpus: Corpus, settings: dict[str, Any]) -> None:
    """Train, and see that vectors are sound if there are any."""
    training = Training(corpus, config(**settings))
    list(training.runner.run())
    training.conclude()
    rows = [training.model.inputs, training.model.outputs]
    for lengths in (np.linalg.norm(matrix.astype(np.float64), axis=1) for matrix in rows):
        assert lengths.max() < LONGEST
        assert lengths.any()


def applies(extreme: dict[str, Any], mode: dict[str, Any]) -> bool:
    of_noise = extreme.keys() & {"negative", "noise_group", "noise_exponent"}
    of_ngrams = extreme.keys() & {"word_weight", "buckets"}
    return (
        not (of_noise and mode["loss"] != "negative-sampling")
        and not (of_ngrams and "subword" not in mode)
        and not ("dim" in extreme and mode["loss"] == "softmax")  # which takes seconds
        and not ("window" in extreme and mode["context"] == "set")
    )


@pytest.mark.parametrize("mode", MODES, ids=name_of)
def test_vectors_are_sound_or_an_error_says_what_to_change(mode: dict[str, Any], corpus: Corpus) -> None:
    for extreme in EXTREMES:
        if applies(extreme, mode):
            try:
                check(corpus, mode | {"sample": 0.0} | extreme)
            except E2VError as error:
                assert error.hint and {*extreme, "lr"} & set(error.hint.split()), (extreme, error)


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative-sampling", "hierarchical-softmax"])
def test_a_set_of_thousands_is_sampled(arch: str, loss: str, tmp_path: Path) -> None:
    """Of all pairs of it, steps in a row on the same rows would diverge."""
    items = [f"i{item}" for item in range(5000)]
    corpus_path = write_corpus(tmp_path / "c.e2v", [items, items[::-1]])
    check(Corpus(corpus_path), {"arch": arch, "loss": loss, "context": "set"})


def test_counts_above_32_bits(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, text(50))
    counts = corpus.counts
    for loss in ("negative-sampling", "hierarchical-softmax"):
        learned = []
        for times in (1, 2**40):  # shares are what counts
            corpus.counts = counts * times
            training = Training(corpus, config(loss=loss))
            list(training.runner.run())
            learned.append(training.model.inputs)
        np.testing.assert_array_equal(learned[0], learned[1])


def test_what_has_diverged_is_told_by_its_loss(corpus: Corpus) -> None:
    """Before there is a number that is none."""
    with pytest.raises(
        TrainingError, match=r"loss has become .* a pair after \d+ units, where chance has 4.16"
    ):
        check(corpus, {"lr": 0.4, "epochs": 30, "sample": 0.0})
