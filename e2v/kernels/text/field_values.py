"""Reading ids, numbers and times out of fields, `text[start:stop]`, as `fields` cuts them."""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel
from e2v.kernels.text.fields import is_blank

#: What a field is: a value, missing, not of the type that is asked for, or for Python to decide.
VALUE, MISSING, OTHER, UNSURE = 0, 1, 2, 3

_SPACE, _POINT, _MINUS, _PLUS, _ZERO, _NINE, _E, _LOWER, _COLON, _T, _Z = (
    np.uint8(ord(character)) for character in " .-+09e :TZ"
)
_COMMA, _BACKSLASH, _N = (np.uint8(ord(character)) for character in ",\\N")

_NO_BREAK = np.array([0xC2, 0xA0], np.uint8)  # U+00A0, as pages on the web and spreadsheets have it

_DIGITS = 18  # that an int64 holds whatever they are
_EXACT = 2**53  # up to which all integers are float64
_POWERS = np.array([float(f"1e{n}") for n in range(23)])  # exact in float64
_DAY, _SECOND = 86_400_000_000, 1_000_000  # microseconds
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int64)


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
    """Move the ends of fields past ASCII's blanks and UTF-8's no-break spaces, in place."""
    for i in range(starts.shape[0]):
        start, stop = starts[i], stops[i]
        while start < stop:
            if is_blank(text[start]):
                start += 1
            elif stop - start > 1 and text[start] == _NO_BREAK[0] and text[start + 1] == _NO_BREAK[1]:
                start += 2
            else:
                break
        while start < stop:
            if is_blank(text[stop - 1]):
                stop -= 1
            elif stop - start > 1 and text[stop - 2] == _NO_BREAK[0] and text[stop - 1] == _NO_BREAK[1]:
                stop -= 2
            else:
                break
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
            starts[i] += end == start + 2 and first > start and text[first] == _ZERO  # -0 is 0


@helper
def _parse_number(text, start, stop, comma):
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
        states[i], values[i], integers[i], whole[i] = _parse_number(text, starts[i], stops[i], comma)


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
