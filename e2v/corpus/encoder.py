"""The passes of encoding: words to provisional ids, lexicons to one, ids to rows of a vocabulary."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.lexicon import Lexicon
from e2v.corpus.tokenizers import Tokenizer
from e2v.corpus.vocabulary import Vocabulary, choose_rows, lower, take
from e2v.kernels import counting
from e2v.store import Keys


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

    pending: deque[Future[NDArray[np.int32]]] = deque()
    with ThreadPoolExecutor(len(lexicons)) as pool:
        for block in blocks:
            pending.append(pool.submit(encode, block))
            if len(pending) > 2 * len(lexicons):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def merge(lexicons: Sequence[Lexicon], lowercase: bool) -> tuple[Lexicon, list[NDArray[np.int64]]]:
    """One lexicon with the keys and counts of all, and for each of them the number of each of its keys there.

    Lower-casing is done here, to each different word once. The first lexicon may become the one returned.
    """
    if not lowercase:
        whole, *others = lexicons
        return whole, [np.arange(len(whole)), *(whole.intern(part.keys, part.counts) for part in others)]
    whole = Lexicon()
    return whole, [whole.intern(lower(part.keys), part.counts) for part in lexicons]


def choose(lexicon: Lexicon, min_count: int, max_vocab: int | None) -> tuple[Vocabulary, NDArray[np.int64]]:
    """The vocabulary of the keys to keep, and each key's row in it: int64[len(lexicon)], -1 for none."""
    chosen = choose_rows(lexicon.keys, lexicon.counts, min_count, max_vocab)
    rows = np.full(len(lexicon), -1)
    rows[chosen] = np.arange(len(chosen))
    return Vocabulary(take(lexicon.keys, chosen), lexicon.counts[chosen]), rows


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
    keys = Keys.from_strings(
        itertools.chain(map(old.keys.bytes_at, range(len(old.keys))), take(lexicon.keys, new))
    )
    return Vocabulary(keys, np.concatenate([counts, lexicon.counts[new]])), rows


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


class Recoder:
    """Turns provisional ids into tokens, chunk by chunk, and finds the sentences.

    rows: from `rows_of_ids`. longest: most tokens in a sentence. all_lines: those without a token are
    sentences too. ends: gets the number of tokens up to the end of each sentence, as int64.
    """

    def __init__(self, rows: NDArray[np.int32], longest: int, all_lines: bool, ends: IO[bytes]) -> None:
        self._rows = rows
        self._all_lines = all_lines
        self._longest = longest
        self._ends = ends
        self._buffer = np.empty(0, np.int64)
        self._state = np.array(counting.LineState(), np.int64)

    @property
    def state(self) -> counting.LineState:
        """What was met so far."""
        return counting.LineState(*self._state.tolist())

    def __call__(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """The tokens of a writable chunk of ids, which is overwritten."""
        if len(self._buffer) < len(ids):
            self._buffer = np.empty(len(ids), np.int64)
        n_tokens, n_ends = counting.recode(
            ids, self._rows, self._longest, self._all_lines, self._state, self._buffer
        )
        self._ends.write(self._buffer[:n_ends].data)
        return ids[:n_tokens]
