"""The figures of a validation, against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from e2v.training.tower.examples import Batch
from e2v.training.tower.network import Network
from e2v.training.tower.validation import validate
from tests.builders import ragged

V = 40


def network() -> Network:
    """Whose users all have the vector (1,), so that an item's score is its number."""
    scores = np.arange(V, dtype=np.float32)[:, np.newaxis]
    return Network(np.ones((V, 1), np.float32), scores, np.zeros(V, np.float32), (), 0.0)


def test_ranks_and_losses() -> None:
    kept, targets = [[39, 38, 36], [0]], [[37, 34, 3], [30]]
    held = Batch(np.arange(2), ragged(kept), ragged(targets), np.zeros(2, np.int64))
    found = validate(network(), held, np.zeros((2, 0), np.float32))
    # Without 39, 38 and 36, item 37 has rank 1 and 34 rank 3; without 0, item 30 has rank 10.
    first = (1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3) + 1 / math.log2(4))
    assert found.ndcg == pytest.approx((first + 1 / math.log2(11)) / 2)
    losses = []
    for seen, wanted in zip(kept, targets, strict=True):
        partition = math.log(sum(math.exp(item) for item in range(V) if item not in seen))
        losses += [partition - item for item in wanted]
    assert found.loss == pytest.approx(np.mean(losses), rel=1e-6)


def test_nothing_withheld() -> None:
    held = Batch(np.arange(0), ragged([]), ragged([]), np.arange(0))
    assert math.isnan(validate(network(), held, np.zeros((0, 0), np.float32)).loss)
