"""Cutting delimited text into rows and fields, and reading ids, numbers and times out of fields.

Buffers `text` are uint8 with at least 16 bytes after what is to be read. A field is `text[start:stop]`.
"""

import numpy as np

from e2v.kernels.cache import helper, kernel

#: What can be wrong with a row: text after a closing quote, and a quote that is never closed.
AFTER_QUOTE, UNCLOSED = 1, 2

#: What a field can be, besides a value: nothing, or something else than what is wanted.
VALUE, MISSING, OTHER, UNSURE = 0, 1, 2, 3

_SPACE, _TAB, _FEED, _RETURN, _POINT, _MINUS, _PLUS, _ZERO, _NINE, _E, _LOWER, _COLON, _T, _Z = (
    np.uint8(ord(character)) for character in " \t\n\r.-+09e :TZ"
)
_COMMA, _BACKSLASH, _N = (np.uint8(ord(character)) for character in ",\\N")
_NONE = np.uint8(0)

_DIGITS = 18  # that an int64 holds whatever they are
_EXACT = 2**53  # up to which all integers are float64
_POWERS = np.array([float(f"1e{n}") for n in range(23)])  # exact in float64
_DAY, _SECOND = 86_400_000_000, 1_000_000  # microseconds
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int64)


@helper
def _is_blank(byte):
    return byte == _SPACE or (_TAB <= byte <= _RETURN)


@kernel
def split_fields(text, start, stop, ended, form, line, starts, stops, quoted, bounds, first, last, faults):
    """Cut `text[start:stop]` into rows, as far as whole ones are there, and rows into fields.

    A row ends with a line feed that is not between quotes; lines without anything but blanks are passed over.
    Blanks before a field, and after one between quotes, are passed over, too; see `trim` for others.

    ended: nothing comes after `stop`, where the last row ends then.
    form: uint8[4]: the delimiter, 0 for runs of blanks; its second byte, if it has one; quote; escape
        within quotes, which makes the character after it part of the field; 0 for none.
    line: of the byte at `start`, from 1.
    starts, stops: int64[f], quoted: uint8[f], filled: the fields' places, without quotes, and whether a field
        is between some (1) and has quotes or escapes to be taken out (2).
    bounds: int64[r + 1], filled: row i has the fields bounds[i]:bounds[i + 1].
    first, last: int64[r], filled: the lines of a row. faults: uint8[r], filled: 0, AFTER_QUOTE or UNCLOSED.
        A row with a fault has no fields; it ends at the end of the line of the fault.
    Returns the number of rows, where the next begins, its line, and whether rows or fields are full.
    """
    delimiter, second, quote, escape = form[0], form[1], form[2], form[3]
    n_rows = n_fields = 0
    bounds[0] = 0
    while start < stop:
        if n_rows == first.shape[0]:
            return n_rows, start, line, True
        position = start
        here = line
        fault = np.uint8(0)
        fields = n_fields
        whole = False  # whether the row's end has been found
        while not whole:
            while (
                position < stop
                and text[position] != _FEED
                and text[position] != delimiter
                and _is_blank(text[position])
            ):
                position += 1
            if delimiter == _NONE and fields > n_fields and (position == stop or text[position] == _FEED):
                whole = position < stop or ended
                break
            if fields == starts.shape[0]:
                return n_rows, start, line, True
            begin = position
            kind = np.uint8(0)
            if position < stop and text[position] == quote and quote != _NONE:
                kind = np.uint8(1)
                position += 1
                begin = position
                closed = False
                while position < stop:
                    byte = text[position]
                    if byte == escape and escape != _NONE and position + 1 < stop:
                        kind = np.uint8(2)
                        position += 1
                        here += text[position] == _FEED
                    elif byte == quote:
                        if position + 1 < stop and text[position + 1] == quote:
                            kind = np.uint8(2)
                            position += 1
                        else:
                            closed = True
                            break
                    else:
                        here += byte == _FEED
                    position += 1
                if not closed:
                    fault = np.uint8(UNCLOSED)
                    here -= text[stop - 1] == _FEED
                    whole = ended
                    break
                end = position
                position += 1
                while (
                    position < stop
                    and text[position] != _FEED
                    and text[position] != delimiter
                    and _is_blank(text[position])
                ):
                    position += 1
            else:
                if delimiter == _NONE:
                    while position < stop and not _is_blank(text[position]):
                        position += 1
                elif second == _NONE:
                    while position < stop and text[position] != delimiter and text[position] != _FEED:
                        position += 1
                else:
                    while (
                        position < stop
                        and text[position] != _FEED
                        and not (
                            text[position] == delimiter
                            and position + 1 < stop
                            and text[position + 1] == second
                        )
                    ):
                        position += 1
                end = position
            if position == stop and not ended:
                break
            starts[fields] = begin
            stops[fields] = end
            quoted[fields] = kind
            fields += 1
            if position == stop or text[position] == _FEED:
                whole = True
            elif delimiter == _NONE:
                if kind != 0 and not _is_blank(text[position - 1]):
                    fault = np.uint8(AFTER_QUOTE)
                    break
            elif text[position] == delimiter and (second == _NONE or text[position + 1] == second):
                position += 1 + (second != _NONE)
            else:
                fault = np.uint8(AFTER_QUOTE)
                break
        if fault == AFTER_QUOTE:
            while position < stop and text[position] != _FEED:
                position += 1
            whole = position < stop or ended
        if not whole:
            return n_rows, start, line, False
        blank = fields == n_fields + 1 and quoted[n_fields] == 0 and starts[n_fields] == stops[n_fields]
        if fault != 0 or not blank:
            if fault == 0:
                n_fields = fields
            first[n_rows] = line
            last[n_rows] = here
            faults[n_rows] = fault
            n_rows += 1
            bounds[n_rows] = n_fields
        start = min(position + 1, stop)
        line = here + 1
    return n_rows, start, line, False


