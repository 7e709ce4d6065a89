"""The exact softmax against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from e2v.settings import resolve
from e2v.training.engine.schedule import Unit
from e2v.training.word2vec.model import Model
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.softmax import SoftmaxTrainer, split_sets
from tests.oracles import softmax as oracle

V, D = 9, 5
SENTENCES = [[1, 4, 2, 2, 0], [3], [8, 7, 6, 5, 4, 3], [0, 0]]
TOKENS = np.concatenate(SENTENCES).astype(np.int32)
OFFSETS = np.cumsum([0, *map(len, SENTENCES)])


def random_model() -> Model:
    rng = np.random.default_rng(5)
    inputs, outputs = (np.zeros((V, 16), np.float32) for _ in range(2))
    inputs[:, :D], outputs[:, :D] = rng.normal(size=(2, V, D))
    return Model(inputs, outputs, D)


def train(model: Model, config: Word2VecSettings, lr: float, keep: float = 1.0) -> tuple[float, int]:
    trainer = SoftmaxTrainer(TOKENS, OFFSETS, np.full(V, keep, np.float32), model, config)
    unit = Unit(0, 0, first=0, last=len(SENTENCES), tokens=len(TOKENS), lr_start=lr, lr_end=lr, seed=7)
    result = trainer(unit, 0)
    return result.loss, result.pairs


def test_oracle_gradients_are_those_of_its_loss() -> None:
    model = random_model()
    matrices = [model.inputs[:, :D].astype(float), model.outputs[:, :D].astype(float)]
    batch = oracle.examples(SENTENCES, 2, cbow=True)
    for matrix, gradient in zip(matrices, oracle.gradients(*matrices, batch), strict=True):
        numeric = np.zeros_like(matrix)
        for at in np.ndindex(matrix.shape):
            value = matrix[at]
            sides = []
            for step in (1e-6, -1e-6):
                matrix[at] = value + step
                sides.append(oracle.loss(*matrices, batch))
            matrix[at] = value
            numeric[at] = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(gradient, numeric, atol=1e-6)


@pytest.mark.parametrize("arch", ["skipgram", "cbow"])
@pytest.mark.parametrize("context", ["window", "set"])
def test_a_unit_takes_the_gradient_steps_of_the_definition(arch: str, context: str) -> None:
    """Batch by batch: with steps of 64 examples, each at the parameters the last one left."""
    window = {"window": 2, "window_mode": "fixed"} if context == "window" else {}
    config = resolve(
        Word2VecSettings,
        {"arch": arch, "loss": "softmax", "context": context, "dim": D, "sample": 0.0, **window},
    )
    model = random_model()
    inputs, outputs = model.inputs[:, :D].astype(float), model.outputs[:, :D].astype(float)
    batch = oracle.examples(SENTENCES, 2 if context == "window" else None, arch == "cbow")
    expected_loss = 0.0
    for start in range(0, len(batch), 64):
        step = batch[start : start + 64]
        expected_loss += oracle.loss(inputs, outputs, step)
        d_inputs, d_outputs = oracle.gradients(inputs, outputs, step)
        inputs -= 0.05 * d_inputs
        outputs -= 0.05 * d_outputs
    total, pairs = train(model, config, lr=0.05)
    assert pairs == len(batch)
    assert total == pytest.approx(expected_loss, rel=1e-5)
    np.testing.assert_allclose(model.inputs[:, :D], inputs, atol=2e-6)
    np.testing.assert_allclose(model.outputs[:, :D], outputs, atol=2e-6)
    assert not model.inputs[:, D:].any()


def test_full_cbow_gradient_is_not_divided() -> None:
    def change(gradient: str) -> np.ndarray:
        model = random_model()
        before = model.inputs.copy()
        options = {"arch": "cbow", "loss": "softmax", "cbow_gradient": gradient, "sample": 0.0}
        train(model, resolve(Word2VecSettings, {**options, "window": 4, "window_mode": "fixed"}), lr=1e-3)
        return model.inputs - before

    # Word 8 is always one of 5 words of a context.
    divided, full = change("divided")[8], change("full")[8]
    np.testing.assert_allclose(full, 5 * divided, rtol=1e-3, atol=1e-6)


def test_dynamic_windows_draw_each_reach_equally_often() -> None:
    config = resolve(Word2VecSettings, {"loss": "softmax", "window": 3, "sample": 0.0})
    trainer = SoftmaxTrainer(TOKENS, OFFSETS, np.ones(V, np.float32), random_model(), config)
    centres = np.arange(30, 30_030)
    begin, end = np.zeros_like(centres), np.full_like(centres, 40_000)
    centre, context = trainer._pairs(centres, centres, begin, end, np.random.default_rng(1))
    distance = np.bincount(np.abs(centre - context))
    np.testing.assert_allclose(distance[1:] / 30_000, [2, 4 / 3, 2 / 3], rtol=0.02)


def test_subsampling_drops_tokens_before_windows_are_laid() -> None:
    options = {"loss": "softmax", "window": 1, "window_mode": "fixed", "sample": 1e-3}
    counts = [
        train(random_model(), resolve(Word2VecSettings, options), lr=0.0, keep=keep)[1]
        for keep in (0.0, 0.5, 1.0)
    ]
    assert counts[0] == 0
    assert 0 < counts[1] < counts[2] == len(oracle.examples(SENTENCES, 1, cbow=False))


def test_large_sets_are_split_into_groups_that_weigh_as_their_sample_would() -> None:
    ids, rng = np.arange(20), np.random.default_rng(2)
    bounds, weights = split_sets(ids, np.array([0, 4, 15, 20, 20]), 4, rng)
    assert bounds.tolist() == [0, 4, 7, 11, 15, 20, 20]
    assert weights.tolist() == [1, 4 / 2, 4 / 3, 4 / 3, 1, 1]
    assert ids[:4].tolist() == [0, 1, 2, 3]
    assert sorted(ids[4:15].tolist()) == list(range(4, 15)) != ids[4:15].tolist()
    assert ids[15:].tolist() == [15, 16, 17, 18, 19]
