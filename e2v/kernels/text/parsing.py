"""Reading vectors out of bytes: rows of decimal numbers, and records of binary ones.

Decimal digits are taken eight at a time (`bits`). A number becomes the float32 that `float32(float(text))`
is, in two steps. Up to 19 significant digits are an integer m, exact in 64 bits, and the number is m * 10^e.
Where m <= 2^53 and |e| <= 22, m and 10^|e| are exact in float64, so that one product or quotient is correctly
rounded (Clinger 1990, "How to read floating point numbers accurately", section 4). Elsewhere it is off by at
most 3 half-units: if both ends of an interval of 16 around it give the same float32, that is the answer; if
not, or with more digits, the place of the number is noted, for the caller to parse.

Buffers of bytes come in pairs, `text` (uint8) and `words` (uint64), two views of the same memory, with at
least 16 bytes after what is to be read.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.text.bits import EACH_7F, EACH_80, bytes_below, n_bytes, word_at

MALFORMED = -1  # in place of the number of notes: the row where reading stopped is not as it should be

_8, _10, _16, _32 = (np.uint64(n) for n in (8, 10, 16, 32))
_EACH_ZERO = np.uint64(0x3030303030303030)
_PAST_9 = np.uint64(0x8080808080808080 - 0x0A0A0A0A0A0A0A0A)  # carries into the high bit of bytes > 9
_PAIRS = np.uint64(0x000000FF000000FF)
_FIRST_AND_THIRD = np.uint64(100 + (1_000_000 << 32))
_SECOND_AND_FOURTH = np.uint64(1 + (10_000 << 32))

_SPACE, _TAB, _FEED, _RETURN, _PLUS, _MINUS, _POINT, _DIGIT_0, _DIGIT_9, _E, _LOWER = (
    np.uint8(ord(character)) for character in " \t\n\r+-.09e "
)

_TENS = np.array([10**n for n in range(9)], np.uint64)
_ROOM = np.array([10 ** (19 - n) for n in range(9)], np.uint64)  # below it, n more digits fit into 64 bits
_POWERS = np.array([float(f"1e{n}") for n in range(65)])
_INTEGERS = np.uint64(1 << 53)  # up to which all integers are float64
_BELOW, _ABOVE = 1 - 2.0**-50, 1 + 2.0**-50
_NEVER = -(1 << 40)  # a column from which no row of numbers reaches the last


@helper
def _n_digits(word):
    """How many of the eight bytes are digits, up to the first that is not."""
    values = word ^ _EACH_ZERO
    others = (((values & EACH_7F) + _PAST_9) | values) & EACH_80
    if others == 0:
        return 8
    return n_bytes(bytes_below(others))


@helper
def _number(word, n):
    """The number that the first n bytes are, 1 <= n <= 8: adjacent digits, then pairs, then fours at once."""
    digits = (word ^ _EACH_ZERO) << np.uint64((8 - n) << 3)
    pairs = digits * _10 + (digits >> _8)
    return ((pairs & _PAIRS) * _FIRST_AND_THIRD + ((pairs >> _16) & _PAIRS) * _SECOND_AND_FOURTH) >> _32


@helper
def _digits(words, position, mantissa):
    """Append digits from `position` on to `mantissa`: where they end, the integer, and whether it fits."""
    fits = True
    n = 8
    while n == 8:
        word = word_at(words, position)
        n = _n_digits(word)
        if n > 0:
            fits = fits and mantissa < _ROOM[n]
            mantissa = mantissa * _TENS[n] + _number(word, n)
            position += n
    return position, mantissa, fits


@helper
def _is_end(text, position):
    """Whether a word may end here: a blank, or the end of the line."""
    byte = text[position]
    return byte in (_SPACE, _TAB, _FEED) or (byte == _RETURN and text[position + 1] == _FEED)


@helper
def _next_end(text, position):
    while not _is_end(text, position):
        position += 1
    return position


@helper
def _exponent(text, position):
    """The exponent after a number's digits, if there is one: where it ends and what it is."""
    if text[position] | _LOWER != _E:
        return position, 0
    position += 1
    negative = text[position] == _MINUS
    position += negative or text[position] == _PLUS
    if not _DIGIT_0 <= text[position] <= _DIGIT_9:
        return -1, 0
    value = 0
    while _DIGIT_0 <= text[position] <= _DIGIT_9:
        value = min(value * 10 + np.int64(text[position] - _DIGIT_0), 99_999)
        position += 1
    return position, -value if negative else value


