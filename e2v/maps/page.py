"""A map as a page: one file, which needs no network, and of which nothing in a key can become code.

The page's own script is the only one that its policy lets run, and all that is of keys reaches it as
compressed bytes in base64.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import pkgutil
import re
import zlib
from typing import Any

import numpy as np

from e2v.maps.points import PointMap

#: Neighbours that the page lists.
_LISTED = 10

_LARGEST = 65_535


def page(of: PointMap) -> str:
    """The page, HTML."""
    script = _part("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        "title": html.escape(_utf8(of.name)),
        "css": _part("page.css"),
        "js": script,
        "hash": f"sha256-{digest}",
        "data": base64.b64encode(zlib.compress(packed(of), 9)).decode(),
    }
    return re.sub(r"\{(title|css|js|hash|data)\}", lambda found: parts[found[1]], _part("page.html"))


def packed(of: PointMap) -> bytes:
    """What the script reads: a length, JSON, and little-endian arrays, all at multiples of four bytes."""
    n, k = of.neighbours.shape[0], min(_LISTED, of.neighbours.shape[1])
    near = of.neighbours[:, :k].T  # so that what is alike stands together, and is compressed well
    least = min(0.0, float(of.cosines[:, :k].min()))
    cosines = np.clip(np.rint((of.cosines[:, :k] - least) / (1 - least) * 255), 0, 255).astype(np.uint8)
    arrays = {
        "x": np.rint(of.places[:, 0] * _LARGEST).astype("<u2"),
        "y": np.rint((1 - of.places[:, 1]) * _LARGEST).astype("<u2"),
        "label": of.labels.astype("<i4"),
        "low": (near & 0xFFFF).astype("<u2"),
        "first": cosines[:, 0],
        "falls": (cosines[:, :-1] - cosines[:, 1:]).T,
    }
    if n > _LARGEST + 1:
        arrays["high"] = (near >> 16).astype("u1")
    described: dict[str, Any] = {
        "k": k,
        "least": least,
        "keys": list(map(_utf8, of.keys)),
        "names": list(map(_utf8, of.names)),
    }
    if of.titles is not None:
        described["titles"] = list(map(_utf8, of.titles))
    if of.counts is not None:
        described["counts"] = of.counts.tolist()
    if of.categories is not None:
        names = of.category_names
        numbers = {name: number for number, name in enumerate(names)}
        described["categories"] = list(map(_utf8, names))
        arrays["category"] = np.array([numbers.get(each, -1) for each in of.categories], "<i4")
    described["arrays"] = [[name, array.dtype.str[1:], array.size] for name, array in arrays.items()]
    head = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()
    parts = [len(head).to_bytes(4, "little"), head, *(array.tobytes() for array in arrays.values())]
    written = bytearray()
    for number, part in enumerate(parts):
        written += part
        if number:
            written += bytes(-len(written) % 4)
    return bytes(written)


def _part(name: str) -> str:
    found = pkgutil.get_data("e2v.maps", name)
    assert found is not None  # it is in the package
    return found.decode()


def _utf8(text: str) -> str:
    """Text as a page can have it: bytes that are not UTF-8 become the sign for that."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
