"""Inputs made of inputs: bytes that are changed blindly, and changes that keep what a format is built of.

A change of structure gets past the first check of a format, which bytes that are changed seldom do: JSON that is
still JSON, a pickle of whole instructions, a database of other cells. Each is a function of the bytes and a source
of random numbers; where the bytes are not in the format, it is the bytes themselves that come back.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import pickletools
import random
import sqlite3
import struct
from collections.abc import Callable
from typing import Any

#: A change of bytes that keeps their structure.
Mutation = Callable[[bytes, random.Random], bytes]

LONGEST = 1 << 13  # bytes of an input

ODD = [
    b"\xff" * 8, b"\x80" + b"\0" * 7, b"\xff\xff\xff\x7f", b"-1", b"0", b"1e999", b"nan", b"9" * 20, b"\0", b"\n",
    b"\r\n", b'"', b"\\", b"\t", b",", b"\x1b]0;", b"\xef\xbb\xbf", b"\xff\xfe", b"[" * 100, b"{}", b"null",
    b"\xc2\x9b", b"\xed\xa0\x80", b"18446744073709551615",
]  # fmt: skip
_NUMBERS = [
    -1,
    0,
    1,
    2,
    3,
    7,
    8,
    63,
    64,
    127,
    255,
    1 << 16,
    (1 << 31) - 1,
    1 << 31,
    (1 << 53) + 1,
    (1 << 63) - 1,
    1 << 63,
    1 << 64,
]
_VALUES = [
    None, True, False, 0.5, -0.0, 1e300, float("nan"), float("inf"), "", "a", "0", "-1", "\0", "\ud800", "\x1b[2J", "é" * 40, [], {},
    [[]], [0, 0], {"": 0}, *_NUMBERS,
]  # fmt: skip


def of_bytes(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """Some bytes changed, repeated, taken out or put in, or a piece of another input."""
    raw = bytearray(data)
    for _ in range(1 << rng.randrange(4)):
        place = rng.randrange(len(raw) + 1)
        length = 1 << rng.randrange(5)
        match rng.randrange(7):
            case 0:
                raw[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                raw[place : place + length] = b""
            case 2:
                raw[place:place] = rng.randbytes(length)
            case 3:
                raw[place:place] = raw[place : place + length] * rng.randrange(1, 4)
            case 4:
                other = rng.choice(others)
                start = rng.randrange(len(other) + 1)
                raw[place : place + length] = other[start : start + length]
            case 5:
                raw[place : place + length] = rng.choice(ODD)
            case 6:
                del raw[place:]
    return bytes(raw[:LONGEST])


def of_integers(data: bytes, rng: random.Random) -> bytes:
    """An integer somewhere, of one to eight bytes, little-endian, is another."""
    width = rng.choice((1, 2, 4, 4, 8, 8))
    if len(data) < width:
        return data
    place = rng.randrange(len(data) - width + 1)
    if rng.randrange(2):
        place -= place % width
    was = int.from_bytes(data[place : place + width], "little")
    number = rng.choice((was + 1, was - 1, was * 2, -was, rng.choice(_NUMBERS), rng.randrange(16)))
    return data[:place] + (number % (1 << 8 * width)).to_bytes(width, "little") + data[place + width :]


def of_json(data: bytes, rng: random.Random) -> bytes:
    """One or more values of JSON, or names of them, are others; within strings that are JSON, too."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    for _ in range(1 << rng.randrange(3)):
        value = _changed(value, rng)
    with contextlib.suppress(RecursionError):
        return _compact(value)
    return data


