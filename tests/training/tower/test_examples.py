"""What a user tower is shown, and what it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from e2v.corpus.histories import Histories
from e2v.errors import UsageError
from e2v.settings import option_name, recorded
from e2v.training.tower.examples import Batch, Examples, withhold
from e2v.training.tower.settings import TowerSettings, resolve_tower

RNG_SEED = 11
HISTORIES = Histories(
    np.array([0, 5, 6, 6, 9, 19]),
    np.array([4, 2, 9, 7, 1, 3, 0, 8, 5, *range(10, 20)], np.int32),
)


def epoch(config: TowerSettings, number: int = 0) -> list[Batch]:
    examples = Examples(HISTORIES, config)
    firsts = range(0, examples.number, config.batch)
    return [
        examples.batch(number, first, first + config.batch, np.array([RNG_SEED + first + number], np.uint64))
        for first in firsts
    ]


def test_items_count_where_they_come_first() -> None:
    repeated = Histories(np.array([0, 5, 5, 8]), np.array([3, 1, 3, 2, 1, 1, 1, 3], np.int32))
    distinct = repeated.first_occurrences()
    assert distinct.offsets.tolist() == [0, 3, 3, 5]
    assert distinct.items.tolist() == [3, 1, 2, 1, 3]


def test_held_out_parts_and_the_rest_are_the_history() -> None:
    config = TowerSettings(batch=2)
    found = epoch(config)
    assert [len(batch.users) for batch in found] == [2, 1]
    assert sorted(np.concatenate([batch.users for batch in found])) == [0, 3, 4]  # two items or more
    for batch in found:
        for user, kept, targets in zip(batch.users, batch.kept, batch.targets, strict=True):
            assert len(kept) and len(targets)
            assert sorted([*kept, *targets]) == sorted(HISTORIES[user])


def test_held_out_items_are_random_and_their_share_is_kept_on_average() -> None:
    config = TowerSettings(hold_out=0.7)
    held = np.zeros(20)
    for number in range(600):
        for batch in epoch(config, number):
            held[batch.targets.items] += 1 / 600
    np.testing.assert_allclose(held[10:], 0.7, atol=0.08)
    np.testing.assert_allclose(held[[0, 8, 5]], 0.65, atol=0.08)  # of three, one or two


def test_next_items_come_after_what_is_kept() -> None:
    config = TowerSettings(examples="next", per_user=4, batch=3)
    found = epoch(config)
    assert sum(len(batch.users) for batch in found) == Examples(HISTORIES, config).number == 4 + 2 + 4
    assert [len(batch.users) for batch in found] == [3, 3, 3, 1]
    seen = set()
    for batch in found:
        rows = zip(batch.users, batch.kept, batch.targets, batch.later, strict=True)
        for user, kept, target, later in rows:
            history = HISTORIES[user].tolist()
            assert history[: len(kept)] == kept.tolist()
            assert [history[len(kept)]] == target.tolist()
            assert later == len(history) - len(kept) - 1
            seen.add((user, len(kept)))
    assert len(seen) == 10  # without repetition


@pytest.mark.parametrize("examples", ["held-out", "next"])
def test_targets_keep_their_weights(examples: str) -> None:
    weights = np.empty(20, np.float32)
    weights[:] = np.arange(20) / 8 + 1  # of each item, once
    histories = replace(HISTORIES, weights=weights[HISTORIES.items])
    config = TowerSettings(examples=examples, validation=0.5)
    rest, held = withhold(histories, config, np.random.default_rng(1))
    assert rest.weights.tolist() == weights[rest.items].tolist() and held.targets.weights is None
    batch = Examples(rest, config).batch(0, 0, 9, np.array([3], np.uint64))
    assert batch.targets.weights.tolist() == weights[batch.targets.items].tolist()


@pytest.mark.parametrize("examples", ["held-out", "next"])
def test_examples_follow_from_the_seed_and_their_place(examples: str) -> None:
    config = TowerSettings(examples=examples, batch=4, per_user=3)
    first, again, other = (
        [batch.targets.items.tolist() for batch in epoch(config, number)] for number in (1, 1, 2)
    )
    assert first == again != other
    last_first = [Examples(HISTORIES, config).batch(1, first, first + 4, np.array([5 + first], np.uint64))
                  for first in (4, 0)]  # fmt: skip
    in_order = Examples(HISTORIES, config)
    for first, batch in ((0, last_first[1]), (4, last_first[0])):
        alone = in_order.batch(1, first, first + 4, np.array([5 + first], np.uint64))
        assert alone.targets.items.tolist() == batch.targets.items.tolist()


@pytest.mark.parametrize(("examples", "sizes"), [("held-out", [1, 1, 2]), ("next", [1, 1, 1])])
def test_withheld_items_are_not_learned_from(examples: str, sizes: list[int]) -> None:
    config = TowerSettings(examples=examples, validation=1.0)
    rest, held = withhold(HISTORIES, config, np.random.default_rng(1))
    assert held.users.tolist() == [0, 3, 4]
    assert held.targets.sizes.tolist() == sizes
    for user, kept, targets in zip(held.users, held.kept, held.targets, strict=True):
        assert kept.tolist() == rest[user].tolist()
        assert sorted([*kept, *targets]) == sorted(HISTORIES[user])
    assert rest[1].tolist() == [3]
    if examples == "next":  # what each user really had next
        assert held.targets.items.tolist() == [1, 5, 19]


@pytest.mark.parametrize(
    ("examples", "users", "validation", "withheld"),
    [
        ("next", 1000, 0.05, 300),
        ("next", 1000, 0.4, 400),
        ("next", 500, 0.05, 250),  # half of them
        ("next", 500, 0.0, 0),
        ("next", 80_000, 0.05, 3000),
        ("held-out", 1000, 0.05, 50),
    ],
)
def test_how_many_users_are_validated(examples: str, users: int, validation: float, withheld: int) -> None:
    histories = Histories(3 * np.arange(users + 1), np.arange(3 * users, dtype=np.int32))
    config = TowerSettings(examples=examples, validation=validation)
    _, held = withhold(histories, config, np.random.default_rng(1))
    assert len(held.users) == withheld


def test_no_validation_withholds_nothing() -> None:
    rest, held = withhold(HISTORIES, TowerSettings(validation=0), np.random.default_rng(1))
    assert rest.items.tolist() == HISTORIES.items.tolist()
    assert len(held.users) == len(held.targets) == 0


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"dim": 0}, "--dim must be between 1 and 100,000, not 0"),
        ({"hold_out": 1.0}, "--hold-out must be above 0 and below 1"),
        ({"per_user": 5}, "--per-user applies to --examples next only"),
        ({"examples": "next", "hold_out": 0.5}, "--hold-out applies to --examples held-out only"),
        ({"examples": "held-out", "age": False}, "--age applies to --examples next only"),
        ({"age": True}, "--age applies to --examples next only"),
        ({"recency": True}, "--recency applies to --examples next only"),
        ({"temperature": -1.0}, "--temperature must be between 0 and 1,000"),
        ({"temperature": 1e300}, "--temperature must be between 0 and 1,000"),
        ({"temperature": 1e-300}, "--temperature must be 0, or between 0.001 and 1000, not 1e-300"),
        ({"batch": 2**63 - 1}, "--batch must be between 1 and 1,000,000"),
        ({"temperature": float("nan")}, "--temperature must be a number, not nan"),
        ({"validation": 2.0}, "--validation must be between 0 and 1, not 2.0"),
        ({"lr": 0.0}, "--lr must be at least 1e-06"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_tower(given)
    assert complaint in str(caught.value.spelled(option_name))


@pytest.mark.parametrize(
    ("given", "ordered", "examples", "age"),
    [
        ({}, True, "next", True),
        ({}, False, "held-out", False),
        ({}, None, "held-out", False),
        ({"age": False}, True, "next", False),
        ({"recency": False}, True, "next", True),
        ({"per_user": 3}, True, "next", True),
        ({"hold_out": 0.5}, True, "held-out", False),
        ({"examples": "held-out"}, True, "held-out", False),
        ({"examples": "next"}, False, "next", True),
        ({"examples": "next", "age": False}, None, "next", False),
    ],
)
def test_the_order_of_histories_decides_what_is_not_given(
    given: dict[str, object], ordered: bool | None, examples: str, age: bool
) -> None:
    config = resolve_tower(given, ordered=ordered)
    assert (config.examples, config.age) == (examples, age)
    by_recency = examples == "next" and given.get("recency") is not False
    assert (config.recency, config.epochs) == ((True, 10) if by_recency else (False, 20))


def test_settings_that_shape_the_result_are_kept() -> None:
    settings = recorded(resolve_tower({"hidden": (8, 4), "examples": "next", "threads": 3, "epochs": None}))
    assert settings["hidden"] == [8, 4]
    assert "threads" not in settings and "hold_out" not in settings
    assert settings["per_user"] == TowerSettings().per_user
    assert settings["epochs"] == 10 and settings["recency"] is True


def test_hidden_widths() -> None:
    assert resolve_tower({"hidden": "256,128"}).hidden == (256, 128)
    assert resolve_tower({"hidden": "0"}).hidden == ()
    for wrong in ("", "a", "256,", "256,0", "-1", "1.5"):
        with pytest.raises(UsageError, match=r"^hidden takes widths"):
            resolve_tower({"hidden": wrong})
