"""A user tower from histories to a file, and back from the file to recommendations."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import numpy as np
import pytest

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.features.table import FeatureTable
from e2v.corpus.histories import user_histories
from e2v.errors import InputError, TrainingError
from e2v.recommend.user_vectors import user_vectors
from e2v.store import Keys, open_artifact, verify
from e2v.training.tower import softmax as tower_softmax
from e2v.training.tower.settings import TowerSettings
from e2v.training.tower.training import TowerTraining
from e2v.training.tower.validation import Validation, validate
from tests.builders import ragged, write_corpus, write_model

USERS = [f"u{user}" for user in range(160)]
SETTINGS = {"dim": 8, "epochs": 10, "batch": 16, "validation": 0.0, "lr": 0.05}


@pytest.fixture
def tastes(tmp_path: Path) -> Corpus:
    """Of 30 items even users had some of the first half, odd ones of the second, and one of any."""
    rng = np.random.default_rng(7)
    histories = []
    for user in range(len(USERS)):
        half = user % 2 * 15
        items = (*rng.permutation(15)[: rng.integers(4, 9)] + half, rng.integers(30))
        histories.append([str(item) for item in rng.permutation(items)])
    return open_corpus(write_corpus(tmp_path / "corpus.e2v", histories, USERS))


def trained(corpus: Corpus, table: FeatureTable | None = None, **settings: object) -> TowerTraining:
    return run(TowerTraining(corpus, TowerSettings(**{**SETTINGS, **settings}), table))


def run(training: TowerTraining) -> TowerTraining:
    with contextlib.closing(training):
        for _ in training.runner.run():
            pass
        training.conclude()
    return training


def agreement(corpus: Corpus, path: Path) -> float:
    """How often one of a user's five first unseen items is of the half that the user likes."""
    model = open_artifact(path, "model")
    histories = user_histories(corpus)[1]
    scores = user_vectors(model, histories) @ model.arrays["output"].T + model.arrays["bias"]
    hits = []
    for user, (row, history) in enumerate(zip(scores, histories, strict=True)):
        row[history] = -np.inf
        hits += [int(corpus.keys[item]) // 15 == user % 2 for item in np.argsort(-row)[:5]]
    return float(np.mean(hits))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"init": "spectral", "epochs": 10},
        {"temperature": 0.0},
        {"candidates": 10},
        {"hidden": (16,)},
        {"hidden": (16, 12), "candidates": 0},
        {"examples": "next"},
        {"examples": "next", "age": True, "hidden": (16,)},
        {"examples": "next", "age": True, "recency": True},
        {"dim": 40},  # more than there are items
    ],
    ids=str,
)
def test_it_learns_what_users_like_and_a_file_keeps_it(
    settings: dict[str, object], tastes: Corpus, tmp_path: Path
) -> None:
    settings = {"init": "random", "epochs": 20} | settings
    # The spectral start alone says much of what users like, a random one nothing.
    untrained = TowerTraining(tastes, TowerSettings(**{**SETTINGS, **settings}))
    untrained.save(tmp_path / "untrained.e2v", {})
    assert agreement(tastes, tmp_path / "untrained.e2v") < (0.9 if settings["init"] == "spectral" else 0.5)
    training = trained(tastes, **settings)
    training.save(tmp_path / "model.e2v", {})
    assert verify(tmp_path / "model.e2v") == []
    assert agreement(tastes, tmp_path / "model.e2v") > 0.95
    # Serving has its own forward pass.
    histories = training._histories
    now = np.zeros((len(histories), int(bool(settings.get("age")))), np.float32)
    np.testing.assert_allclose(
        user_vectors(open_artifact(tmp_path / "model.e2v"), histories),
        training.network.user_vectors(histories, now),
        rtol=1e-4,
        atol=1e-4,
    )


def test_the_loss_falls_and_every_example_is_counted(tastes: Corpus) -> None:
    training = TowerTraining(tastes, TowerSettings(**SETTINGS))
    steps = list(training.runner.run())
    training.conclude()
    losses = [step.loss for step in steps]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.1
    assert [step.tokens for step in steps[:6]] == [16, 32, 48, 64, 80, 96]
    assert steps[-1].tokens == training.runner.total_tokens == 1600
    assert training.figures() == {"epoch": 10} and training.best_epoch == 10


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads(
    tastes: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower_softmax, "_BLOCK", 4)
    for name, seed, threads in (("a", 1, 1), ("b", 1, 3), ("c", 2, 1)):
        training = trained(
            tastes, seed=seed, threads=threads, candidates=10, hidden=(6,), validation=0.2, epochs=3
        )
        training.save(tmp_path / name, {})
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_training_stops_when_validation_no_longer_improves_and_keeps_the_best(tastes: Corpus) -> None:
    settings = {**SETTINGS, "epochs": 60, "validation": 1.0, "patience": 3, "lr": 0.3}
    training = TowerTraining(tastes, TowerSettings(**settings))
    reached = {}
    for _ in training.runner.run():
        if training.runner.epochs == int(training.runner.epochs):
            figures = training.figures()
            reached[figures["epoch"]] = Validation(figures["withheld"], figures["ndcg"])
    training.conclude()
    best = min(reached, key=lambda epoch: reached[epoch].loss)
    assert max(reached) == best + 3 < 60
    assert (training.best_epoch, training.validation) == (best, reached[best])
    held = training._withheld
    again = validate(training.network, held, np.zeros((len(held.users), 0), np.float32))
    assert again == training.validation
    assert training.n_validation_users == training.n_users == len(USERS)


