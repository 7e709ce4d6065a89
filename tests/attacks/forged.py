""".e2v files of any content whose checksum and digests are right: what digests cannot tell is left to be told."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

_OPENING = b'{"__metadata__":{"e2v.checksum":"'
_ALIGNMENT = 64
_CODES = {
    "<u1": "U8",
    "<i1": "I8",
    "<i4": "I32",
    "<i8": "I64",
    "<u8": "U64",
    "<f2": "F16",
    "<f4": "F32",
    "<f8": "F64",
}


def sealed(text: bytes, data: bytes = b"", *, room: int = 0) -> bytes:
    """A file whose header is `text`, as it is, with the checksum that it should have, and then the data.

    room: spaces at the end of the header, besides those that align the data.
    """
    text = text.ljust(-(-(len(text) + 8 + room) // _ALIGNMENT) * _ALIGNMENT - 8)
    raw = struct.pack("<Q", len(text)) + text
    place = slice(8 + len(_OPENING), 8 + len(_OPENING) + 64)
    if text.startswith(_OPENING) and len(raw) >= place.stop:
        blank = raw[: place.start] + b"0" * 64 + raw[place.stop :]
        raw = blank[: place.start] + hashlib.sha256(blank).hexdigest().encode() + blank[place.stop :]
    return raw + data


def header(
    kind: str,
    arrays: Mapping[str, Any],
    *,
    schema: int | str = 1,
    digests: Mapping[str, Any] | None = None,
    provenance: Any = None,
) -> bytes:
    """A header's text. arrays: name -> its entry, as it is."""
    metadata = {
        "e2v.checksum": "0" * 64,
        "e2v.kind": kind,
        "e2v.schema": str(schema),
        "e2v.version": "0.1.0",
        "e2v.sha256": json.dumps(dict.fromkeys(arrays, "0" * 64) if digests is None else digests),
        "e2v.provenance": provenance if isinstance(provenance, str) else json.dumps(provenance or {}),
    }
    return json.dumps({"__metadata__": metadata, **arrays}, separators=(",", ":")).encode()


def container(
    kind: str, arrays: Mapping[str, np.ndarray], *, schema: int = 1, provenance: Any = None
) -> bytes:
    """A file of these arrays, one after the other, whatever they hold."""
    entries: dict[str, Any] = {}
    digests, data = {}, b""
    for name, array in arrays.items():
        part = np.ascontiguousarray(array).tobytes()
        if gap := -len(data) % _ALIGNMENT:
            entries[f"padding.{len(entries)}"] = {
                "dtype": "U8",
                "shape": [gap],
                "data_offsets": [len(data), len(data) + gap],
            }
            data += bytes(gap)
        place = [len(data), len(data) + len(part)]
        entries[name] = {
            "dtype": _CODES[array.dtype.newbyteorder("<").str.replace("|", "<")],
            "shape": array.shape,
            "data_offsets": place,
        }
        digests[name] = hashlib.sha256(part).hexdigest()
        data += part
    return sealed(header(kind, entries, schema=schema, digests=digests, provenance=provenance), data)
