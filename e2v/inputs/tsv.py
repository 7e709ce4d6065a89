r"""Fields of tab-separated text, out and in: a tab, newline, carriage return and backslash within a field
are written `\t`, `\n`, `\r` and `\\`. Any other backslash is read as itself.
"""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_CHARACTERS = {escape: character for character, escape in _ESCAPES.items()}
_ESCAPING = str.maketrans(_ESCAPES)
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = re.compile(r"\\[\\tnr]")


def escape(text: str) -> str:
    """The text as a field."""
    return text.translate(_ESCAPING) if _SPECIAL.search(text) else text


def unescape(field: str) -> str:
    """The text of a field."""
    return _ESCAPED.sub(lambda found: _CHARACTERS[found[0]], field) if "\\" in field else field
