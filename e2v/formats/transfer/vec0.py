"""The tables of sqlite-vec, read without it.

A virtual table `t` of its module vec0 keeps its rows in ordinary tables (sqlite-vec 0.1, ARCHITECTURE.md): in
t_rowids where each row is, in t_vector_chunks00 the vectors of its first vector column, many in one blob,
in t_auxiliary the values of columns that are marked with +.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from e2v.formats.transfer.row_reader import Batch

_DEFINITION = re.compile(r"CREATE\s+VIRTUAL\s+TABLE.*\bUSING\s+vec0\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
_VECTOR = re.compile(r"\w+\s+(float|f32|int8|i8)\[(\d+)\]", re.IGNORECASE)
_TEXT = re.compile(r"\+?\s*\w+\s+text\b", re.IGNORECASE)


class Vec0Table(NamedTuple):
    """A table's name, what of a row is its key, in SQL, and what the vectors are."""

    name: str
    key: str
    dtype: np.dtype[Any]
    dim: int


def find_tables(database: sqlite3.Connection) -> list[Vec0Table]:
    """The tables of vec0 that have vectors of numbers, each by its first vector column."""
    tables = []
    for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        definition = _DEFINITION.fullmatch((sql or b"").decode("utf-8", "replace"))
        columns = [column.strip() for column in definition[1].split(",")] if definition else []
        vector = next((found for column in columns if (found := _VECTOR.match(column))), None)
        if vector and int(vector[2]):
            dtype = np.dtype("<f4" if vector[1].lower() in ("float", "f32") else np.int8)
            tables.append(Vec0Table(name.decode(), _key(columns), dtype, int(vector[2])))
    return tables


def parts(table: Vec0Table) -> set[str]:
    """The names of the tables that it is read from, in lower case."""
    kept = ["rowids", "vector_chunks00", *(["auxiliary"] if table.key.startswith("a.") else [])]
    return {f"{table.name}_{suffix}".lower() for suffix in kept}


def count(database: sqlite3.Connection, table: Vec0Table) -> int:
    """How many rows a table has."""
    (rows,) = database.execute(f"SELECT count(*) FROM {_quoted(table, 'rowids')}").fetchone()
    return int(rows)


def batches(database: sqlite3.Connection, table: Vec0Table) -> Iterator[Batch]:
    """The rows, a chunk at a time, in the order in which they are stored.

    Raises:
        ValueError: a chunk is missing, or too short for its rows.
    """
    rows = database.execute(
        f"SELECT r.chunk_id, r.chunk_offset, {table.key} FROM {_quoted(table, 'rowids')} AS r "
        f"{_joined_keys(table)} ORDER BY r.chunk_id, r.chunk_offset"
    )
    vectors = f"SELECT vectors FROM {_quoted(table, 'vector_chunks00')} WHERE rowid = ?"
    for chunk, group in groupby(rows, itemgetter(0)):
        _, offsets, keys = zip(*group, strict=True)
        stored = database.execute(vectors, (chunk,)).fetchone()
        whole = stored[0] if stored and isinstance(stored[0], bytes) else b""
        values = np.frombuffer(whole, table.dtype).reshape(-1, table.dim)
        there = (isinstance(offset, int) and 0 <= offset < len(values) for offset in offsets)
        if None in keys or not all(there):
            raise ValueError(f"chunk {chunk} is not whole")
        yield Batch(
            [key if isinstance(key, bytes) else str(key).encode() for key in keys], values[list(offsets)]
        )


def _key(columns: list[str]) -> str:
    """A primary key of text, or a text beside the vectors, or else the number of the row."""
    for column in columns:
        if _TEXT.match(column) and "primary" in column.lower():
            return "r.id"
    auxiliary = [column for column in columns if column.startswith("+")]
    for number, column in enumerate(auxiliary):
        if _TEXT.match(column):
            return f"a.value{number:02}"
    return "r.rowid"


def _joined_keys(table: Vec0Table) -> str:
    if not table.key.startswith("a."):
        return ""
    return f"LEFT JOIN {_quoted(table, 'auxiliary')} AS a ON a.rowid = r.rowid"


def _quoted(table: Vec0Table, suffix: str) -> str:
    name = table.name.replace('"', '""')
    return f'"{name}_{suffix}"'
