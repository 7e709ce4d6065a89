"""The .e2v container as docs/formats.md has it, written down a second time and plainly.

`encode` also makes files that are wrong in a chosen way under a checksum that is right, which no
honest writer can.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

CODES = {
    "uint8": "U8",
    "int8": "I8",
    "int32": "I32",
    "int64": "I64",
    "uint64": "U64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
}
DTYPES = {code: np.dtype(name) for name, code in CODES.items()}

Document = dict[str, Any]
ZEROS = b"0" * 64


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def encode(
    kind: str, arrays: dict[str, np.ndarray], change: Callable[[Document], object] = lambda document: None
) -> bytes:
    """A whole file; `change` may alter the header's document before it is written and its checksum taken."""
    data = b""
    document: Document = {
        "__metadata__": {
            "e2v.checksum": ZEROS.decode(),
            "e2v.kind": kind,
            "e2v.schema": "1",
            "e2v.version": "9.9.9",
            "e2v.sha256": json.dumps({name: sha256(array.tobytes()) for name, array in arrays.items()}),
            "e2v.provenance": json.dumps({"by": "the oracle"}),
        }
    }

    def entry(code: str, shape: tuple[int, ...], raw: bytes) -> Document:
        return {"dtype": code, "shape": list(shape), "data_offsets": [len(data), len(data) + len(raw)]}

    for number, (name, array) in enumerate(arrays.items()):
        gap = b"\0" * (-len(data) % 64)
        if gap:
            document[f"padding.{number}"] = entry("U8", (len(gap),), gap)
            data += gap
        document[name] = entry(CODES[array.dtype.name], array.shape, array.tobytes())
        data += array.tobytes()
    change(document)
    return with_checksum(json.dumps(document, separators=(",", ":")).encode()) + data


def with_checksum(text: bytes, alignment: int = 64) -> bytes:
    """Length prefix and header, padded, the zeros after the opening replaced by the checksum."""
    text = text.ljust(-(-(len(text) + 8) // alignment) * alignment - 8)
    blank = struct.pack("<Q", len(text)) + text
    return blank.replace(ZEROS, sha256(blank).encode(), 1)


def decode(file: bytes) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Metadata and arrays, padding included, once the checksum is found to be right."""
    (length,) = struct.unpack("<Q", file[:8])
    head, data = file[: 8 + length], file[8 + length :]
    document = json.loads(head[8:])
    metadata = document.pop("__metadata__")
    checksum = metadata["e2v.checksum"].encode()
    assert sha256(head.replace(checksum, ZEROS, 1)) == checksum.decode()
    arrays = {}
    for name, entry in document.items():
        start, stop = entry["data_offsets"]
        arrays[name] = np.frombuffer(data[start:stop], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return metadata, arrays
