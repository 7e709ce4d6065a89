"""Reading ahead and digesting behind: the same items, the same digest, errors where they belong."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator

import pytest

from e2v.inputs.read_ahead import Digest, read_ahead


def test_items_come_in_order_and_begin_to_be_made_at_once() -> None:
    begun = threading.Event()

    def items() -> Iterator[int]:
        begun.set()
        yield from range(100)

    ahead = read_ahead(items(), 3)
    assert begun.wait(10)
    assert list(ahead) == list(range(100))
    assert list(ahead) == []


def test_the_next_item_is_made_while_one_is_in_use() -> None:
    made = [threading.Event() for _ in range(4)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    received = []
    for number in read_ahead(items(), 1):
        received.append(number)
        if number + 1 < len(made):
            assert made[number + 1].wait(10)
        assert not any(event.is_set() for event in made[number + 2 :])
    assert received == [0, 1, 2, 3]


def test_nothing_is_nothing() -> None:
    assert list(read_ahead([], 1)) == []


def test_an_error_comes_where_its_item_would_have() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    ahead = read_ahead(items(), 4)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="damaged"):
        next(ahead)
    assert list(ahead) == []


@pytest.mark.parametrize("taken", [0, 2])
def test_closing_ends_the_thread(taken: int) -> None:
    made = []

    def items() -> Iterator[int]:
        for n in range(1_000_000):
            made.append(n)
            yield n

    ahead = read_ahead(items(), 2)
    for _ in range(taken):
        next(ahead)
    ahead.close()
    thread = next((t for t in threading.enumerate() if t.name == "e2v-read-ahead" and t.is_alive()), None)
    if thread is not None:
        thread.join(10)
        assert not thread.is_alive()
    assert len(made) < 100


def test_a_digest_is_that_of_all_pieces_at_any_time() -> None:
    digest, expected = Digest(), hashlib.sha256()
    assert digest.hexdigest() == expected.hexdigest()
    for n in range(50):
        piece = bytes([n]) * (n * 7919 % 200_000)  # of which only the long ones are left to a thread
        digest.update(piece)
        expected.update(piece)
        if n % 10 == 0:
            time.sleep(0.001)  # so that the thread may have ended
            assert digest.hexdigest() == expected.hexdigest()
    assert digest.hexdigest() == expected.hexdigest()
