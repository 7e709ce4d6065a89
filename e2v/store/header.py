"""The header of an .e2v file: encoding, decoding, and telling foreign, newer and damaged files apart.

A file is a safetensors file: 8 bytes with the header's length, a JSON header padded with spaces,
the arrays' bytes. docs/formats.md is normative.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

from e2v.errors import DamagedFileError, InputError, NewerFileError, no_such_file
from e2v.store.foreign import foreign_file
from e2v.store.provenance import parse_provenance, unique
from e2v.store.schema import KINDS, ArraySpec

ALIGNMENT = 64  # bytes: a cache line, and more than any dtype or vector instruction asks for
PADDING = "padding."  # arrays of this name fill the gaps, which safetensors forbids to leave empty

LENGTH = 8
_HEADER_LIMIT = 100_000_000  # safetensors' own
_SIZE_LIMIT = 1 << 44  # of a dimension: beside one of zero, nothing else bounds it
_OPENING = b'{"__metadata__":{"e2v.checksum":"'  # how the header of every .e2v file begins
_CHECKSUM = slice(LENGTH + len(_OPENING), LENGTH + len(_OPENING) + 64)
_MARK = b'","e2v.'  # five of these follow: one damaged byte cannot make a file look foreign
_MARKED = 1024
#: A value of JSON takes some hundred bytes of memory, however few of text. So many are none too many in a
#: header, nor is one in so many bytes.
_FEW_VALUES, _ONE_IN = 1 << 17, 8
_SHA256 = re.compile("[0-9a-f]{64}")


class Header(NamedTuple):
    """A decoded header; `data_start` is the data section's offset in the file."""

    kind: str
    schema: int
    version: str
    provenance: dict[str, Any]
    arrays: dict[str, ArraySpec]
    padding: list[ArraySpec]
    data_start: int

    @property
    def file_size(self) -> int:
        """Size that the file must have."""
        return self.data_start + max((a.stop for a in (*self.arrays.values(), *self.padding)), default=0)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: kind, and name, dtype, shape and SHA-256 of every array.

        Provenance, the order of the arrays in the file and the file's name have no part in it.
        """
        lines = [self.kind]
        for name in sorted(self.arrays):
            spec = self.arrays[name]
            lines.append(f"{name} {spec.dtype} {'x'.join(map(str, spec.shape))} {spec.sha256}")
        return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def encode_header(header: Header) -> bytes:
    """Length prefix and JSON, padded to `header.data_start` bytes, or to more if that is too few."""
    metadata = {
        "e2v.checksum": "0" * 64,
        "e2v.kind": header.kind,
        "e2v.schema": str(header.schema),
        "e2v.version": header.version,
        "e2v.sha256": _compact({spec.name: spec.sha256 for spec in header.arrays.values()}),
        "e2v.provenance": _compact(header.provenance),
    }
    entries = sorted((*header.arrays.values(), *header.padding), key=lambda spec: (spec.start, spec.stop))
    tensors = {
        spec.name: {"dtype": spec.dtype, "shape": spec.shape, "data_offsets": [spec.start, spec.stop]}
        for spec in entries
    }
    text = _compact({"__metadata__": metadata, **tensors}).encode()
    size = max(header.data_start, aligned(LENGTH + len(text)))
    blank = (size - LENGTH).to_bytes(LENGTH, "little") + text.ljust(size - LENGTH)
    return blank[: _CHECKSUM.start] + _checksum(blank).encode() + blank[_CHECKSUM.stop :]


def aligned(size: int) -> int:
    """The next multiple of the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading that can be mapped, or say why not in one line."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path} is a folder, not an .e2v file")
        if not stat.S_ISREG(mode):
            raise InputError(f"{path} is a pipe or device", "save it as a file, and name that")
        return path.open("rb")
    except FileNotFoundError as error:
        if str(path) == "-":
            raise InputError(
                "an .e2v file cannot come from a pipe", "save it as a file, and name that"
            ) from error
        raise no_such_file(path) from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def read_header(file: BinaryIO, path: Path) -> Header:
    """Decode the header of an open file and check all that it says about itself.

    The arrays' offsets are contiguous and fit dtypes and shapes; whether the file is long enough and
    whether the arrays are those of the kind is for the caller to check.

    Raises:
        ForeignFileError, NewerFileError, DamagedFileError: as the names say.
    """
    size = os.fstat(file.fileno()).st_size
    raw = _verified_bytes(file, path, size)
    try:
        if sum(map(raw.count, (b",", b":", b"[", b"{"))) > _FEW_VALUES + len(raw) // _ONE_IN:
            raise ValueError("it is of far more values than arrays and their making take")
        document = json.loads(raw[LENGTH:], object_pairs_hook=unique)
        metadata = document.pop("__metadata__")
        kind, schema, version = metadata["e2v.kind"], metadata["e2v.schema"], metadata["e2v.version"]
        if not isinstance(version, str) or not _natural(schema):
            raise ValueError("version or schema are none")
        if kind not in KINDS or _natural(schema) > KINDS[kind].schema:
            _newer(path, kind, schema, version)
        provenance = parse_provenance(metadata["e2v.provenance"])
        digests = json.loads(metadata["e2v.sha256"])
        specs = _contiguous(_spec(name, entry, digests) for name, entry in document.items())
        if len(raw) % ALIGNMENT:
            raise ValueError(f"the data start at {len(raw)}, not at a multiple of {ALIGNMENT}")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedFileError(f"{path} is damaged: its header is malformed ({error})") from error
    return Header(
        kind=kind,
        schema=int(schema),
        version=version,
        provenance=provenance,
        arrays={spec.name: spec for spec in specs if not spec.name.startswith(PADDING)},
        padding=[spec for spec in specs if spec.name.startswith(PADDING)],
        data_start=len(raw),
    )


