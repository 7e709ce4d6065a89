"""Cutting delimited text into rows and fields.

Buffers `text` are uint8 with at least 16 bytes after what is to be read. A field is `text[start:stop]`.
"""

import numpy as np

from e2v.kernels.codegen.cache import helper, kernel

#: What can be wrong with a row: text after a closing quote, and a quote that is never closed.
AFTER_QUOTE, UNCLOSED = 1, 2

_SPACE, _TAB, _FEED, _RETURN = (np.uint8(ord(character)) for character in " \t\n\r")
_NONE = np.uint8(0)


@helper
def is_blank(byte):
    """Whether a byte is one of ASCII's blanks, a line feed included."""
    return byte == _SPACE or (_TAB <= byte <= _RETURN)


@kernel
def split_fields(text, start, stop, ended, form, line, starts, stops, quoted, bounds, first, last, faults):
    """Cut `text[start:stop]` into rows, as far as whole ones are there, and rows into fields.

    A row ends with a line feed that is not between quotes; lines without anything but blanks are passed over.
    Blanks before a field, and after one between quotes, are passed over, too; others are `trim`'s.

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
                and is_blank(text[position])
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
                    and is_blank(text[position])
                ):
                    position += 1
            else:
                if delimiter == _NONE:
                    while position < stop and not is_blank(text[position]):
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
                if kind != 0 and not is_blank(text[position - 1]):
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
