"""Readers of text, tables, lists, and streams that hold them."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import itertools
import json
import lzma
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from e2v.errors import E2VError
from e2v.store import verify
from tests.attacks import mutations
from tests.attacks.readers.reader import GOLDEN, MOST_OUT, Reader, file_of


def _read(read: Callable[[Path], Any]) -> Callable[[bytes, Path], None]:
    return lambda data, folder: read(file_of(folder, data))


def _streams(path: Path) -> None:
    from e2v.inputs.sources import Source

    for text in (False, True):
        read = 0
        with contextlib.suppress(E2VError):
            for chunk in Source(str(path)).chunks(1 << 14, text=text):
                read += len(chunk)
                if read > MOST_OUT:
                    break


def _lines(path: Path) -> None:
    from e2v.inputs.lines import byte_lines, lines
    from e2v.inputs.sources import Source

    for _, line in lines(Source(str(path))):
        line.encode("utf-8", "surrogateescape")
    list(byte_lines(Source(str(path))))


def _table(path: Path) -> None:
    from e2v.inputs.faults import Faults
    from e2v.inputs.sources import Source
    from e2v.inputs.tables import open_table
    from e2v.inputs.values import ids, iso_times, numbers

    names = open_table(Source(str(path))).names
    for columns in (list(names or ())[:2], ["1", "2"]):
        if not columns:
            continue
        with contextlib.suppress(E2VError):
            table = open_table(Source(str(path)))
            for rows in table.rows(columns, Faults(strict=False), columns[0] if columns else None):
                assert len(rows.first) == len(rows.last)
                for column in rows.columns:
                    assert len(column) == len(rows.first)
                    ids(column)[0].strings()
                    numbers(column)
                    iso_times(column)


def _events(data: bytes, folder: Path) -> None:
    """Which settings, and a log."""
    from e2v.corpus.events.settings import EventSettings
    from e2v.jobs.events import events
    from e2v.settings import resolve
    from e2v.store.outputs import Output

    settings = _SETTINGS[data[0] % len(_SETTINGS)] if data else {}
    path, output = file_of(folder, data[1:]), folder / "corpus.e2v"
    output.unlink(missing_ok=True)
    events([str(path)], Output(output), resolve(EventSettings, settings))
    assert not verify(output), verify(output)


_SETTINGS: list[dict[str, Any]] = [
    {},
    {"layout": "baskets"},
    {"layout": "user-items"},
    {"user": "1", "item": "2", "time": "4"},
    {"user": "1", "item": "2", "time": "3", "date_order": "day-first"},
    {"user": "1", "item": "2", "rating": "3", "min_rating": 2.0},
    {"user": "1", "item": "2", "weight": "3", "strict": True},
    {"user": "1", "item": "2", "item_separator": "|", "delimiter": ","},
]


def _events_mutated(data: bytes, rng: random.Random) -> bytes:
    if rng.randrange(8) == 0:
        return bytes([rng.randrange(len(_SETTINGS))]) + data[1:]
    return data[:1] + mutations.of_json_lines(data[1:], rng)


def _text(path: Path) -> None:
    from e2v.jobs.vocab import vocab
    from e2v.store.outputs import Output

    output = path.with_name("corpus.e2v")
    output.unlink(missing_ok=True)
    vocab([str(path)], Output(output), {"min_count": 1, "threads": 1})
    assert not verify(output), verify(output)


def _questions(path: Path) -> None:
    from e2v.evaluation.analogies import read_questions
    from e2v.evaluation.similarity import read_pairs

    for read in (read_questions, read_pairs):
        with contextlib.suppress(E2VError):
            read(path)


def _lists(path: Path) -> None:
    """Lists of keys, counts, held-out items."""
    from e2v.corpus.events.held_out import read_held_out
    from e2v.corpus.text.counts_file import read_counts
    from e2v.inputs.keys import read_keys
    from e2v.inputs.sources import Source

    for read in (
        lambda: list(read_keys(path)),
        lambda: read_held_out(path),
        lambda: read_counts(Source(str(path))),
    ):
        with contextlib.suppress(E2VError):
            read()


def _features(path: Path) -> None:
    from e2v.corpus.features.columns import FeatureColumns
    from e2v.corpus.features.table import read_feature_table
    from e2v.recommend.features import UserFeatures

    table = read_feature_table(FeatureColumns(path), "user")
    features = UserFeatures.of(table)
    features.encode(table, table.ids)


def _trials(path: Path) -> None:
    from e2v.tuning.table import Table

    for about in ({}, {"corpus": "1"}):
        with contextlib.suppress(E2VError):
            Table(path, about, resume=True)


def _columns(path: Path) -> None:
    """Tables of what belongs to keys: titles, categories, quantities."""
    from e2v.corpus.events.settings import EventSettings
    from e2v.inputs.columns import KeyedColumn
    from e2v.jobs.events import events
    from e2v.settings import resolve
    from e2v.store.outputs import Output
    from e2v.vectors.categories import read_categories, read_quantities

    titles = KeyedColumn(path, "1", "2")
    for read in (read_categories, read_quantities):
        with contextlib.suppress(E2VError):
            read(titles)
    log, output = file_of(path.parent, LOG, "log"), path.with_name("corpus.e2v")
    output.unlink(missing_ok=True)
    events([str(log)], Output(output), resolve(EventSettings, {"titles": titles}))
    assert not verify(output), verify(output)


def _asked(path: Path) -> None:
    """Lines that ask: users, items, vectors."""
    from e2v.cli.shared import given_vectors, recommendations
    from e2v.vectors.keyed import load_vectors

    lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    for of_users, (place, line) in itertools.product((False, True), enumerate(lines)):
        recommendations.read(line, place, of_users)
    vectors = load_vectors(GOLDEN / "vectors-2.e2v")
    for _ in given_vectors.vector_questions(str(path), vectors, 10):
        pass


def _requests(data: bytes, folder: Path) -> None:
    """Which endpoint, and a query string and body that it is asked with."""
    from e2v.service import forms
    from e2v.service.settings import ServeSettings
    from e2v.settings import resolve

    endpoints = list(forms.ENDPOINTS.values())
    endpoint, limits = endpoints[data[0] % len(endpoints) if data else 0], resolve(ServeSettings, {})
    for read in (forms.of_query, forms.of_body):
        with contextlib.suppress(E2VError):
            read(endpoint, data[1:], limits)


_REQUESTS = [
    b'\0{"questions": [{"keys": ["king", "woman"], "minus": ["man"]}, {"keys": ["a"]}], "n": 3, "only": ["a"]}',
    b'\1{"questions": [{"a": "paris", "b": "france", "c": "rome"}], "n": 1}',
    b'\2{"questions": [{"a": "paris", "b": "france"}]}',
    b'\3{"questions": [{"key": "paris"}]}',
    b'\4{"questions": [{"user": "1", "items": ["a", 3]}, {"user": 7}], "n": 20000, "categories": ["b"]}',
    b"\0keys=king&keys=woman&minus=man&n=3",
    b"\4user=%C3%A9&items=a+b&items=&n=1000",
]
_ASKED = [
    b"the 1\t0.5 1 -2 4 5\n0.5 1 -2 4 5\nking\t\n",
    b'{"key": "the", "vector": [0.5, 1, -2, 4, 1e30]}\n{"key": null, "vector": null}\n{"vector": [1, 2, 3, 4, 5]}\n',
    b'{"user": "42"}\n{"items": ["318", 7, "Heat (1995)"]}\n{"user": 1, "items": []}\na\\tb\tc\n',
]


LOG = b'user,item,rating,timestamp\nu1,i1,4.5,1600000000\nu1,i2,3,1600000001\nu2,i1,1,1600000002\nu2,"i,3",5,1600000003\n'
_LOGS = [
    LOG,
    LOG.replace(b",", b"\t").replace(b'"', b""),
    b"u1::i1::5::978300760\nu1::i2::3::978302109\nu2::i1::3::978301968\n",
    b"user;item;rating\nu1;i1;4,5\nu2;i2;1,5\nu2;i1;\n",
    b'{"user": "u1", "item": "i1", "at": "2024-01-02T03:04:05Z"}\n{"user": "u2", "item": 12.0, "at": null}\n{"user": "\\u00e9", "item": ["a", "b"]}\n',
    b'[{"user": "u1", "item": "i1"},\n {"user": "u2", "item": "i2"}]',
    b"beer,bread\nbread,milk,eggs\nbeer\n",
    "user,item\nu1,Amélie\nu2,Große\n".encode("utf-16"),
    b"user,item,date\nu1,a,2024-01-02\nu2,b,03/04/2024\n",
    b"# a comment\nTitles,,\n\nuser,item,n\nu1,a,1\nu1,b,2\nu2,a,3\nu2,b,4\nu3,b,5\n",
]


def _parquet_table() -> list[bytes]:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    columns = {"user": ["u1", "u1", None], "item": [1.0, 2.0, 3.0], "at": [1, 2, 3]}
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return [out.getvalue()]


def _streams_of(text: bytes) -> list[bytes]:
    found = [
        gzip.compress(text, mtime=0),
        bz2.compress(text),
        lzma.compress(text),
        gzip.compress(text, mtime=0) * 2,
    ]
    from e2v.inputs.sources import zstd

    return found + ([zstd.compress(text)] if zstd else [])


_QUESTIONS = b": capitals\nathens greece paris france\n: gram1\nbig bigger small smaller\n"
_PAIRS = b"word1\tword2\tscore\ntiger\tcat\t7.35\nbook\tpaper\t7.46\n# a comment\ncar\tbus\t1\n"
_TRIAL = {"round": 1, "number": 0, "settings": {"dim": 3}, "size": 10, "value": 0.5, "seconds": 1.0}


_OF_TABLES = (
    b",", b";", b"\t", b"|", b"::", b'"', b'""', b'"\n"', b"\r", b"\r\n", b"\n\n", b"#", b"user", b"item",
    b"rating", b"timestamp", b"2024-02-30", b"2024-01-02T03:04:05+14:00", b"03/04/2024", b"1e999", b"NaN",
    b"NA", b"null", b"1.0", b"1,5", b"-0", b"1600000000000", b"[", b"]", b"{", b"}", b"\\u0000", b"\\ud800",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x85", b"\xc3", b"\xe2\x80\xa8", b"\0",
)  # fmt: skip
_OF_STREAMS = (
    b"\x1f\x8b\x08", b"BZh9", b"1AY&SY", b"\x17\x72\x45\x38\x50\x90", b"\xfd7zXZ\0", b"YZ", b"\x28\xb5\x2f\xfd",
    b"\x50\x2a\x4d\x18", b"\x5d\0\0\x80\0",
)  # fmt: skip

READERS: Mapping[str, Reader] = {
    "streams": Reader(_read(_streams), lambda: _streams_of(LOG) + _streams_of(bytes(1000)), tokens=_OF_STREAMS),
    "lines": Reader(_read(_lines), lambda: [*_LOGS, _QUESTIONS, "é\r\nü\r\n".encode("latin-1"), b"a\rb\rc"], tokens=_OF_TABLES),
    "tables": Reader(_read(_table), lambda: _LOGS, mutations.of_json_lines, _OF_TABLES),
    "parquet tables": Reader(_read(_table), _parquet_table, mutations.of_parquet),
    "events": Reader(
        _events,
        lambda: [bytes([number]) + log for number in range(len(_SETTINGS)) for log in _LOGS],
        _events_mutated,
        _OF_TABLES,
    ),
    "text": Reader(
        _read(_text), lambda: [_QUESTIONS, "Été à la plage. 日本 the the of".encode(), b"a\n\nb \t c\n"], tokens=_OF_TABLES
    ),
    "questions": Reader(_read(_questions), lambda: [_QUESTIONS, _PAIRS, b"a b 1\n", b"a,b,2.5\n"], tokens=(b": ", *_OF_TABLES)),
    "lists": Reader(
        _read(_lists), lambda: [b"a\nb c\n\\x09\n", b"the 5\nof 3\n", b"u1\ti1\ti2\n", b"u1 i1 i2\n"], tokens=(b"\\x", b"\\", *_OF_TABLES)
    ),
    "features": Reader(
        _read(_features),
        lambda: [b"user,age,city\nu1,20,Rome\nu2,,Paris\nu3,3.5,\n", b"user;age\nu1;1,5\nu2;2,5\n", *_LOGS[:2]],
        tokens=_OF_TABLES,
    ),
    "columns": Reader(
        _read(_columns),
        lambda: [b"item,title\ni1,Heat\ni2,Casino|Crime\n", b"item;n\ni1;1,5\ni1;2\ni2;\n", *_LOGS],
        mutations.of_json_lines,
        _OF_TABLES,
    ),
    "asked": Reader(_read(_asked), lambda: _ASKED, mutations.of_json_lines, (b"key", b"vector", b"user", b"items", *_OF_TABLES)),
    "requests": Reader(
        _requests,
        lambda: _REQUESTS,
        lambda data, rng: data[:1] + mutations.of_json(data[1:], rng),
        (b"questions", b"keys", b"minus", b"user", b"items", b"key", b"a=", b"&", b"%", b"%C3", b"+", b"n=", b"n", b"only", b"NaN", b"1e999"),
    ),
    "trials": Reader(
        _read(_trials),
        lambda: [b'{"tuning": {}}\n' + json.dumps(_TRIAL).encode() + b"\n" + b'{"chosen": 0, "command": "x"}\n'],
        mutations.of_json_lines,
        (b"tuning", b"round", b"number", b"settings", b"size", b"value", b"seconds", b"chosen", b"command"),
    ),
}  # fmt: skip
