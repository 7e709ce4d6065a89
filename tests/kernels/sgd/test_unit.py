"""The way in: what a job refuses, and what a unit promises to a trainer."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.kernels.sgd import alias_table, allocate_rows, make_job, spare_rows, train_unit

WORDS, DIM = 6, 10


def settings(**changes: Any) -> dict[str, Any]:
    """A small job's arguments; inputs and outputs start alike each time."""
    rng = np.random.default_rng(1)
    inputs, outputs = allocate_rows(WORDS, DIM), allocate_rows(WORDS, DIM)
    inputs[:, :DIM] = rng.normal(size=(WORDS, DIM))
    outputs[:, :DIM] = rng.normal(size=(WORDS, DIM))
    tokens = rng.integers(0, WORDS, 3000).astype(np.int32)
    defaults: dict[str, Any] = {
        "tokens": tokens,
        "offsets": np.arange(0, 3001, 30),
        "keep": np.ones(WORDS, np.float32),
        "inputs": inputs,
        "outputs": outputs,
        "noise": alias_table(np.ones(WORDS)),
    }
    return defaults | changes


PATHS = (np.arange(WORDS + 1), np.zeros(WORDS, np.int32), np.zeros(WORDS, np.uint8))
PARTS = (np.arange(WORDS + 1), np.arange(WORDS), np.ones(WORDS, np.float32))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": None}, "either noise"),
        ({"paths": PATHS}, "either noise"),
        ({"noise": alias_table(np.ones(4))}, "4 words"),
        ({"noise": None, "paths": (PATHS[0][:-1], *PATHS[1:])}, "paths are for 5 words"),
        ({"noise": None, "paths": (PATHS[0], PATHS[1] + 9, PATHS[2])}, "nodes of the paths"),
        ({"noise": None, "paths": (PATHS[0] * 2, *PATHS[1:])}, "offsets of the paths"),
        ({"noise": None, "paths": PATHS}, "spare_rows for 1 units"),
        ({"parts": (PARTS[0][:-1], *PARTS[1:])}, "parts are for 5 words"),
        ({"parts": (PARTS[0], PARTS[1] + 1, PARTS[2])}, "rows of the parts"),
        ({"parts": (PARTS[0], PARTS[1], PARTS[2] * 0)}, "weights of a word's parts"),
        ({"parts": (np.array([0, 0, 2, 3, 4, 5, 6]), *PARTS[1:])}, "offsets of the parts"),
        ({"negative": 0}, "at least 1 noise word"),
        ({"window": 0}, "at least 1 word"),
        ({"set_sample": 1}, "at least 2 partners"),
        ({"tokens": np.full(3000, WORDS, np.int32)}, "tokens hold ids"),
        ({"tokens": np.full(3000, -1, np.int32)}, "tokens hold ids"),
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
def test_a_job_refuses_what_does_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_job(**settings(**changes))


def test_rows_start_on_cache_lines_and_are_zero() -> None:
    rows = allocate_rows(5, 100)
    assert rows.shape == (5, 112)
    assert rows.ctypes.data % 64 == 0
    assert not rows.any()


def trained(first: int = 0, last: int = 100, seed: int = 3, lr: float = 0.05, **changes: Any) -> bytes:
    arguments = settings(**changes)
    train_unit(make_job(**arguments), first, last, seed, lr, lr)
    return arguments["inputs"].tobytes() + arguments["outputs"].tobytes()


@pytest.mark.parametrize("changes", [{}, {"cbow": True}, {"context_set": True}])
def test_the_same_seed_gives_the_same_bytes(changes: dict[str, Any]) -> None:
    assert trained(**changes) == trained(**changes)
    assert trained(**changes) != trained(seed=4, **changes)


@pytest.mark.parametrize("changes", [{}, {"cbow": True}, {"context_set": True}])
def test_a_learning_rate_of_zero_changes_nothing(changes: dict[str, Any]) -> None:
    assert trained(lr=0.0, **changes) == trained(first=0, last=0, **changes)


def test_a_unit_is_the_sentences_it_names() -> None:
    arguments = settings()
    result = train_unit(make_job(**arguments), 10, 20, 3, 0.05, 0.05)
    piece = settings(tokens=arguments["tokens"][300:600], offsets=np.arange(0, 301, 30))
    assert train_unit(make_job(**piece), 0, 10, 3, 0.05, 0.05) == result
    assert result.words == 300
    np.testing.assert_array_equal(arguments["inputs"], piece["inputs"])


def test_units_without_pairs() -> None:
    lonely = make_job(**settings(offsets=np.arange(0, 6)))
    result = train_unit(lonely, 0, 5, 3, 0.05, 0.05)
    assert (result.words, result.pairs, result.loss, result.loss_pairs) == (5, 0, 0.0, 0)
    nothing = make_job(**settings(offsets=np.zeros(4, np.int64)))
    assert train_unit(nothing, 0, 3, 3, 0.05, 0.05).words == 0


def test_a_corpus_in_a_mapped_file_that_is_not_aligned(tmp_path: Path) -> None:
    arguments = settings()
    (tmp_path / "tokens").write_bytes(b"x" + arguments["tokens"].tobytes())
    mapped = np.memmap(tmp_path / "tokens", np.uint8, "r")[1:].view(np.int32)
    assert not mapped.flags.aligned
    assert trained(tokens=mapped) == trained()


def test_the_loss_is_chance_at_first_and_falls() -> None:
    """Six words, each with one neighbour; with outputs of zero every probability is a half."""
    firsts = np.random.default_rng(2).integers(0, 3, 3000).astype(np.int32)
    sentences = np.stack([firsts, firsts + 3], axis=1).reshape(-1)
    arguments = settings(tokens=sentences, offsets=np.arange(0, 6001, 2), outputs=allocate_rows(WORDS, DIM))
    job = make_job(**arguments)
    before = train_unit(job, 0, 3000, 1, 0.0, 0.0)
    train_unit(job, 0, 3000, 2, 0.05, 0.05)
    after = train_unit(job, 0, 3000, 1, 0.0, 0.0)
    # One positive word, and five noise words of which a sixth are the centre and left out.
    chance = (1 + 5 * 5 / 6) * np.log(2)
    assert before.loss / before.loss_pairs == pytest.approx(chance, rel=0.1)
    assert after.loss < 0.3 * before.loss


@pytest.mark.parametrize("hierarchical", [False, True])
def test_threads_share_the_matrices(hierarchical: bool) -> None:
    """Eight at once on six rows: in whatever order the updates come, the numbers stay sane."""
    changes = {"noise": None, "paths": PATHS, "outputs": allocate_rows(WORDS + spare_rows(WORDS - 1, 8), DIM)}
    arguments = settings(units=8, **(changes if hierarchical else {}))
    job = make_job(**arguments)
    results = []
    threads = [
        threading.Thread(target=lambda seed=seed: results.append(train_unit(job, 0, 100, seed, 0.01, 0.01)))
        for seed in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.words for result in results] == [3000] * 8
    assert np.abs(arguments["inputs"]).max() < 10
    assert 0.01 < np.abs(arguments["outputs"][:WORDS]).max() < 10
