"""Text that is shown to people: control characters and bytes that are not UTF-8 as escapes.

A terminal would obey the first, and misplace everything after the second.
"""

from __future__ import annotations

_CONTROLS = {code: rf"\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_VISIBLE = (
    _CONTROLS
    | {0xDC00 + byte: rf"\x{byte:02x}" for byte in range(0x80, 0x100)}
    | {ord("\t"): r"\t", ord("\n"): r"\n", ord("\r"): r"\r"}
)


def visible(text: str) -> str:
    """The text with such characters as `\\x1b`, `\\xff` (a byte that is not UTF-8), `\\t`, `\\n` or `\\r`."""
    return text.translate(_VISIBLE)