@helper
def _decimal(text, words, start):
    """The number that begins at `start`: where it ends (-1: nowhere), the float32, and whether it is sure."""
    negative = text[start] == _MINUS
    first = start + (negative or text[start] == _PLUS)
    position, mantissa, fits = _digits(words, first, np.uint64(0))
    digits = position - first
    power = 0
    if text[position] == _POINT:
        point = position + 1
        position, mantissa, fraction_fits = _digits(words, point, mantissa)
        fits = fits and fraction_fits
        power = point - position
        digits -= power
    position, exponent = _exponent(text, position)
    if digits == 0 or position < 0 or not _is_end(text, position):
        return -1, np.float32(0), True
    power += exponent
    value = np.float64(mantissa)
    within = -64 <= power <= 64
    if within and power < 0:
        value /= _POWERS[-power]
    elif within:
        value *= _POWERS[power]
    sure = fits
    if mantissa > _INTEGERS or power < -22 or power > 22:
        close = within and np.float32(value * _BELOW) == np.float32(value * _ABOVE)
        sure = fits and (close or mantissa == 0)
    return position, np.float32(-value if negative else value), sure


@kernel
def parse_rows(text, words, start, stop, keyed, rows, key_starts, key_stops, notes):
    """Read lines of numbers, each after a key if `keyed`, from `text[start:stop]`; `text[stop]` is a newline.

    Blanks (spaces and tabs) separate numbers, and may end a line. A key is what stands before the blank
    before the numbers: the first word, and whatever follows up to the last word that is not a number.

    rows: float32[n, d], filled. key_starts, key_stops: int64[n], filled with the places of the keys.
    notes: int64[k, 4], filled with row, column, start and stop of numbers that are still to be read.
    Returns how many rows are filled, where the next begins, and the number of notes or MALFORMED. Reading
    ends where n rows are filled or k notes made, before an incomplete line, and before a malformed one.
    """
    n, dim = rows.shape
    n_rows = n_notes = 0
    while n_rows < n and start < stop:
        noted = n_notes
        position = key_stop = _next_end(text, start) if keyed else start
        column = 0
        while True:
            while text[position] == _SPACE or text[position] == _TAB:
                position += 1
            if _is_end(text, position):
                position += text[position] == _RETURN
                break
            end, value, sure = _decimal(text, words, position)
            if end < 0:  # no number: the key goes on, or there is none
                end = key_stop = _next_end(text, position)
                column = 0 if keyed else _NEVER
                n_notes = noted
            else:
                if 0 <= column < dim:
                    rows[n_rows, column] = value
                    if not sure:
                        if n_notes == notes.shape[0]:
                            return n_rows, start, noted
                        notes[n_notes] = n_rows, column, position, end
                        n_notes += 1
                column += 1
            position = end
        if position >= stop:
            return n_rows, start, noted
        if column != dim or (keyed and key_stop == start):
            return n_rows, start, MALFORMED if n_rows == 0 else noted
        key_starts[n_rows] = start
        key_stops[n_rows] = key_stop
        n_rows += 1
        start = position + 1
    return n_rows, start, n_notes


@kernel
def parse_records(text, start, stop, rows, key_starts, key_stops):
    """Read records from `text[start:stop]`: newlines or none, a key, a space, and the bytes of a row.

    rows: uint8[n, w], filled. key_starts, key_stops: int64[n], filled with the places of the keys.
    Returns how many rows are filled, and where the next begins: reading ends before an incomplete record.
    """
    n, width = rows.shape
    n_rows = 0
    while n_rows < n:
        key = start
        while key < stop and text[key] == _FEED:
            key += 1
        key_stop = key
        while key_stop < stop and text[key_stop] != _SPACE:
            key_stop += 1
        first = key_stop + 1
        if first + width > stop:
            break
        row, record = rows[n_rows], text[first : first + width]
        for i in range(width):  # of slices, which cannot have negative indices: copied 32 bytes at a time
            row[i] = record[i]
        key_starts[n_rows] = key
        key_stops[n_rows] = key_stop
        n_rows += 1
        start = first + width
    return n_rows, start