@kernel
def unquote(text, starts, stops, quoted, quote, escape):
    """Take doubled quotes and escapes out of the fields where `quoted` is 2, in place."""
    for i in range(starts.shape[0]):
        if quoted[i] != 2:
            continue
        end = position = starts[i]
        while position < stops[i]:
            byte = text[position]
            if position + 1 < stops[i] and (
                (byte == quote and text[position + 1] == quote) or (byte == escape and escape != _NONE)
            ):
                position += 1
            text[end] = text[position]
            end += 1
            position += 1
        stops[i] = end


@helper
def _is_word(text, start, stop, word):
    """Whether a field is this word, in upper or lower case."""
    if stop - start != word.shape[0]:
        return False
    same = 0
    while same < word.shape[0] and text[start + same] | _LOWER == word[same]:
        same += 1
    return same == word.shape[0]


_NAN = np.frombuffer(b"nan", np.uint8)
_NULL = np.frombuffer(b"null", np.uint8)


@helper
def _is_missing(text, start, stop):
    """Nothing, or what databases and pandas write for it: NULL, NaN, \\N."""
    length = stop - start
    if length == 0:
        return True
    if length > 4:
        return False
    if length == 2:
        return text[start] == _BACKSLASH and text[start + 1] == _N
    return _is_word(text, start, stop, _NAN) or _is_word(text, start, stop, _NULL)


@kernel
def trim(text, starts, stops):
    """Move the ends of fields past ASCII's blanks, in place."""
    for i in range(starts.shape[0]):
        start, stop = starts[i], stops[i]
        while start < stop and _is_blank(text[start]):
            start += 1
        while stop > start and _is_blank(text[stop - 1]):
            stop -= 1
        starts[i] = start
        stops[i] = stop


@kernel
def find_ids(text, starts, stops, states):
    """Fields that are ids, trimmed, in place: a whole number's `.0`, as tables of floats write it, goes.

    states: uint8[n], filled: VALUE or MISSING.
    """
    for i in range(starts.shape[0]):
        start, stop = starts[i], stops[i]
        if _is_missing(text, start, stop):
            states[i] = MISSING
            continue
        states[i] = VALUE
        if text[stop - 1] != _ZERO:
            continue
        end = stop - 1
        while end > start and text[end] == _ZERO:
            end -= 1
        if text[end] != _POINT or end == start:
            continue
        first = start + (text[start] == _MINUS)
        digits = first
        while _ZERO <= text[digits] <= _NINE:
            digits += 1
        if digits == end and digits > first:
            stops[i] = end


@helper
def _parsed(text, start, stop, comma):
    """A decimal number: its state, its value, and the integer that it is, if it is one of 18 digits at most.

    comma: whether a comma is the decimal mark, besides the point.
    """
    position = start
    negative = text[position] == _MINUS
    position += negative or text[position] == _PLUS
    mantissa = np.int64(0)
    digits = kept = power = 0
    point = False
    while position < stop:
        byte = text[position]
        if _ZERO <= byte <= _NINE:
            digits += 1
            if kept < _DIGITS:
                mantissa = mantissa * 10 + np.int64(byte - _ZERO)
                kept += mantissa > 0
            else:
                return UNSURE, 0.0, np.int64(0), False
            power -= point
        elif not point and (byte == _POINT or (comma and byte == _COMMA)):
            point = True
        else:
            break
        position += 1
    if digits == 0:
        return OTHER, 0.0, np.int64(0), False
    whole = not point
    if position < stop:
        if text[position] | _LOWER != _E:
            return OTHER, 0.0, np.int64(0), False
        whole = False
        position += 1
        down = position < stop and text[position] == _MINUS
        position += down or (position < stop and text[position] == _PLUS)
        exponent = 0
        if position == stop:
            return OTHER, 0.0, np.int64(0), False
        while position < stop:
            if not _ZERO <= text[position] <= _NINE:
                return OTHER, 0.0, np.int64(0), False
            exponent = min(exponent * 10 + np.int64(text[position] - _ZERO), 99_999)
            position += 1
        power += -exponent if down else exponent
    if mantissa > _EXACT or power < -22 or power > 22:  # else both are exact, and the result is rounded once
        if whole:
            return (
                VALUE,
                float(-mantissa if negative else mantissa),
                -mantissa if negative else mantissa,
                True,
            )
        return UNSURE, 0.0, np.int64(0), False
    value = float(mantissa)
    value = value / _POWERS[-power] if power < 0 else value * _POWERS[power]
    return VALUE, -value if negative else value, -mantissa if negative else mantissa, whole


