"""Attacks by SQLite databases."""

from __future__ import annotations

import contextlib
import sqlite3

from tests.attacks.attack import Attack

_IMPORT = "import FILE -o out.e2v"


def sqlite_bytes(*statements: str) -> bytes:
    """A database as bytes."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
        return database.serialize()


def _endless_schema() -> bytes:
    """The record of a table says that it is longer than there are bytes."""
    raw = bytearray(sqlite_bytes("PRAGMA page_size = 512", _TABLE))
    place = raw.index(b"tablevectors") - 9
    raw[place : place + 16] = b"\xff" * 16
    return bytes(raw)


_TABLE = "CREATE TABLE vectors (key TEXT, vector BLOB, count, scale)"
_VEC0 = (
    "CREATE TABLE x_rowids (rowid INTEGER PRIMARY KEY, id, chunk_id, chunk_offset)",
    "CREATE TABLE x_vector_chunks00 (rowid PRIMARY KEY, vectors)",
    "PRAGMA writable_schema = ON",
    "INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 0, 'CREATE VIRTUAL TABLE x USING vec0(v float[2])')",
    "INSERT INTO x_vector_chunks00 VALUES (1, zeroblob(16))",
)

#: SQLite, with tables of e2v's and of sqlite-vec's.
ATTACKS = {
    "sqlite-of-a-view-without-end.db": Attack(_IMPORT, sqlite_bytes("CREATE VIEW vectors AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS key, x'00000000' AS vector, n AS rowid FROM r"), "has no table vectors with the columns key and vector"),
    "sqlite-of-a-column-of-a-gigabyte.db": Attack(_IMPORT, sqlite_bytes("CREATE TABLE vectors (key TEXT, vector BLOB AS (zeroblob(900000000)))", "INSERT INTO vectors VALUES ('a')"), "has no table vectors with the columns key and vector"),
    "sqlite-of-vectors-that-are-text.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES ('a', 'abcd', 1, NULL)"), "", 0),
    "sqlite-of-vectors-that-are-numbers.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES ('a', 5, 1, NULL)"), "holds no vectors: they have no dimensions"),
    "sqlite-of-counts-that-are-text.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES ('a', x'00000000', 'many', NULL)"), "row 1: b'many' is no count"),
    "sqlite-of-scales-that-are-text.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES ('a', x'00000000', 1, 'much')"), "is damaged or no SQLite database"),
    "sqlite-of-scales-that-are-infinite.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES ('a', x'00000000', 1, 9e999)"), "row 1: the vector of 'a' is not finite in 32 bits"),
    "sqlite-of-keys-that-are-null.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES (NULL, x'00000000', 1, NULL)"), "row 1: no key, or no vector of 1 float32"),
    "sqlite-of-vectors-that-are-empty.db": Attack(_IMPORT, sqlite_bytes(_TABLE, "INSERT INTO vectors VALUES ('a', x'', 1, NULL)"), "holds no vectors: they have no dimensions"),
    "sqlite-without-the-table.db": Attack(_IMPORT, sqlite_bytes("CREATE TABLE a (b)"), "has no table vectors with the columns key and vector"),
    "sqlite-of-a-page-size-of-zero.db": Attack(_IMPORT, sqlite_bytes(_TABLE)[:16] + b"\0\0" + sqlite_bytes(_TABLE)[18:], "is damaged or no SQLite database"),
    "sqlite-of-a-schema-without-end.db": Attack(_IMPORT, _endless_schema(), "is damaged, or SQLite has not the memory for it"),
    "sqlite-cut.db": Attack(_IMPORT, sqlite_bytes(_TABLE)[:-100], "is truncated: it holds 2 pages of 4,096 bytes"),
    "sqlite-of-nothing-but-a-header.db": Attack(_IMPORT, b"SQLite format 3\0" + bytes(84), "is damaged or no SQLite database"),
    "vec0-of-10-to-18-dimensions.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "UPDATE sqlite_master SET sql = replace(sql, '[2]', '[999999999999999999]')"), "holds no vectors"),
    "vec0-of-a-place-below.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 1, -1)"), "is not whole"),
    "vec0-of-a-place-beyond.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 1, 2)"), "is not whole"),
    "vec0-of-a-place-that-is-text.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 1, 'a')"), "is not whole"),
    "vec0-of-a-place-that-is-null.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 1, NULL)"), "is not whole"),
    "vec0-of-a-chunk-that-is-not-there.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 7, 0)"), "is not whole"),
    "vec0-of-a-chunk-that-is-text.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 1, 0)", "UPDATE x_vector_chunks00 SET vectors = 'abcd'"), "is damaged or no SQLite database"),
    "vec0-of-a-chunk-that-is-a-number.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "INSERT INTO x_rowids VALUES (1, NULL, 1, 0)", "UPDATE x_vector_chunks00 SET vectors = 5"), "is not whole"),
    "vec0-with-a-quote-in-its-name.db": Attack(_IMPORT, sqlite_bytes(*_VEC0, "UPDATE sqlite_master SET name = 'x\" ; DROP TABLE y; --', tbl_name = 'x' WHERE sql LIKE '%vec0%'"), "is damaged or no SQLite database"),
}  # fmt: skip
