"""Items that are made of attributes, too: gradients by finite differences, and what they are good for."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import open_corpus
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.histories import user_histories
from e2v.evaluation.recommender import ModelRecommender
from e2v.kernels.linalg.sparse import WeightedCsr
from e2v.store import open_artifact, verify
from e2v.training.engine.session import Session
from e2v.training.linear.products import product, ridge
from e2v.training.tower.attributes import Attributes, Composer
from e2v.training.tower.network import Network, gradients
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.steps import CandidateSampler
from e2v.training.tower.training import TowerTraining
from tests.builders import ragged, write_tastes
from tests.oracles import tower as oracle
from tests.training.tower.test_network import KEPT, SOME, TARGETS, D, V, new_network, new_step

HAVING = [[0], [0, 1, 2], [], [1], [2, 3], [3], [0, 3], [1, 3]]  # of each item; of item 2 nothing is known
N = 4


def matrix_of(having: list[list[int]]) -> WeightedCsr:
    rows = ragged(having)
    weights = [1 / np.sqrt(len(each)) for each in having for _ in each]
    return WeightedCsr(rows.offsets, rows.items, np.array(weights, np.float32))


@pytest.mark.parametrize("left_out", [set(), {0, 3, 7}])
@pytest.mark.parametrize(("temperature", "exponent"), [(0.0, None), (0.4, 0.7)])
def test_gradients_are_the_slopes_of_the_loss(
    temperature: float, exponent: float | None, left_out: set[int]
) -> None:
    rng = np.random.default_rng(11)
    shared = [rng.normal(size=shape).astype(np.float32) for shape in ((N, D), (N, D), (N,))]
    plain = new_network((), 0, temperature, exponent)
    names = ("inputs", "outputs", "biases", "layers", "temperature")
    network = Network(
        **{name: getattr(plain, name) for name in names},
        recency=plain.recency,
        attributes=Attributes(*shared),
        parts=matrix_of(HAVING),
    )
    chances = dict(zip(SOME, (0.3, 0.5, 0.6, 0.8, 0.9), strict=True))
    extra = np.zeros((len(KEPT), 0), np.float32)
    step = new_step(KEPT, TARGETS, extra, chances, by_recency=exponent is not None)
    composer = Composer(matrix_of(HAVING), N)

    def of(items: np.ndarray) -> object:
        composition = composer.of(items)
        return replace(composition, own=np.array([item not in left_out for item in items], np.float32))

    read = step.reads.of_places(np.full(V, -1))
    step = replace(step, reads=read, of_reads=of(read.items), of_candidates=of(step.candidates.items))
    loss_of_batch, gradient = gradients(network, step)

    examples = [(kept, targets, []) for kept, targets in zip(KEPT, TARGETS, strict=True)]
    exact = [array.astype(float) for array in network.all()]

    def loss(parameters: list[np.ndarray]) -> float:
        *own, of_inputs, of_outputs, of_biases = parameters
        rows = [
            oracle.composed(mine, theirs, HAVING, left_out)
            for mine, theirs in zip(own, (of_inputs, of_outputs, of_biases), strict=False)
        ]
        return oracle.loss([*rows, *own[3:]], examples, chances, temperature)

    assert loss_of_batch == pytest.approx(loss(exact), rel=1e-5)
    for part, expected in zip(gradient.all(), oracle.gradients(exact, loss), strict=True):
        whole = np.zeros_like(expected)
        whole[part.rows] = part.values
        np.testing.assert_allclose(whole, expected, atol=5e-5)


def test_all_items_are_made_as_some_are() -> None:
    rng = np.random.default_rng(3)
    own, theirs = rng.normal(size=(V, D)).astype(np.float32), rng.normal(size=(N, D)).astype(np.float32)
    network = replace(
        new_network((), 0, 0.0),
        inputs=own,
        attributes=Attributes(theirs, theirs, theirs[:, 0]),
        parts=matrix_of(HAVING),
    )
    expected = oracle.composed(own.astype(float), theirs.astype(float), HAVING, set())
    np.testing.assert_allclose(network.item_inputs(), expected, rtol=1e-5)
    items = np.array([6, 1, 2])
    made = Composer(matrix_of(HAVING), N).of(items).compose(own, theirs, np.empty((3, D), np.float32))
    np.testing.assert_allclose(made, expected[items], rtol=1e-5)


def test_a_seed_leaves_out_the_same_rows_whatever_else_is_in_the_step() -> None:
    having = [[0], []] * 2000
    composer = Composer(matrix_of(having), 1)
    every = composer.of(np.arange(4000), seed=5).own
    assert 0.08 < np.mean(every[::2] == 0) < 0.12
    assert every[1::2].all()  # which would be nothing without
    some = np.array([3000, 8, 14, 2, 1111])
    assert composer.of(some, seed=5).own.tolist() == every[some].tolist()
    assert (composer.of(np.arange(4000), seed=6).own != every).any()


def test_ridge_regression() -> None:
    rng = np.random.default_rng(4)
    having = [sorted(rng.permutation(9)[: rng.integers(0, 5)].tolist()) for _ in range(60)]
    matrix = matrix_of(having)
    dense = product(matrix, np.eye(9, dtype=np.float32), np.empty((60, 9), np.float32)).astype(float)
    targets = rng.normal(size=(60, 5)).astype(np.float32)
    targets[:, 4] = 0
    expected = np.linalg.solve(dense.T @ dense + 3 * np.eye(9), dense.T @ targets)
    np.testing.assert_allclose(ridge(matrix, 9, targets, 3.0), expected, atol=1e-4)


def test_what_nobody_had_does_not_compete() -> None:
    counts = np.array([3, 0, 2, 0, 5])
    sampler = CandidateSampler(counts, TowerSettings(candidates=0), only_seen=True)
    assert sampler.draw(batch(), np.array([1], np.uint64)).items.tolist() == [0, 2, 4]
    sampler = CandidateSampler(np.tile(counts, 9), TowerSettings(candidates=20), only_seen=True)
    drawn = sampler.draw(batch(), np.array([1], np.uint64)).items
    assert len(drawn) > 3 and set(drawn % 5) <= {0, 2, 4}


def batch() -> object:
    from e2v.training.tower.examples import Batch

    return Batch(np.array([0]), ragged([[0]]), ragged([[2]]), np.zeros(1, np.int64))


@pytest.fixture(scope="module")
def tastes(tmp_path_factory: pytest.TempPathFactory) -> DescribedCorpus:
    """Users who like one half of 30 items, known by its kind; and two items of each that nobody has had."""
    folder = tmp_path_factory.mktemp("attributes")
    corpus = open_corpus(write_tastes(folder / "corpus.e2v"))
    kinds = [(str(item), "low" if item < 15 else "high") for item in range(30)]
    kinds += [("new low", "low"), ("new high", "high"), ("newer low", "low"), ("newer high", "high")]
    (folder / "items.csv").write_text("id,kind\n" + "".join(f"{item},{kind}\n" for item, kind in kinds))
    return DescribedCorpus(corpus, FeatureColumns.parse(folder / "items.csv"))


SETTINGS = {"dim": 8, "epochs": 10, "batch": 16, "lr": 0.2, "validation": 0.2, "candidates": 8}


def trained(corpus: DescribedCorpus, path: Path, stop: int | None = None, threads: int = 1) -> Path:
    settings = TowerSettings(**{**SETTINGS, "threads": threads})
    with contextlib.closing(TowerTraining(corpus, settings)) as training:
        session = Session(training, path, {"item_features": corpus.features})
        session.resume()
        with contextlib.closing(session.run()) as steps:
            stopped = any(training.runner.units == stop for _ in steps)
        if stopped:
            session.save_checkpoint()
        else:
            session.finish()
    return path


def test_what_nobody_had_is_recommended_to_whom_it_suits(tastes: DescribedCorpus, tmp_path: Path) -> None:
    model = open_artifact(trained(tastes, tmp_path / "model.e2v"))
    assert verify(model.path) == []
    assert model.arrays["new"].tolist() == [0] * 30 + [1] * 4
    assert list(model.keys)[30:] == ["new low", "new high", "newer low", "newer high"]
    users, histories = user_histories(tastes)
    best = ModelRecommender(model, new_items="only").scores(histories, users).argmax(axis=1)
    likes_high = np.arange(80) % 2 == 1
    suits = (best % 2 == 1) == likes_high
    assert suits.mean() > 0.85 and best.min() >= 30
    assert ModelRecommender(model).scores(histories, users).argmax(axis=1).max() < 30


def test_stopping_and_threads_change_no_byte(tastes: DescribedCorpus, tmp_path: Path) -> None:
    whole = trained(tastes, tmp_path / "whole.e2v").read_bytes()
    assert trained(tastes, tmp_path / "threads.e2v", threads=3).read_bytes() == whole
    trained(tastes, tmp_path / "stopped.e2v", stop=7)
    assert trained(tastes, tmp_path / "stopped.e2v").read_bytes() == whole