def of_json_lines(data: bytes, rng: random.Random) -> bytes:
    """A line of JSON is another, is there twice, or is not."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            lines.insert(place, rng.choice(lines))
        case 1:
            del lines[place]
        case _:
            lines[place] = of_json(lines[place], rng)
    return b"\n".join(lines)


def of_counted_json(data: bytes, rng: random.Random) -> bytes:
    """As `of_json`, of what begins with the length of its JSON, as safetensors does; or a number of its data."""
    size = struct.unpack_from("<Q", data)[0] if len(data) >= 8 else len(data)
    if size > len(data) - 8:
        return data
    if rng.randrange(4) == 0:
        return data[: 8 + size] + of_integers(data[8 + size :], rng)
    text = of_json(data[8 : 8 + size], rng)
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


def of_pickles(data: bytes, rng: random.Random) -> bytes:
    """An instruction is left out, repeated, moved or exchanged for another, or has another argument."""
    starts = []
    with contextlib.suppress(Exception):  # whatever genops raises of what is damaged
        for _, _, place in pickletools.genops(data):
            starts.append(place)
    if len(starts) < 3:
        return data
    parts = [data[start:stop] for start, stop in zip(starts, [*starts[1:], len(data)], strict=True)]
    for _ in range(1 << rng.randrange(3)):
        place, other = rng.randrange(1, len(parts)), rng.randrange(1, len(parts))
        match rng.randrange(6):
            case 0:
                del parts[place]
            case 1:
                parts.insert(place, parts[other])
            case 2:
                parts[place], parts[other] = parts[other], parts[place]
            case 3:
                parts[place] = parts[other]
            case 4:
                parts[place] = parts[place][:1] + of_integers(parts[place][1:], rng)
            case 5:
                parts.insert(place, rng.choice(_INSTRUCTIONS))
        if len(parts) < 3:
            break
    return b"".join(parts)


_INSTRUCTIONS = [
    *(bytes([code]) for code in b"N)](}al0sube.tR\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x94"), b"K\x01", b"J\xff\xff\xff\xff", b"M\xff\xff",
    b"G\x7f\xf8\0\0\0\0\0\0", b"\x8a\x09" + b"\xff" * 8 + b"\0", b"\x8c\x01a", b"X\x01\0\0\0a", b"C\x04abcd", b"h\0", b"h\xff",
    b"q\0", b"\x8e" + b"\xff" * 8, b"cnumpy\nndarray\n",
]  # fmt: skip


def of_databases(data: bytes, rng: random.Random) -> bytes:
    """A cell of an SQLite database is another, a row is not there, or its schema says something else."""
    if not data:  # which SQLite has no memory for
        return data
    # Of a schema without an end SQLite says that it has no memory.
    refused = contextlib.suppress(sqlite3.Error, MemoryError)
    with contextlib.closing(sqlite3.connect(":memory:")) as database, refused:
        database.deserialize(data)
        database.execute("PRAGMA writable_schema = ON")
        plain = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        tables = [_quoted(name) for (name,) in database.execute(plain) if isinstance(name, str)]
        for _ in range(1 << rng.randrange(3)):
            with contextlib.suppress(sqlite3.Error):  # of what the schema does not let in
                _change_cell(database, rng.choice([*tables, *tables, "sqlite_master"]), rng)
        database.commit()
        return database.serialize()
    return data


def _change_cell(database: sqlite3.Connection, table: str, rng: random.Random) -> None:
    columns = [_quoted(row[1]) for row in database.execute(f"PRAGMA table_info({table})")]
    column = rng.choice([*columns, "rowid"])
    row, cell = rng.choice(database.execute(f"SELECT rowid, {column} FROM {table}").fetchall() or [(0, b"")])
    text = cell.encode("utf-8", "replace") if isinstance(cell, str) else cell
    changed: Any = rng.choice([None, "", "a", b"", b"abcd", 0.5, -9e999, -1, 0, 1, 1 << 40, -(1 << 63)])
    if isinstance(text, bytes) and rng.randrange(3):
        changed = of_bytes(text, rng, [text]) if rng.randrange(2) else of_integers(text, rng)
        changed = changed.decode("utf-8", "replace") if isinstance(cell, str) else changed
    if rng.randrange(10) == 0:
        database.execute(f"DELETE FROM {table} WHERE rowid = ?", [row])
    else:
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [changed, row])


def of_parquet(data: bytes, rng: random.Random) -> bytes:
    """A column of a table has other values, another type or another name."""
    import pyarrow
    import pyarrow.parquet

    with contextlib.suppress(Exception):  # whatever pyarrow raises of what is damaged, or cannot be turned so
        table = pyarrow.parquet.read_table(io.BytesIO(data))
        place = rng.randrange(table.num_columns)
        name, values = table.column_names[place], table.column(place).to_pylist()
        match rng.randrange(5):
            case 0:
                name = rng.choice(["key", "vector", "user", "item", "", "a", *table.column_names])
            case 1:
                values = [_changed(value, rng) for value in values]
            case 2:
                values = [None if rng.randrange(3) == 0 else value for value in values]
            case 3:
                kinds = [
                    pyarrow.float16(),
                    pyarrow.float64(),
                    pyarrow.int8(),
                    pyarrow.uint64(),
                    pyarrow.binary(),
                    pyarrow.bool_(),
                ]
                kinds += [
                    pyarrow.large_string(),
                    pyarrow.date32(),
                    pyarrow.timestamp("ns", "UTC"),
                    pyarrow.duration("s"),
                ]
                kind = rng.choice(kinds)
                values = table.column(place).cast(
                    rng.choice([kind, pyarrow.list_(kind), pyarrow.list_(kind, 3)]), safe=False
                )
            case 4:
                values = pyarrow.chunked_array([pyarrow.array(values).dictionary_encode()])
        table = table.set_column(
            place,
            name,
            pyarrow.chunked_array(values) if isinstance(values, pyarrow.ChunkedArray) else [values],
        )
        if rng.randrange(3) == 0:
            table = table.slice(0, rng.randrange(table.num_rows + 1))
        out = io.BytesIO()
        codec = rng.choice(["none", "snappy", "gzip", "zstd"])
        pyarrow.parquet.write_table(
            table,
            out,
            compression=codec,
            row_group_size=rng.choice([1, 2, 100]),
            store_schema=bool(rng.randrange(2)),
        )
        return out.getvalue()
    return data


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _changed(value: Any, rng: random.Random) -> Any:
    """The value with another in one place within it."""
    if isinstance(value, list | dict) and value and rng.randrange(10):
        places = list(value) if isinstance(value, dict) else range(len(value))
        place = rng.choice(places)
        match rng.randrange(12):
            case 0:
                del value[place]
            case 1 if isinstance(value, dict):
                value[rng.choice([*places, rng.choice(ODD).decode("latin-1")])] = value.pop(place)
            case 2 if isinstance(value, list):
                value.insert(place, copy.deepcopy(rng.choice(value)))
            case 3:
                value[place] = copy.deepcopy(value[rng.choice(places)])
            case _:
                value[place] = _changed(value[place], rng)
        return value
    if isinstance(value, str) and value[:1] in ("{", "[") and rng.randrange(10):
        return of_json(value.encode("utf-8", "surrogatepass"), rng).decode("utf-8", "replace")
    if isinstance(value, bool | float | None):
        return copy.deepcopy(rng.choice(_VALUES))
    if isinstance(value, int):
        return rng.choice(
            (
                value + 1,
                value - 1,
                2 * value,
                -value,
                rng.choice(_NUMBERS),
                copy.deepcopy(rng.choice(_VALUES)),
            )
        )
    if isinstance(value, str) and rng.randrange(3):
        return of_bytes(value.encode("utf-8", "replace"), rng, [b"0123456789"]).decode("utf-8", "replace")
    return copy.deepcopy(rng.choice(_VALUES))
