"""Items are made while others are in use, in their order, with their errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from e2v.formats.transfer.ahead import ahead


def test_the_next_item_is_made_while_one_is_in_use() -> None:
    made = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    received = []
    for number in ahead(items()):
        received.append(number)
        if number + 1 < len(made):
            assert made[number + 1].wait(10)
        assert not any(event.is_set() for event in made[number + 2 :])
    assert received == [0, 1, 2, 3]


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    following = ahead(items())
    assert next(following) == 1
    with pytest.raises(ValueError, match="two"):
        next(following)


def test_nothing_is_nothing() -> None:
    assert list(ahead([])) == []
