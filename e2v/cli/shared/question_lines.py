"""Questions on lines of stdin, as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from e2v.errors import InputError

_Asked = TypeVar("_Asked")


def stdin_batches(read: Callable[[str, int], _Asked], size: int) -> Iterator[list[_Asked]]:
    """Questions as they come: a batch is what was waiting to be read, at most `size` of them.

    read: makes a question of a line that is not blank, and its number.

    Raises:
        InputError: as `read`, once the questions before that line have been answered.
    """
    from e2v.inputs.lines import waiting_lines

    return question_batches(waiting_lines(sys.stdin.fileno()), read, size)


def question_batches(
    blocks: Iterable[list[str]], read: Callable[[str, int], _Asked], size: int
) -> Iterator[list[_Asked]]:
    """Questions on lines that come in blocks: a batch is what is left of a block, at most `size` of them.

    Raises:
        InputError: see `stdin_batches`.
    """
    number = 0
    for lines in blocks:
        batch: list[_Asked] = []
        for text in lines:
            number += 1
            if not text.strip(" \t"):
                continue
            try:
                batch.append(read(text, number))
            except InputError:
                yield batch  # what came before the bad line has its answers first
                raise
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
