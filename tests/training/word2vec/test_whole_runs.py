"""Every setting reaches the kernels: whole runs against the oracle, which is told of them in its terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.corpus.histories import histories_of
from e2v.kernels.sgd import alias_table
from e2v.training.engine.schedule import Schedule
from e2v.training.word2vec.training import Training
from tests.oracles import word2vec as oracle
from tests.training.small import config, corpus_of, text

#: Settings of a run, and what they are to the oracle: what differs from the first run.
RUNS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"window": 2}, {"window": 2}),
    ({"window_mode": "fixed"}, {"dynamic": False}),
    ({"negative": 2}, {"negative": 2}),
    ({"noise_group": 3}, {"centres": 3}),
    ({"noise_exponent": -0.5}, {"exponent": -0.5}),
    ({"sample": 0.05}, {"sample": 0.05}),
    ({"lr": 0.2}, {"lr": 0.2}),
    ({"seed": 5}, {"seed": 5}),
    ({"epochs": 2}, {"epochs": 2}),
    ({"arch": "cbow"}, {"cbow": True}),
    ({"arch": "cbow", "cbow_gradient": "full"}, {"cbow": True, "cbow_divide": False}),
    ({"context": "set"}, {"as_sets": True}),
    ({"context": "set", "set_sample": 3}, {"as_sets": True, "set_sample": 3}),
]


@pytest.mark.parametrize(("settings", "told"), RUNS, ids=lambda value: str(value) if value else "plain")
def test_a_run_trains_as_the_oracle_does(
    settings: dict[str, Any], told: dict[str, Any], tmp_path: Path
) -> None:
    corpus = corpus_of(tmp_path, text(60))
    training = Training(corpus, config(**{"negative": 5, "sample": 0, "threads": 1, **settings}))
    told = {"exponent": 0.75, "sample": 0, "lr": 0.05, "seed": 1, "epochs": 3, "as_sets": False, **told}
    exponent, sample, lr, seed = (told.pop(name) for name in ("exponent", "sample", "lr", "seed"))
    epochs, as_sets = told.pop("epochs"), told.pop("as_sets")
    counts = np.array(corpus.counts)
    ratio = sample * counts.sum() / counts
    model = oracle.Model(
        training.model.inputs[:, :6].astype(float),
        training.model.outputs[:, :6].astype(float),
        (np.sqrt(ratio) + ratio if sample else np.ones(len(counts))).astype(np.float32),
        noise=alias_table(counts.astype(float) ** exponent),
        **told,
    )
    sentences = [history.tolist() for history in histories_of(corpus)]
    schedule = Schedule(corpus.offsets, epochs, lr, seed)
    number = 0
    while (unit := schedule.unit(number)) is not None:
        part = sentences[unit.first : unit.last]
        oracle.train_unit(model, part, unit.seed, unit.lr_start, unit.lr_end, as_sets)
        number += 1
    assert number >= epochs
    before = training.model.inputs[:, :6].copy()
    assert len(list(training.runner.run())) == number
    assert np.abs(training.model.inputs[:, :6] - before).max() > 1e-2
    np.testing.assert_allclose(training.model.inputs[:, :6], model.inputs, atol=1e-5)
    np.testing.assert_allclose(training.model.outputs[:, :6], model.outputs, atol=1e-5)
