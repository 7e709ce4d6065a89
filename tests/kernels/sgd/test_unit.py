"""The way in: what a trainer refuses, and what a unit promises to a trainer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.kernels.sgd import (
    Context,
    HierarchicalSoftmax,
    Matrices,
    NegativeSampling,
    Sentences,
    Subwords,
    Trainer,
    alias_table,
    allocate_bfloat16,
    allocate_rows,
    make_trainer,
    train_unit,
)
from e2v.kernels.sgd.tables import check_offsets
from e2v.kernels.sgd.workspace import exchange_period

WORDS, DIM = 6, 10


def arguments(**changes: Any) -> dict[str, Any]:
    """What a small trainer is made of, inputs and outputs alike each time; the fields of Context by name."""
    rng = np.random.default_rng(1)
    inputs, outputs = allocate_rows(WORDS, DIM), allocate_rows(WORDS, DIM)
    inputs[:, :DIM] = rng.normal(size=(WORDS, DIM))
    outputs[:, :DIM] = rng.normal(size=(WORDS, DIM))
    defaults: dict[str, Any] = {
        "tokens": rng.integers(0, WORDS, 3000).astype(np.int32),
        "offsets": np.arange(0, 3001, 30),
        "inputs": inputs,
        "outputs": outputs,
        "subwords": None,
        "loss": NegativeSampling(alias_table(np.ones(WORDS))),
        "threads": 1,
        "lr": 0.05,
    }
    return defaults | changes


def trainer_of(arguments: dict[str, Any]) -> Trainer:
    a = dict(arguments)
    sentences = Sentences(a.pop("tokens"), a.pop("offsets"), np.ones(WORDS, np.float32))
    matrices = Matrices(a.pop("inputs"), a.pop("outputs"), a.pop("subwords"))
    loss, threads, lr = a.pop("loss"), a.pop("threads"), a.pop("lr")
    return make_trainer(sentences, matrices, loss, threads=threads, lr=lr, context=Context(**a))


PATHS = HierarchicalSoftmax(np.arange(WORDS + 1), np.zeros(WORDS, np.int32), np.zeros(WORDS, np.uint8))
PARTS = Subwords(
    offsets=np.arange(WORDS + 1),
    ngrams=np.arange(WORDS),
    own=np.ones(WORDS, np.float32),
    shared=np.ones(WORDS, np.float32),
    kept=allocate_rows(2, DIM),
    trained=allocate_bfloat16(WORDS - 2, DIM),
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": NegativeSampling(alias_table(np.ones(4)))}, "4 words"),
        ({"loss": PATHS._replace(offsets=PATHS.offsets[:-1])}, "paths are for 5 words"),
        ({"loss": PATHS._replace(nodes=PATHS.nodes + 9)}, "nodes of the paths"),
        ({"loss": PATHS._replace(offsets=PATHS.offsets * 2)}, "offsets of the paths"),
        ({"subwords": PARTS._replace(offsets=PARTS.offsets[:-1])}, "parts are for 5 words"),
        ({"subwords": PARTS._replace(ngrams=PARTS.ngrams + 1)}, "n-grams of the words"),
        ({"subwords": PARTS._replace(replicated=[1])}, "replicated n-grams hold ids outside of 2..5"),
        ({"subwords": PARTS._replace(own=PARTS.own * 0, shared=PARTS.own * 0)}, "weights of a word's parts"),
        ({"subwords": PARTS._replace(offsets=np.array([0, 2, 1, 3, 4, 5, 6]))}, "offsets of the parts"),
        ({"subwords": PARTS._replace(kept=allocate_rows(2, DIM + 16))}, "as long as those of words"),
        ({"subwords": PARTS._replace(trained=allocate_rows(4, DIM))}, "contiguous uint32"),
        ({"loss": NegativeSampling(alias_table(np.ones(WORDS)), 0)}, "at least 1 noise word"),
        ({"loss": NegativeSampling(alias_table(np.ones(WORDS)), 5, 9)}, "1 to 8 centres"),
        ({"window": 0}, "at least 1 word"),
        ({"set_sample": 1}, "at least 2 partners"),
        ({"offsets": np.array([0, 3001])}, "offsets of the sentences"),
        ({"offsets": np.array([0, 20, 10])}, "offsets of the sentences"),
        ({"inputs": allocate_rows(WORDS, 40)}, "same stride"),
        ({"inputs": allocate_rows(WORDS - 1, DIM)}, "a row for each of 6 words"),
        ({"outputs": allocate_rows(WORDS - 1, DIM)}, "a row for each of 6 words"),
        ({"inputs": np.zeros((WORDS, 16))}, "contiguous float32"),
        (
            {"inputs": np.zeros(16 * WORDS + 16, np.float32)[1 : 16 * WORDS + 1].reshape(WORDS, 16)},
            "cache line",
        ),
    ],
)
def test_a_trainer_refuses_what_does_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trainer_of(arguments(**changes))


def test_rows_start_on_cache_lines_and_are_zero() -> None:
    rows = allocate_rows(5, 100)
    assert rows.shape == (5, 112)
    assert rows.ctypes.data % 64 == 0
    assert not rows.any()


def trained(first: int = 0, last: int = 100, seed: int = 3, lr: float = 0.05, **changes: Any) -> bytes:
    given = arguments(**changes)
    train_unit(trainer_of(given), range(first, last), seed, (lr, lr))
    return given["inputs"].tobytes() + given["outputs"].tobytes()


def test_many_threads_and_long_steps_exchange_their_replicas_sooner() -> None:
    of_threads = [exchange_period(threads, 0.025) for threads in (1, 8, 16, 64, 10_000)]
    assert of_threads == [16, 16, 8, 2, 1]
    assert [exchange_period(4, lr) for lr in (0.0, 1e-300, 0.05, 0.1, 9.9)] == [16, 16, 16, 8, 1]
    assert trainer_of(arguments(threads=16, lr=0.1)).spaces.exchange_period == 2


@pytest.mark.parametrize("changes", [{}, {"cbow": True}, {"sets": True}])
def test_the_same_seed_gives_the_same_bytes(changes: dict[str, Any]) -> None:
    assert trained(**changes) == trained(**changes)
    assert trained(**changes) != trained(seed=4, **changes)


@pytest.mark.parametrize("changes", [{}, {"cbow": True}, {"sets": True}])
def test_a_learning_rate_of_zero_changes_nothing(changes: dict[str, Any]) -> None:
    assert trained(lr=0.0, **changes) == trained(first=0, last=0, **changes)


def test_a_unit_is_the_sentences_it_names() -> None:
    whole = arguments()
    result = train_unit(trainer_of(whole), range(10, 20), 3, (0.05, 0.05))
    piece = arguments(tokens=whole["tokens"][300:600], offsets=np.arange(0, 301, 30))
    assert train_unit(trainer_of(piece), range(10), 3, (0.05, 0.05)) == result
    assert result.words == 300
    np.testing.assert_array_equal(whole["inputs"], piece["inputs"])


def test_units_without_pairs() -> None:
    lonely = trainer_of(arguments(offsets=np.arange(0, 6)))
    result = train_unit(lonely, range(5), 3, (0.05, 0.05))
    assert (result.words, result.pairs, result.loss, result.loss_pairs) == (5, 0, 0.0, 0)
    nothing = trainer_of(arguments(offsets=np.zeros(4, np.int64)))
    assert train_unit(nothing, range(3), 3, (0.05, 0.05)).words == 0


def test_a_corpus_in_a_mapped_file_that_is_not_aligned(tmp_path: Path) -> None:
    tokens = arguments()["tokens"]
    (tmp_path / "tokens").write_bytes(b"x" + tokens.tobytes())
    mapped = np.memmap(tmp_path / "tokens", np.uint8, "r")[1:].view(np.int32)
    assert not mapped.flags.aligned
    assert trained(tokens=mapped) == trained()


def test_the_loss_is_chance_at_first_and_falls() -> None:
    """Six words, each with one neighbour; with outputs of zero every probability is a half."""
    firsts = np.random.default_rng(2).integers(0, 3, 3000).astype(np.int32)
    sentences = np.stack([firsts, firsts + 3], axis=1).reshape(-1)
    trainer = trainer_of(
        arguments(tokens=sentences, offsets=np.arange(0, 6001, 2), outputs=allocate_rows(WORDS, DIM))
    )
    before = train_unit(trainer, range(3000), 1, (0.0, 0.0))
    train_unit(trainer, range(3000), 2, (0.05, 0.05))
    after = train_unit(trainer, range(3000), 1, (0.0, 0.0))
    # One positive word, and five noise words of which a sixth are the centre and left out.
    chance = (1 + 5 * 5 / 6) * np.log(2)
    assert before.loss / before.loss_pairs == pytest.approx(chance, rel=0.1)
    assert after.loss < 0.3 * before.loss


@pytest.mark.parametrize("hierarchical", [False, True])
def test_threads_share_the_matrices(hierarchical: bool) -> None:
    """Eight at once on six rows: in whatever order the updates come, the numbers stay sane."""
    given = arguments(threads=8, **({"loss": PATHS} if hierarchical else {}))
    trainer = trainer_of(given)
    with ThreadPoolExecutor(8) as pool:
        results = list(
            pool.map(lambda lane: train_unit(trainer, range(100), lane, (0.01, 0.01), lane), range(8))
        )
    assert [result.words for result in results] == [3000] * 8
    assert np.abs(given["inputs"]).max() < 10
    assert 0.01 < np.abs(given["outputs"][:WORDS]).max() < 10


def test_offsets_are_checked_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2v.kernels.sgd.tables._AT_ONCE", 3)
    rng = np.random.default_rng(2)
    for n in range(12):
        sizes = rng.integers(0, 9, n)
        offsets = np.append(0, np.cumsum(sizes))
        assert check_offsets(offsets, 100, "x") == max([1, *sizes])
        for place in range(1, n):
            broken = offsets.copy()
            broken[place] = broken[place - 1] - 1
            with pytest.raises(ValueError, match="the offsets of the x are not in order"):
                check_offsets(broken, 100, "x")
