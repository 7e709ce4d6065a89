"""Text that is shown to people: control characters and bytes that are not UTF-8 as escapes.

A terminal would obey the first, and misplace everything after the second; and it turns around what
follows a character that says so.
"""

from __future__ import annotations

_CONTROLS = {code: rf"\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
#: What puts letters in another order, so that a line is not what it seems, and what ends a line. The marks of
#: scripts that are written from right to left are harmless: they stand within words.
_REORDERING = {
    code: rf"\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_VISIBLE = (
    _CONTROLS
    | _REORDERING
    | {0xDC00 + byte: rf"\x{byte:02x}" for byte in range(0x80, 0x100)}
    | {ord("\t"): r"\t", ord("\n"): r"\n", ord("\r"): r"\r"}
)


def visible(text: str) -> str:
    """The text with such characters as `\\x1b`, `\\u202e`, `\\xff` (a byte that is not UTF-8) or `\\n`."""
    return text.translate(_VISIBLE)
