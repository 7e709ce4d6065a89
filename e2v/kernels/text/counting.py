"""Counting and encoding text: a tokenizer for words between blanks and a hash table of keys.

Bytes are looked at eight at a time (`bits`): that finds the end of a word, and is the key itself where the
word is short, as most are. Buffers of bytes come in pairs, `text` (uint8) and `words` (uint64), two views of
the same memory, with at least 16 bytes after the text.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.text.bits import EACH_7F, EACH_80, FIBONACCI, bytes_below, n_bytes, word_at

LINE_END = -1  # in place of an id: a line ends here

_LINE_FEED = 10
_BATCH = 64  # keys whose first slots are loaded together

_1, _32, _56 = (np.uint64(n) for n in (1, 32, 56))
_EACH_SPACE = np.uint64(0x2020202020202020)
_FROM_TAB = np.uint64(0x8080808080808080 - 0x0909090909090909)  # carries into the high bit of bytes >= \t
_PAST_CR = np.uint64(0x8080808080808080 - 0x0E0E0E0E0E0E0E0E)  # carries into the high bit of bytes > \r
_UPPER_HALF = np.uint64(0xFFFFFFFF00000000)
_LOWER_HALF = np.uint64(0x00000000FFFFFFFF)
_LONG = np.uint64(0xFF << 56)  # the top byte of a long key's head; a short key has its length there
_LINE = np.uint64(0x80 << 56)  # stands for the end of a line among heads


class Table(NamedTuple):
    """The known keys; key i is `text[starts[i]:starts[i + 1]]`, ids are given in the order of arrival.

    slots: uint64[2^b], open addressing with linear probing: 0, or the hash's upper half above the id + 1.
    heads: uint64[c], what a key is recognised by: one of up to 7 bytes by itself and its length, a longer one
        by 56 bits of hash.
    starts: int64[c + 1].
    text: uint8[], the keys' bytes, one after the other.
    counts: int64[c], how often the key was looked up.
    size: int64[1], number of keys; at most c and half the slots.
    """

    slots: NDArray[np.uint64]
    heads: NDArray[np.uint64]
    starts: NDArray[np.int64]
    text: NDArray[np.uint8]
    counts: NDArray[np.int64]
    size: NDArray[np.int64]


@helper
def _blanks(word):
    """The high bit of every byte that is ASCII whitespace: a space or one of \\t \\n \\v \\f \\r."""
    low = word & EACH_7F
    control = (low + _FROM_TAB) & ~(low + _PAST_CR)
    space = ~((low ^ _EACH_SPACE) + EACH_7F)
    return (control | space) & ~word & EACH_80


@helper
def _mix(value):
    value = (value ^ (value >> _32)) * FIBONACCI
    return value ^ (value >> _32)


@kernel
def split(text, words, start, stop, heads, starts, stops):
    """Find the words in `text[start:stop]`; it ends with a blank, or one comes after it.

    Fills heads: uint64[n] with the words' heads and a mark where a line ends, starts, stops: int64[n] with
    their places. Returns the position reached, less than `stop` if there are more than n, and their number.
    """
    n_words = 0
    while start < stop and n_words + 1 < heads.shape[0]:
        word = word_at(words, start)
        blanks = _blanks(word)
        end = start
        head = np.uint64(0)
        while blanks == 0:
            head = _mix(head ^ word)
            end += 8
            word = word_at(words, end)
            blanks = _blanks(word)
        mask = bytes_below(blanks)
        end += n_bytes(mask)
        if end - start < 8:
            head = (word & mask) | (np.uint64(end - start) << _56)
        else:
            head = _mix(head ^ (word & mask)) | _LONG
        heads[n_words] = head
        starts[n_words] = start
        stops[n_words] = end
        n_words += end > start
        heads[n_words] = _LINE
        n_words += text[end] == _LINE_FEED
        start = end + 1
    return start, n_words


@kernel
def measure(words, starts, stops, heads):
    """Fill heads: uint64[n] with the heads of the keys at starts, stops: int64[n]."""
    for i in range(heads.shape[0]):
        length = stops[i] - starts[i]
        head = np.uint64(0)
        for position in range(starts[i], stops[i] - 7, 8):
            head = _mix(head ^ word_at(words, position))
        rest = length & 7
        mask = (_1 << np.uint64(rest << 3)) - _1
        word = word_at(words, stops[i] - rest) & mask
        heads[i] = word | (np.uint64(length) << _56) if length < 8 else _mix(head ^ word) | _LONG


@kernel
def look_up(table, text, heads, starts, stops, first, last, weight, base, step, ids):
    """Find keys `first` to `last` of what `split` or `measure` found in `text`; add those that are new.

    ids: int32[n]: key i of the table is written as `base + step * i` (so that several tables can share a
    stream of ids), and LINE_END where a line ends. A key's count grows by `weight` each time.
    Returns the number of the first key not done, less than `last` if the table is full.
    """
    slots, known_heads, known_starts, known, counts, size = table
    slot_mask = np.uint64(slots.shape[0] - 1)
    guesses = np.empty(_BATCH, np.int64)
    for batch in range(first, last, _BATCH):
        batch_end = min(batch + _BATCH, last)
        for i in range(batch, batch_end):  # independent loads, whose cache misses overlap
            guesses[i - batch] = np.int64(slots[_mix(heads[i]) & slot_mask] & _LOWER_HALF) - 1
        for i in range(batch, batch_end):
            head = heads[i]
            key = guesses[i - batch]
            if key >= 0 and head < _LINE and known_heads[key] == head:  # a short word at its first slot
                counts[key] += weight
                ids[i] = base + step * key
                continue
            if head == _LINE:
                ids[i] = LINE_END
                continue
            start = starts[i]
            length = stops[i] - start
            value = _mix(head)
            slot = value & slot_mask
            tag = value & _UPPER_HALF
            key = -1
            while key < 0 and slots[slot] != 0:
                entry = slots[slot]
                candidate = np.int64(entry & _LOWER_HALF) - 1
                if entry & _UPPER_HALF == tag and known_heads[candidate] == head:
                    known_start = known_starts[candidate]
                    same = 0
                    if length < 8:
                        same = length
                    elif known_starts[candidate + 1] - known_start == length:
                        while same < length and known[known_start + same] == text[start + same]:
                            same += 1
                    if same == length:
                        key = candidate
                slot = (slot + _1) & slot_mask
            if key < 0:
                key = size[0]
                known_start = known_starts[key]
                if key == known_heads.shape[0] or known_start + length > known.shape[0]:
                    return i
                slots[slot] = tag | np.uint64(key + 1)
                known_heads[key] = head
                for j in range(length):
                    known[known_start + j] = text[start + j]
                known_starts[key + 1] = known_start + length
                counts[key] = 0
                size[0] = key + 1
            counts[key] += weight
            ids[i] = base + step * key
    return last


@kernel
def rehash(heads, n_keys, slots):
    """Enter the first `n_keys` keys into empty `slots`, uint64[2^b]."""
    mask = np.uint64(slots.shape[0] - 1)
    for key in range(n_keys):
        value = _mix(heads[key])
        slot = value & mask
        while slots[slot] != 0:
            slot = (slot + _1) & mask
        slots[slot] = (value & _UPPER_HALF) | np.uint64(key + 1)


class LineState(NamedTuple):
    """Where `recode` is: names of the places of its int64[6] `state`."""

    tokens: int = 0  # written so far
    length: int = 0  # of the sentence so far
    words: int = 0  # of the line so far, dropped ones included
    cuts: int = 0  # of the line so far
    lines: int = 0  # that had a word
    lines_cut: int = 0  # into several sentences


@kernel
def recode(ids, rows, longest, all_lines, state, ends):
    """Replace ids by rows in place, drop those with row -1, and find where sentences end.

    A line is a sentence; one of more than `longest` tokens (after dropping) is cut into several. One without
    a token is none, unless `all_lines` are.

    ids: int32[n] as `look_up` writes them. rows: int32[...], indexed by id.
    state: int64[6], see LineState, kept from call to call.
    ends: int64[n], filled with the number of tokens up to each sentence's end.
    Returns the number of tokens in `ids` now, and of `ends`.
    """
    total, length, words = state[0], state[1], state[2]
    cuts, lines, lines_cut = state[3], state[4], state[5]
    n_tokens = n_ends = 0
    for i in range(ids.shape[0]):
        key = ids[i]
        if key != LINE_END:
            words += 1
            row = rows[key]
            if row >= 0:
                if length == longest:
                    ends[n_ends] = total
                    n_ends += 1
                    cuts += 1
                    length = 0
                ids[n_tokens] = row
                n_tokens += 1
                total += 1
                length += 1
            continue
        if length > 0 or all_lines:
            ends[n_ends] = total
            n_ends += 1
        if words > 0:
            lines += 1
            lines_cut += cuts > 0
            length = words = cuts = 0
    state[0], state[1], state[2] = total, length, words
    state[3], state[4], state[5] = cuts, lines, lines_cut
    return n_tokens, n_ends
