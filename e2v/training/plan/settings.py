"""The limits that a plan is held to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from e2v.durations import seconds
from e2v.settings import setting

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def size(given: str | float) -> int:
    """'2G', '500 MB', '1.5GiB' or a number of bytes, in bytes.

    Raises:
        ValueError: it is no size above 0.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?", str(given).strip().lower())
    value = round(float(found[1]) * {**_UNITS, **_BINARY}[found[2] or ""]) if found else 0
    if value <= 0:
        raise ValueError("takes a size such as 500M, 2G or 1.5GiB")
    return value


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """What a run may take.

    max_memory: bytes; of None, the memory of the machine is the limit. max_time: seconds, of everything.
    """

    max_memory: int | None = setting(
        None,
        "Exit with 4 if the run would take more memory than this, such as 2G, and say what to lower.",
        metavar="SIZE",
        shown="the machine's",
        parse=size,
        recorded=False,
        group="Limits",
    )
    max_time: float | None = setting(
        None,
        "Exit with 4 if the run would take longer than this, such as 90m or 2h, and say what to lower.",
        metavar="TIME",
        parse=seconds,
        recorded=False,
        group="Limits",
    )