@kernel
def find_numbers(text, starts, stops, comma, values, integers, whole, states):
    """The decimal numbers that fields are.

    comma: whether a comma is the decimal mark, besides the point.
    values: float64[n]; integers: int64[n], where whole: bool[n] is set, all filled.
    states: uint8[n], filled: VALUE, MISSING, OTHER, or UNSURE for a number of too many digits for this.
    """
    for i in range(starts.shape[0]):
        whole[i] = False
        if _is_missing(text, starts[i], stops[i]):
            states[i] = MISSING
            continue
        states[i], values[i], integers[i], whole[i] = _parsed(text, starts[i], stops[i], comma)


@helper
def _two_digits(text, position):
    tens, ones = text[position], text[position + 1]
    if not (_ZERO <= tens <= _NINE and _ZERO <= ones <= _NINE):
        return np.int64(-1)
    return np.int64(tens - _ZERO) * 10 + np.int64(ones - _ZERO)


@helper
def _within(value, low, high):
    return low <= value <= high


@helper
def _iso_time(text, start, stop):
    """State and microseconds since 1970 of YYYY-MM-DD, perhaps with [T ]hh:mm[:ss[.f]], then Z or +hh:mm."""
    if stop - start < 10:
        return UNSURE, np.int64(0)
    century, years = _two_digits(text, start), _two_digits(text, start + 2)
    month, day = _two_digits(text, start + 5), _two_digits(text, start + 8)
    if text[start + 4] != _MINUS or text[start + 7] != _MINUS or century < 0 or years < 0:
        return UNSURE, np.int64(0)
    year = century * 100 + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year < 1 or not _within(month, 1, 12):
        return UNSURE, np.int64(0)
    following = 365 if month == 12 else _DAYS_BEFORE[month]
    length = following - _DAYS_BEFORE[month - 1] + (month == 2 and leap)
    if not _within(day, 1, length):
        return UNSURE, np.int64(0)
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_162
    days += _DAYS_BEFORE[month - 1] + (month > 2 and leap) + day - 1
    time = days * _DAY
    position = start + 10
    if position == stop:
        return VALUE, time
    if (text[position] != _SPACE and text[position] != _T) or stop - position < 6:
        return UNSURE, np.int64(0)
    hour, minute = _two_digits(text, position + 1), _two_digits(text, position + 4)
    if text[position + 3] != _COLON or not _within(hour, 0, 23) or not _within(minute, 0, 59):
        return UNSURE, np.int64(0)
    time += (hour * 3600 + minute * 60) * _SECOND
    position += 6
    if position < stop and text[position] == _COLON and stop - position >= 3:
        second = _two_digits(text, position + 1)
        if not _within(second, 0, 59):
            return UNSURE, np.int64(0)
        time += second * _SECOND
        position += 3
        if position < stop and text[position] == _POINT:
            position += 1
            unit = np.int64(_SECOND // 10)
            digits = 0
            while position < stop and _ZERO <= text[position] <= _NINE:
                time += np.int64(text[position] - _ZERO) * unit
                unit //= 10
                digits += 1
                position += 1
            if digits not in (3, 6):
                return UNSURE, np.int64(0)
    if position == stop:
        return VALUE, time
    if text[position] == _Z and position + 1 == stop:
        return VALUE, time
    if stop - position == 6 and text[position + 3] == _COLON:
        hour, minute = _two_digits(text, position + 1), _two_digits(text, position + 4)
        east = text[position] == _PLUS
        if (east or text[position] == _MINUS) and _within(hour, 0, 23) and _within(minute, 0, 59):
            offset = (hour * 3600 + minute * 60) * _SECOND
            return VALUE, time - offset if east else time + offset
    return UNSURE, np.int64(0)


@kernel
def find_iso_times(text, starts, stops, times, states):
    """Dates and times in ISO 8601, in their usual form, as microseconds since 1970; without a zone UTC.

    times: int64[n], filled. states: uint8[n], filled: VALUE, MISSING, or UNSURE for all else.
    """
    for i in range(starts.shape[0]):
        if _is_missing(text, starts[i], stops[i]):
            states[i] = MISSING
        else:
            states[i], times[i] = _iso_time(text, starts[i], stops[i])


@kernel
def find_equal(text, starts, stops, word, equal):
    """equal: bool[n], filled: which fields are the bytes `word`: uint8[m]."""
    for i in range(starts.shape[0]):
        same = stops[i] - starts[i] == word.shape[0]
        at = 0
        while same and at < word.shape[0]:
            same = text[starts[i] + at] == word[at]
            at += 1
        equal[i] = same
