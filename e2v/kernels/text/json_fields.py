"""Taking values out of flat JSON objects, one a line.

Nested values, escapes in names or in values that are asked for, and numbers that would be written otherwise
are left to a general JSON parser; what is read here equals what such a parser reads.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

#: What a value is: not there, or null; text; a number; something else.
ABSENT, TEXT, NUMBER, OTHER = 0, 1, 2, 3

_SPACE, _TAB, _FEED, _RETURN, _QUOTE, _BACKSLASH, _OPEN, _CLOSE, _COLON, _COMMA = (
    np.uint8(ord(character)) for character in ' \t\n\r"\\{}:,'
)
_ZERO, _NINE, _MINUS, _POINT, _U, _A, _F, _LOWER = (np.uint8(ord(character)) for character in "09-.uaf ")
_ESCAPES = np.frombuffer(b'"\\/bfnrt', np.uint8)
_TRUE, _FALSE, _NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))
_LONG = 100  # digits of an integer; Python's parser refuses some thousands
_DIGITS = 15  # of which any decimal number is the shortest text of its float64


@helper
def _past_blanks(text, position):
    while text[position] == _SPACE or text[position] == _TAB or text[position] == _RETURN:
        position += 1
    return position


@helper
def _string_end(text, position, escapes):
    """Where the string that begins before `position` ends, its quote; -1: it is none, or has an escape.

    escapes: whether it may have some.
    """
    while text[position] != _QUOTE:
        if text[position] < _SPACE:
            return -1
        if text[position] == _BACKSLASH:
            position += 1
            known = 0
            while known < _ESCAPES.shape[0] and text[position] != _ESCAPES[known]:
                known += 1
            if not escapes or (known == _ESCAPES.shape[0] and text[position] != _U):
                return -1
            if text[position] == _U:
                for _ in range(4):
                    position += 1
                    letter = text[position] | _LOWER
                    if not (_ZERO <= text[position] <= _NINE or _A <= letter <= _F):
                        return -1
        position += 1
    return position


@helper
def _number_end(text, position):
    """Where the number at `position` ends, and where the text that it is written as does.

    -1: it is none, or would be written otherwise.
    """
    start = position
    position += text[position] == _MINUS
    first = position
    while _ZERO <= text[position] <= _NINE:
        position += 1
    whole = position - first
    if whole == 0 or whole > _LONG or (text[first] == _ZERO and (whole > 1 or first > start)):
        return -1, -1
    if text[position] != _POINT:
        return position, position
    position += 1
    point = position
    last = zeros = 0  # where the last digit that is not 0 ends; how many zeros there are before the first
    while _ZERO <= text[position] <= _NINE:
        position += 1
        if text[position - 1] != _ZERO:
            last = position
        elif last == 0:
            zeros += 1
    if position == point or position - first > _DIGITS:
        return -1, -1
    if last == 0:
        return position, point - 1  # a whole number is written as one
    if last != position or (text[first] == _ZERO and zeros > 3):
        return -1, -1
    return position, position


@helper
def _word_end(text, position, word):
    """Where the word at `position` ends; -1: another one is there."""
    for i in range(word.shape[0]):
        if text[position + i] != word[i]:
            return -1
    return position + word.shape[0]


@helper
def _name_index(text, start, stop, names, bounds):
    """Which of the names a name is; -1: none."""
    for name in range(bounds.shape[0] - 1):
        if stop - start != bounds[name + 1] - bounds[name]:
            continue
        same = 0
        while start + same < stop and text[start + same] == names[bounds[name] + same]:
            same += 1
        if start + same == stop:
            return name
    return -1


@helper
def _object_end(text, position, names, bounds, row, starts, stops, kinds):
    """Read the object at `position`, to the end of its line: where that is, or -1, if it is not so simple."""
    line = position
    position = _past_blanks(text, position)
    if text[position] != _OPEN:
        return -1
    position = _past_blanks(text, position + 1)
    more = text[position] != _CLOSE
    position += not more
    while more:
        if text[position] != _QUOTE:
            return -1
        end = _string_end(text, position + 1, False)
        if end < 0:
            return -1
        column = _name_index(text, position + 1, end, names, bounds)
        position = _past_blanks(text, end + 1)
        if text[position] != _COLON:
            return -1
        position = _past_blanks(text, position + 1)
        start = position
        kind = OTHER
        if text[position] == _QUOTE:
            start += 1
            end = _string_end(text, start, column < 0)
            kind = TEXT
            position = end + 1
        elif text[position] == _MINUS or _ZERO <= text[position] <= _NINE:
            position, end = _number_end(text, position)
            kind = NUMBER
        elif text[position] == _NULL[0]:
            end = position = _word_end(text, position, _NULL)
            kind = ABSENT
        elif text[position] == _TRUE[0]:
            end = position = _word_end(text, position, _TRUE)
        else:
            end = position = _word_end(text, position, _FALSE)
        if end < 0:
            return -1
        if column >= 0:
            if starts[column, row] != line:  # a name comes again
                return -1
            starts[column, row], stops[column, row] = start, start if kind == ABSENT else end
            kinds[column, row] = kind
        position = _past_blanks(text, position)
        more = text[position] == _COMMA
        if not more and text[position] != _CLOSE:
            return -1
        position = _past_blanks(text, position + 1) if more else position + 1
    position = _past_blanks(text, position)
    return position if text[position] == _FEED else -1


@kernel
def find_json_values(text, start, stop, line, names, bounds, starts, stops, kinds, lines, hard, ends):
    """Find the values of some names in the objects on the lines of text[start:stop], the last one whole.

    names: uint8[...], the names' bytes; bounds: int64[c + 1], where each of them begins there.
    line: of the byte at `start`, from 1.
    starts, stops: int64[c, n], filled: where each value is, of text between its quotes.
    kinds: uint8[c, n], filled: what it is, ABSENT, TEXT, NUMBER or OTHER.
    lines, ends: int64[n], filled: the number of each line, and its end.
    hard: bool[n], filled: lines that are left to a parser of JSON; their `starts` are where they begin.
    Returns the number of lines that are not blank, where the next line begins, and its number.
    """
    n = 0
    while start < stop and n < lines.shape[0]:
        position = _past_blanks(text, start)
        if text[position] != _FEED:
            for column in range(bounds.shape[0] - 1):
                starts[column, n] = stops[column, n] = start
                kinds[column, n] = ABSENT
            position = _object_end(text, start, names, bounds, n, starts, stops, kinds)
            hard[n] = position < 0
            if position < 0:
                for column in range(bounds.shape[0] - 1):
                    starts[column, n] = stops[column, n] = start
                position = start
                while text[position] != _FEED:
                    position += 1
            lines[n] = line
            ends[n] = position
            n += 1
        line += 1
        start = position + 1
    return n, start, line