def test_what_the_last_item_decides_is_learned_by_recency(tmp_path: Path) -> None:
    """The next of 12 items in a circle follows the last one, wherever a history has been."""
    rng = np.random.default_rng(4)
    histories = [
        [str(place % 12) for jump in rng.integers(12, size=3) for place in range(jump, jump + 4)]
        for _ in range(120)
    ]
    corpus = open_corpus(write_corpus(tmp_path / "corpus.e2v", histories))
    settings = {"examples": "next", "age": True, "recency": True, "lr": 0.2, "init": "random"}
    training = trained(corpus, **settings)
    training.save(tmp_path / "model.e2v", {})
    model = open_artifact(tmp_path / "model.e2v")
    assert model.arrays["tower.recency"][0] > 1
    assert model.arrays["tower.0.weight"].tolist() == np.eye(8).tolist()
    rows = model.keys.find_all(Keys.from_strings(map(str, range(12))))
    asked = ragged([[rows[place], rows[(place + 5) % 12]] for place in range(12)])
    scores = user_vectors(model, asked) @ model.arrays["output"].T + model.arrays["bias"]
    scores[asked.rows, asked.items] = -np.inf
    assert np.mean(scores.argmax(axis=1) == np.roll(rows, -6)) > 0.8


def table_of(columns: dict[str, list[str]]) -> FeatureTable:
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return FeatureTable(Path("users.tsv"), list(columns), USERS, rows, list(range(2, 2 + len(rows))), {})


@pytest.mark.parametrize("hidden", [(), (12,)])
def test_features_tell_what_histories_do_not(hidden: tuple[int, ...], tastes: Corpus, tmp_path: Path) -> None:
    """A user without a history is still given what others of the same kind like."""
    table = table_of({"likes": ["low", "high"] * (len(USERS) // 2)})
    training = trained(tastes, table, hidden=hidden, epochs=30, lr=0.2)
    assert training.n_described == len(USERS)
    training.save(tmp_path / "model.e2v", {})
    model = open_artifact(tmp_path / "model.e2v")
    assert list(model.keys_of("features")) == ["likes=high", "likes=low"]
    nobody = ragged([[], []])
    vectors = user_vectors(model, nobody, np.eye(2, dtype=np.float32))
    liked = vectors @ model.arrays["output"].T
    high = np.array([int(key) >= 15 for key in tastes.keys])
    assert liked[0, high].mean() > liked[0, ~high].mean()
    assert liked[1, high].mean() < liked[1, ~high].mean()


def test_a_trained_model_can_be_the_start(tastes: Corpus, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    known = [*list(tastes.keys)[:-1], "unheard of"]
    vectors, outputs = rng.normal(size=(2, len(known), 8))
    start = write_model(tmp_path / "start.e2v", known, vectors, outputs)
    training = TowerTraining(tastes, TowerSettings(**{**SETTINGS, "init": str(start)}))
    inputs = training.network.inputs[:-1]
    expected = vectors[:-1] / np.linalg.norm(vectors[:-1])
    np.testing.assert_allclose(inputs / np.linalg.norm(inputs), expected, rtol=1e-5)
    assert np.abs(training.network.inputs[-1]).max() > 0


@pytest.mark.parametrize(
    ("keys", "dim", "complaint"),
    [("abc", 8, "has none of the corpus' items"), (["1", "2", "3"], 5, "has vectors of length 5, not 8")],
)
def test_a_start_that_does_not_fit(
    keys: list[str], dim: int, complaint: str, tastes: Corpus, tmp_path: Path
) -> None:
    start = write_model(tmp_path / "start.e2v", keys, np.ones((3, dim)))
    with pytest.raises(InputError, match=complaint):
        TowerTraining(tastes, TowerSettings(**{**SETTINGS, "init": str(start)}))


def test_a_start_without_output_vectors(tastes: Corpus, tmp_path: Path) -> None:
    start = write_model(tmp_path / "start.e2v", ["1", "2"], np.ones((2, 8)), nodes=np.ones((1, 8)))
    with pytest.raises(InputError, match="has no output vectors"):
        TowerTraining(tastes, TowerSettings(**{**SETTINGS, "init": str(start)}))


@pytest.mark.parametrize("sentences", [[["a"]], [["a", "a"], ["b"], []]])
def test_nothing_to_predict(sentences: list[list[str]], tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "corpus.e2v", sentences))
    with pytest.raises(InputError, match="nobody has two different items"):
        TowerTraining(corpus, TowerSettings())


def test_one_user_of_two_items_is_enough(tmp_path: Path) -> None:
    corpus = open_corpus(write_corpus(tmp_path / "corpus.e2v", [["a", "b"]], ["me"]))
    training = trained(corpus, validation=0.05)
    assert training.n_validation_users == 0
    assert np.isfinite(training.network.user_vectors(training._histories, np.zeros((1, 0), np.float32))).all()


def test_a_basket_of_50000_items(tmp_path: Path) -> None:
    items = [str(item) for item in range(50_000)]
    corpus = open_corpus(write_corpus(tmp_path / "corpus.e2v", [items, items[:2], items[1:3]]))
    training = trained(corpus, dim=2, epochs=1, init="random")
    assert math.isfinite(training.runner.loss)


def test_divergence_is_an_error(tastes: Corpus, tmp_path: Path) -> None:
    training = TowerTraining(tastes, TowerSettings(**{**SETTINGS, "temperature": 0.0}))
    training.network.outputs[3] = np.inf
    with pytest.raises(TrainingError, match="the loss has become nan after"):
        list(training.runner.run())
    with pytest.raises(TrainingError, match="has become nan or infinite"):
        training.save(tmp_path / "model.e2v", {})
    assert not (tmp_path / "model.e2v").exists()
