"""JSON as e2v is asked and answers in it: valid UTF-8 whatever a key's bytes, no more digits than count."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: JSON escapes those below a blank itself.
_CONTROLS = {code: rf"\u{code:04x}" for code in range(0x7F, 0xA0)}
_SURROGATE = re.compile(r"\\u[dD]")


def json_value(text: str, **options: Any) -> Any:
    """The value of JSON that asks something, with `options` of `json.loads`.

    Raises:
        ValueError: it is no JSON, or a text in it cannot be written, as it has half of a surrogate pair.
        RecursionError: it is too deep.
    """
    import json

    value = json.loads(text, **options)
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair is no text") from None
    return value


def json_text(record: Mapping[str, object]) -> str:
    """The record as a line of JSON; its values as by `rounded`.

    JSON is UTF-8: the surrogates that stand for other bytes are written as JSON's own escapes, as are the
    control characters that it would allow.
    """
    line = _encoder()({name: rounded(value) for name, value in record.items()}).translate(_CONTROLS)
    return line.encode("utf-8", "backslashreplace").decode()


def rounded(value: object) -> object:
    """The value as JSON shows it: scores with 6 significant digits, vectors with 9, which restore a float32.

    Numbers that JSON cannot write are null.
    """
    if isinstance(value, float):
        return _digits(value, 6)
    if isinstance(value, Mapping):
        return {name: rounded(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_digits(each, 9) if isinstance(each, float) else rounded(each) for each in value]
    return value


def _digits(number: float, digits: int) -> float | None:
    return float(f"{number:.{digits}g}") if math.isfinite(number) else None


@functools.cache
def _encoder() -> Callable[[object], str]:
    from json import JSONEncoder  # which a command that prints none need not import

    return JSONEncoder(ensure_ascii=False, allow_nan=False).encode
