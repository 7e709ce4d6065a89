"""What the beginning of a text gives away: that it is none, or how its words would be found better."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict

from e2v.errors import Advice, InputError
from e2v.inputs.columns import are_column_names
from e2v.inputs.sources import Source
from e2v.store.foreign import HTML_PAGE

_LOOK = 1 << 17  # bytes that are looked at
_LEAST_LINES = 5
_SEPARATORS = (b"\t", b"::", b",", b";", b"|")
_NUMBER = re.compile(rb'"?-?\d+(\.\d+)?"?')
_NAME = re.compile(rb'"?[A-Za-z_][\w.-]*"?')
_QUOTED = re.compile(rb'"(?:[^"\n]|"")*"')
_HALF = 0.5
#: Marks between values, and how many of them in text have a blank or a line's end after them: nearly all.
_MARKS = re.compile(rb"[,;|]")
_BARE = re.compile(rb"[,;|](?=[^\s,;|])")
_NEARLY_ALL = 0.9

#: Scripts that put no blanks between words, and how their letters are called in messages.
_UNSPACED = tuple(
    (name, re.compile(f"[{letters}]"))
    for name, letters in (
        ("Japanese", "\u3040-\u30ff"),  # kana; Japanese has Chinese characters, too, hence it comes first
        ("Chinese", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"),
        ("Thai", "\u0e00-\u0e7f"),
        ("Lao", "\u0e80-\u0eff"),
        ("Burmese", "\u1000-\u109f"),
        ("Khmer", "\u1780-\u17ff"),
        ("Tibetan", "\u0f00-\u0fff"),
    )
)
#: Japanese is what has a tenth of its letters in kana; prose has about half.
_LEAST_KANA = 0.1
#: More than so many such letters to a blank or a line's end are no words, but clauses.
_LETTERS_A_WORD = 8

#: Bytes that text has no use for: all control characters but blanks, backspaces and escapes (of terminals).
_CONTROL = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")
#: Binary data have many different ones; a separator that nobody types is one or two.
_LEAST_CONTROLS, _ONE_IN = 8, 32
#: Of a text of single bytes, or of two, far more is no UTF-8 than of a text with a few damaged places.
_LEAST_ILL, _LEAST_SHARE_ILL = 16, 0.1
_HIGH = re.compile(rb"[\x80-\xff]")

#: Spellings that differ by capitals and punctuation only: prose that nobody has prepared has 13 to 40 of 100
#: such, lists, logs and prepared texts up to 6. Fewer words than so many say nothing.
_LEAST_SPELLINGS, _LEAST_WORDS, _EXAMPLES = 0.1, 200, 3
_AROUND = re.compile(r"^\W+|\W+$")


def refuse_table(source: Source, head: bytes) -> None:
    """InputError where the text is a table or JSON lines without a doubt; prose never is.

    A table has the same number of one separator in every line, and names of columns in the first that logs
    have; or in its columns numbers, under names or without; or nothing but one separator between values
    without blanks.
    """
    # What stands between quotes is one value, whatever separators are in it.
    lines = _whole_lines(_QUOTED.sub(lambda quoted: quoted[0].translate(None, b"\t:,;|"), head[:_LOOK]))
    table = any(_is_table(lines, separator) for separator in _SEPARATORS)
    if table or _is_json(lines):
        what = "a table" if table else "JSON lines"
        name = "-" if str(source) == "stdin" else source.name
        raise InputError(
            f"{source} is {what}, not text",
            Advice(
                "e2v events {} reads who had what; if it is text after all, say so: {tokenizer} whitespace",
                name,
            ),
        )


def is_page(head: bytes) -> bool:
    """Whether it is an HTML page: what a server may answer in place of a text."""
    return re.match(HTML_PAGE, head) is not None


def is_of_values(head: bytes) -> bool:
    """Whether half of the lines have values between commas, semicolons or bars, without blanks, as lists of
    items do; prose has a blank after nearly each.
    """
    lines = _whole_lines(head)
    marks, bare = (sum(len(mark.findall(line)) for line in lines) for mark in (_MARKS, _BARE))
    having = sum(_BARE.search(line) is not None for line in lines)
    return len(lines) >= _LEAST_LINES and bare > _NEARLY_ALL * marks and having > _HALF * len(lines)


def refuse_binary(source: Source, head: bytes) -> None:
    """InputError where the data are no text: their control characters are many, and of many kinds."""
    looked_at = head[:_LOOK]
    controls = _CONTROL.findall(looked_at)
    if len(set(controls)) >= _LEAST_CONTROLS and len(controls) * _ONE_IN > len(looked_at):
        raise InputError(
            f"{source} is no text: {len(controls):,} of {len(looked_at):,} bytes are control characters",
            Advice("{encoding} names its encoding, if it is text all the same"),
        )


def not_utf8(head: bytes) -> int:
    """How many bytes do not belong in UTF-8, if they are too many for a few damaged places; else 0."""
    looked_at = head[:_LOOK]
    ill = sum("\udc80" <= letter <= "\udcff" for letter in looked_at.decode("utf-8", "surrogateescape"))
    high = len(_HIGH.findall(looked_at))
    return ill if ill >= _LEAST_ILL and ill > _LEAST_SHARE_ILL * high else 0


def unsegmented(head: bytes) -> str | None:
    """The script of which most of the text is, if it is one whose words are not set apart here."""
    text = head[:_LOOK].decode("utf-8", "ignore")
    found = {name: len(letters.findall(text)) for name, letters in _UNSPACED}
    letters = sum(found.values())
    others = sum(map(str.isalpha, text))
    if letters <= _HALF * others or letters <= _LETTERS_A_WORD * len(text.split()):
        return None
    if found["Japanese"] > _LEAST_KANA * letters:
        return "Japanese"
    return max(found, key=found.__getitem__)


def spellings(head: bytes, *, lowercase: bool) -> list[str]:
    """Spellings of one word of the text, the most frequent first, if many words have several.

    Such are words that differ by what stands around them (`word` and `word,`) and, unless `lowercase`, by
    capitals. Empty where they are few, as in text that was prepared.
    """
    text = head[:_LOOK].decode("utf-8", "ignore")
    counts = Counter((text.lower() if lowercase else text).split())
    of_word: dict[str, list[str]] = defaultdict(list)
    for token, _ in counts.most_common():
        if word := _AROUND.sub("", token).casefold():
            of_word[word].append(token)
    n_spellings = sum(map(len, of_word.values()))
    if len(of_word) < _LEAST_WORDS or n_spellings - len(of_word) < _LEAST_SPELLINGS * n_spellings:
        return []
    for spelt in of_word.values():
        readable = [token for token in spelt if token[0].isalpha()]
        if len(readable) >= _EXAMPLES:
            return readable[:_EXAMPLES]
    return []


def _whole_lines(head: bytes) -> list[bytes]:
    """The lines of the beginning that are not blank, without one that may go on."""
    lines = head[:_LOOK].split(b"\n")
    return [stripped for line in (lines[:-1] if len(lines) > 1 else lines) if (stripped := line.strip())]


def _is_json(lines: list[bytes]) -> bool:
    if len(lines) < _LEAST_LINES or not all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        return False
    try:
        return all(isinstance(json.loads(line), dict) for line in lines[:_LEAST_LINES])
    except ValueError:
        return False


def _is_table(lines: list[bytes], separator: bytes) -> bool:
    """Whether every line has as many of the separator, with values between them."""
    width = lines[0].count(separator) if lines else 0
    if width == 0 or any(line.count(separator) != width for line in lines):
        return False
    names = [name.strip(b' "').decode("utf-8", "replace") for name in lines[0].split(separator)]
    if len(lines) > 1 and are_column_names(names):
        return True
    if len(lines) < _LEAST_LINES:
        return False
    rows = [line.split(separator) for line in lines]
    if separator != b"\t" and all(cell.split() == [cell] for row in rows for cell in row):
        return True  # as text, each line would be one word
    rows = [[cell.strip() for cell in row] for row in rows]
    body = rows[1:]
    columns = [[cell for cell in column if cell] for column in zip(*body, strict=True)]
    numeric = sum(bool(column) and all(map(_NUMBER.fullmatch, column)) for column in columns)
    if all(map(_NAME.fullmatch, rows[0])):
        return numeric > 0
    return width > 1 and numeric > _HALF * len(columns)
