"""The passes of encoding: words to provisional ids, lexicons to one, ids to rows of a vocabulary."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.text.lexicon import Lexicon
from e2v.corpus.text.tokenizers import Tokenizer
from e2v.corpus.vocabulary import Vocabulary, choose_rows
from e2v.kernels.text import counting
from e2v.store import Keys
from e2v.threads import in_order

_LINE_IDS = 1 << 12  # ids in which the end of a line is looked for at a time
_TOKENS = counting.LineState._fields.index("tokens")
_OF_LINE = [counting.LineState._fields.index(name) for name in ("length", "words", "cuts")]
_IN_ALL = [counting.LineState._fields.index(name) for name in ("tokens", "lines", "lines_cut")]


def encode_blocks(
    blocks: Iterable[bytes], tokenizer: Tokenizer, lexicons: Sequence[Lexicon]
) -> Iterator[NDArray[np.int32]]:
    """Each block's ids, in order, made by as many threads as there are lexicons."""
    free = deque(lexicons)

    def encode(block: bytes) -> NDArray[np.int32]:
        lexicon = free.pop()
        try:
            return lexicon.encode(tokenizer.separate(block))
        finally:
            free.append(lexicon)

    return in_order(encode, blocks, len(lexicons))


def merge(lexicons: Sequence[Lexicon], lowercase: bool) -> tuple[Lexicon, list[NDArray[np.int64]]]:
    """One lexicon with the keys and counts of all, and for each of them the number of each of its keys there.

    Two and two are merged, at the same time, until one is left. Lower-casing is done here, to each different
    word once. The first lexicon may become the one returned.
    """
    with ThreadPoolExecutor(len(lexicons)) as pool:
        parts = list(pool.map(_lowered, lexicons)) if lowercase else [_Part(one) for one in lexicons]
        while len(parts) > 1:
            halves = itertools.zip_longest(parts[::2], parts[1::2])
            parts = list(pool.map(lambda pair: _joined(*pair), halves))
    return parts[0].lexicon, parts[0].numbers


class _Part:
    """A lexicon, and for each of those that it is made of the number of each of their keys in it."""

    def __init__(self, lexicon: Lexicon, numbers: list[NDArray[np.int64]] | None = None) -> None:
        self.lexicon = lexicon
        self.numbers = [np.arange(len(lexicon))] if numbers is None else numbers


def _lowered(lexicon: Lexicon) -> _Part:
    lowered = Lexicon()
    return _Part(lowered, [lowered.intern(lexicon.keys.lower(), lexicon.counts)])


def _joined(first: _Part, second: _Part | None) -> _Part:
    if second is None:
        return first
    numbers = first.lexicon.intern(second.lexicon.keys, second.lexicon.counts)
    return _Part(first.lexicon, [*first.numbers, *(numbers[of_part] for of_part in second.numbers)])


def choose(lexicon: Lexicon, min_count: int, max_vocab: int | None) -> tuple[Vocabulary, NDArray[np.int64]]:
    """The vocabulary of the keys to keep, and each key's row in it: int64[len(lexicon)], -1 for none."""
    chosen = choose_rows(lexicon.keys, lexicon.counts, min_count, max_vocab)
    rows = np.full(len(lexicon), -1)
    rows[chosen] = np.arange(len(chosen))
    return Vocabulary(lexicon.keys.take(chosen), lexicon.counts[chosen]), rows


def find(keys: Keys, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The row of each key in the vocabulary: int64[n], -1 for none."""
    lexicon = Lexicon()
    lexicon.intern(vocabulary.keys)
    rows = lexicon.intern(keys)
    return np.where(rows < len(vocabulary.keys), rows, -1)


def extend(old: Vocabulary, lexicon: Lexicon, min_count: int) -> tuple[Vocabulary, NDArray[np.int64]]:
    """The old keys with their ids, then new ones of the lexicon that are frequent enough; each key's row.

    Counts add up, so that keys are no longer in the order of their counts.
    """
    rows = find(lexicon.keys, old)
    known = np.flatnonzero(rows >= 0)
    counts = old.counts.copy()
    counts[rows[known]] += lexicon.counts[known]
    candidates = np.where(rows < 0, lexicon.counts, 0)
    new = choose_rows(lexicon.keys, candidates, min_count, None)
    rows[new] = len(old.keys) + np.arange(len(new))
    return Vocabulary(old.keys + lexicon.keys.take(new), np.concatenate([counts, lexicon.counts[new]])), rows


def rows_of_ids(
    lexicons: Sequence[Lexicon], numbers: Sequence[NDArray[np.int64]], rows: NDArray[np.int64]
) -> NDArray[np.int32]:
    """The row of every provisional id: int32[...], -1 for none.

    numbers: from `merge`. rows: of the merged keys, from `choose` or `find`.
    """
    step = len(lexicons)
    found = np.full(step * max(map(len, numbers)), -1, np.int32)
    for base, of_lexicon in enumerate(numbers):
        found[base : base + step * len(of_lexicon) : step] = rows[of_lexicon]
    return found


class SentenceCutter:
    """Turns provisional ids into tokens, chunk by chunk on threads, and finds the sentences.

    What follows a chunk's first end of a line does not depend on what was before: threads do that, and only
    the chunks' beginnings are done in turn.

    rows: from `rows_of_ids`. longest: most tokens in a sentence. all_lines: those without a token are
    sentences too. ends: gets the number of tokens up to the end of each sentence, as int64.
    """

    def __init__(
        self, rows: NDArray[np.int32], longest: int, all_lines: bool, ends: IO[bytes], threads: int
    ) -> None:
        self._rows = rows
        self._longest = longest
        self._all_lines = all_lines
        self._ends = ends
        self._threads = threads
        self._state = _new_state()

    @property
    def state(self) -> counting.LineState:
        """What was met so far."""
        return counting.LineState(*self._state.tolist())

    def __call__(self, chunks: Iterable[NDArray[np.int32]]) -> Iterator[NDArray[np.int32]]:
        """The tokens of writable chunks of ids, which are overwritten."""
        for head, rest in in_order(self._recode_rest, chunks, self._threads):
            tokens, ends = self._recode(head, self._state)
            self._ends.write(ends.data)
            yield tokens
            if rest is not None:
                tokens, ends, state = rest
                ends += self._state[_TOKENS]
                self._ends.write(ends.data)
                yield tokens
                self._state[_OF_LINE] = state[_OF_LINE]
                self._state[_IN_ALL] += state[_IN_ALL]

    def _recode_rest(
        self, ids: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]] | None]:
        """The ids of the line that a chunk begins in, and what the lines after it come to, if there are."""
        for first in range(0, len(ids), _LINE_IDS):
            found = np.flatnonzero(ids[first : first + _LINE_IDS] == counting.LINE_END)
            if len(found):
                begin = first + int(found[0]) + 1
                state = _new_state()
                return ids[:begin], (*self._recode(ids[begin:], state), state)
        return ids, None

    def _recode(
        self, ids: NDArray[np.int32], state: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The tokens of ids, and the ends of the sentences among them."""
        ends = np.empty(len(ids), np.int64)
        n_tokens, n_ends = counting.recode(ids, self._rows, self._longest, self._all_lines, state, ends)
        return ids[:n_tokens], ends[:n_ends].copy()


def _new_state() -> NDArray[np.int64]:
    return np.array(counting.LineState(), np.int64)
