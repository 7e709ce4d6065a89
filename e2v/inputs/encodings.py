"""How text is encoded: told by byte order marks and by which bytes occur, and made UTF-8.

Everything behind `inputs` sees UTF-8 with LF line ends. Bytes that fit no encoding are kept as they are:
decoded with surrogateescape, they go out as they came in.
"""

from __future__ import annotations

import codecs
import contextlib
import re

from e2v.errors import Advice, InputError, UsageError

#: Byte order marks, the longer ones first, and the encodings whose decoders take them away.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: How encodings are called in messages, where Python's name is not what people say.
_NAMES = {"iso8859-1": "Latin-1", "cp1252": "Windows-1252"}

_HIGH = re.compile(rb"[\x80-\xff]")
_LETTER = re.compile(rb"[\xc0-\xff]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
#: A letter of Latin-1 beyond ASCII beside one of ASCII.
_ACCENTED = re.compile(rb"(?:(?<=[A-Za-z])|(?=.[A-Za-z]))[\xc0-\xd6\xd8-\xf6\xf8-\xff]")
_ONLY_1252 = re.compile(rb"[\x80-\x9f]")
_NOT_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")

#: Of the bytes beyond ASCII, how many may look like UTF-8 by chance, and how many must be letters (others are
#: quotes, dashes and the like); of the letters, how many must stand within words; how many of all bytes may
#: be beyond ASCII in a language written with Latin letters.
_MOST_BY_CHANCE, _LEAST_LETTERS, _LEAST_ACCENTED, _MOST_HIGH = 0.05, 0.25, 0.6, 0.4

#: Without a mark, a text of fewer 16-bit units is too short to be told from one with a few NULs.
_LEAST_UNITS = 16


def encoding_name(name: str) -> str:
    """Python's name of an encoding that a user has named.

    Raises:
        UsageError: there is none, or it is not one of text.
    """
    try:
        with contextlib.suppress(UnicodeError):
            b"a".decode(name)  # which refuses codecs that are not of text
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"there is no encoding '{name}'",
            "for instance utf-8, latin-1, cp1252, utf-16, gb18030, shift-jis",
        ) from error


def shown_encoding(name: str) -> str:
    """An encoding as people call it."""
    return _NAMES.get(name, name.upper())


def guess_encoding(head: bytes, *, latin: bool = True) -> str:
    """Python's name of the encoding that a text seems to have, given its first bytes.

    A byte order mark says so, as do the zeros that UTF-16 puts beside ASCII letters. What is not UTF-8 is
    Latin-1, or Windows-1252, if its bytes beyond ASCII are few and nearly all accented letters within words;
    else, and unless `latin`, it counts as UTF-8 with bytes that do not belong there.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark) and (encoding == "utf-8" or b"\0" in head):  # a line feed has a zero
            return encoding
    if utf16 := _utf16_without_mark(head):
        return utf16
    high = len(_HIGH.findall(head))
    if not high or not latin:
        return "utf-8"
    sequences = sum(map(len, _UTF8_SEQUENCE.findall(head)))
    letters, accented = len(_LETTER.findall(head)), len(_ACCENTED.findall(head))
    if (
        sequences > _MOST_BY_CHANCE * high
        or letters < _LEAST_LETTERS * high
        or accented < _LEAST_ACCENTED * letters
        or high > _MOST_HIGH * len(head)
        or _NOT_1252.search(head)
    ):
        return "utf-8"
    return "cp1252" if _ONLY_1252.search(head) else "iso8859-1"


def _utf16_without_mark(head: bytes) -> str | None:
    """By the zeros in most other places; plain text has none, other binary files have them elsewhere, too."""
    even, odd = head[: len(head) // 2 * 2 : 2], head[1::2]
    if len(odd) < _LEAST_UNITS or 2 * max(even.count(0), odd.count(0)) < len(odd):
        return None
    if not even.count(0):
        return "utf-16-le"
    return None if odd.count(0) else "utf-16-be"


class ToUtf8:
    """Makes chunks of a text UTF-8, without a byte order mark, and with LF where lines end with CR alone.

    head: the first bytes of the text, by which its line ends and, unless it is named, its encoding are told.
    encoding: Python's name of the encoding. name: of the text, for errors. latin: see `guess_encoding`.

    Attributes:
        encoding: the one it has or seems to have.
    """

    def __init__(self, head: bytes, encoding: str | None, name: str, *, latin: bool = True) -> None:
        self._name = name
        self.encoding = encoding or guess_encoding(head, latin=latin)
        self._decoder = None
        if self.encoding != "utf-8":  # of which, told or named, bytes that do not fit are kept
            # A guess must not lose a byte; of a name that was given, what does not fit is an error.
            strict = encoding is not None or self.encoding.startswith("utf")
            self._decoder = codecs.getincrementaldecoder(self.encoding)(
                "strict" if strict else "surrogateescape"
            )
        self._only_cr = False
        first = self._encoded(head, final=False) if self._decoder else head
        self._first = first.removeprefix(codecs.BOM_UTF8)
        self._only_cr = b"\r" in first and b"\n" not in first

    def first(self) -> bytes:
        """The head, as UTF-8."""
        return self._with_lf(self._first)

    def rest(self, chunk: bytes, *, final: bool = False) -> bytes:
        """A later chunk, as UTF-8; the last, perhaps empty one is final.

        Raises:
            InputError: it is not in the encoding.
        """
        return self._with_lf(self._encoded(chunk, final) if self._decoder else chunk)

    def _encoded(self, chunk: bytes, final: bool) -> bytes:
        assert self._decoder
        try:
            return self._decoder.decode(chunk, final).encode("utf-8", "surrogateescape")
        except UnicodeError as error:
            what = str(error)
            if isinstance(error, UnicodeDecodeError):
                said = f"{error.object[error.start : error.end]!r}".removeprefix("b")
                what = f"it has {said}, {error.reason}"
            raise InputError(
                f"{self._name} is not {shown_encoding(self.encoding)}: {what}",
                Advice("{encoding} names another"),
            ) from error

    def _with_lf(self, text: bytes) -> bytes:
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if self._only_cr else text