def size_problem(header: Header, size: int) -> str | None:
    """What is wrong with a file of `size` bytes under this header."""
    if size < header.file_size:
        return f"truncated, {header.file_size - size:,} of {header.file_size:,} bytes are missing"
    if size > header.file_size:
        return f"{size - header.file_size:,} bytes too many at the end"
    return None


def _verified_bytes(file: BinaryIO, path: Path, size: int) -> bytes:
    """Length prefix and header, once the checksum has proved them."""
    start = file.read(_MARKED)
    opening = start[LENGTH : _CHECKSUM.start]
    if size < LENGTH:
        what = "empty" if size == 0 else f"only {size} bytes long"
        raise DamagedFileError(f"{path} is {what}, not a whole .e2v file")
    length = int.from_bytes(start[:LENGTH], "little")
    # A file that was cut short may end within the opening.
    begins_well = opening == _OPENING[: len(opening)] and length <= _HEADER_LIMIT
    if not begins_well and _MARK not in start:
        raise foreign_file(path, start, size)
    if not begins_well:
        raise DamagedFileError(f"{path} is damaged: its header does not begin as it must")
    if size < LENGTH + length:
        raise DamagedFileError(f"{path} is truncated: it ends within its header, after {size:,} bytes")
    raw = start[: LENGTH + length] + file.read(max(0, LENGTH + length - len(start)))
    if raw[_CHECKSUM] != _checksum(raw).encode():
        raise DamagedFileError(f"{path} is damaged: its header does not match its checksum")
    return raw


def _checksum(raw: bytes) -> str:
    """SHA-256 (hex) of prefix and header with zeros in place of the checksum itself."""
    return hashlib.sha256(raw[: _CHECKSUM.start] + b"0" * 64 + raw[_CHECKSUM.stop :]).hexdigest()


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _natural(value: Any) -> int:
    """A natural number, given as a JSON number or as a string of digits."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        return int(value)
    if type(value) is int and value >= 0:
        return value
    raise ValueError(f"{value!r} is not a natural number")


def _naturals(values: Any) -> tuple[int, ...]:
    if not isinstance(values, list):
        raise ValueError(f"{values!r} is no list of natural numbers")
    return tuple(map(_natural, values))


def _newer(path: Path, kind: str, schema: str, version: str) -> NoReturn:
    raise NewerFileError(
        f"{path} was written by e2v {version} as {kind} schema {schema}, which this version cannot read",
        "pip install --upgrade e2v",
    )


def _spec(name: str, entry: Mapping[str, Any], digests: Mapping[str, str]) -> ArraySpec:
    (start, stop), shape = (_naturals(entry[field]) for field in ("data_offsets", "shape"))
    sha256 = "" if name.startswith(PADDING) else digests[name]
    if sha256 and not _SHA256.fullmatch(sha256):
        raise ValueError(f"{name} has a digest that is none")
    spec = ArraySpec(name, entry["dtype"], shape, start, stop, sha256)
    if spec.nbytes != stop - start:
        raise ValueError(f"{name} has {stop - start} bytes, its shape asks for {spec.nbytes}")
    if any(size >= _SIZE_LIMIT for size in spec.shape):
        raise ValueError(f"{name} has a dimension of {max(spec.shape)}")
    return spec


def _contiguous(specs: Iterable[ArraySpec]) -> list[ArraySpec]:
    """The arrays in the order of their bytes, which follow each other without holes."""
    ordered = sorted(specs, key=lambda spec: (spec.start, spec.stop))
    end = 0
    for spec in ordered:
        if spec.start != end:
            raise ValueError(f"{spec.name} starts at {spec.start}, the array before it ends at {end}")
        if spec.start % ALIGNMENT and not spec.name.startswith(PADDING):
            raise ValueError(f"{spec.name} is not aligned to {ALIGNMENT} bytes")
        end = spec.stop
    return ordered
