"""How much memory there is, and how it is said."""

from __future__ import annotations

import os


def machine_memory() -> int | None:
    """The machine's memory in bytes, None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def shown_bytes(size: float) -> str:
    """A number of bytes in a unit that people read it in."""
    for unit, of in (("GB", 1e9), ("MB", 1e6)):
        if size >= of:
            return f"{size / of:.3g} {unit}" if size < 1000 * of else f"{size / of:,.0f} {unit}"
    return f"{size / 1e3:.3g} kB"
