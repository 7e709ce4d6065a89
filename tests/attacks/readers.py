"""Everything that reads what somebody else has written, each as a function of a file's bytes.

A reader raises an `E2VError` or returns; whatever else becomes of it is a finding. Those of `.e2v` files mend
the digests first, so that content gets past them.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import io
import json
import lzma
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import E2VError
from e2v.store import open_artifact, verify
from e2v.store.header import encode_header, open_regular, read_header
from tests.attacks.forged import sealed
from tests.oracles.graph import ring

GOLDEN = Path(__file__).parent.parent / "golden"
_MOST_OUT = 1 << 22  # bytes of a stream that are read: a bomb is endless


@dataclass(frozen=True)
class Reader:
    """read: is given the bytes, and a folder to keep files in. seeds: what it reads, as it should be."""

    read: Callable[[bytes, Path], None]
    seeds: Callable[[], list[bytes]]


def _file(folder: Path, data: bytes, name: str = "data") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# .e2v files


def _header(data: bytes, folder: Path) -> None:
    """A header's text: as it is, and with the right checksum."""
    path = folder / "header"
    for raw in (struct.pack("<Q", len(data)) + data, sealed(data)):
        _HEADERS.seek(0)
        _HEADERS.truncate()
        _HEADERS.write(raw)
        _HEADERS.seek(0)
        with contextlib.suppress(E2VError):
            read_header(_HEADERS, path).digest  # noqa: B018


_HEADERS = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it takes as long as reading to open one


def _whole(data: bytes, folder: Path) -> None:
    """A header's text, with the right checksum, and zeros in place of the data."""
    path = _file(folder, sealed(data))
    with open_regular(path) as file:
        size = read_header(file, path).file_size
    if size < _MOST_OUT:
        with path.open("r+b") as file:
            file.truncate(size)
    verify(path)
    open_artifact(path)


def _header_seeds() -> list[bytes]:
    seeds = []
    for path in sorted(GOLDEN.glob("*.e2v")):
        raw = path.read_bytes()
        seeds.append(raw[8 : 8 + struct.unpack_from("<Q", raw)[0]].rstrip())
    return seeds


_GOLDEN_FILES = sorted(GOLDEN.glob("*.e2v"))


def _content(data: bytes, folder: Path) -> None:
    """Which golden file, its provenance, a NUL, and its data; sizes stay as they are, and digests fit."""
    golden = _GOLDEN_FILES[data[0] % len(_GOLDEN_FILES)] if data else _GOLDEN_FILES[0]
    made, _, found = data[1:].partition(b"\0")
    with open_regular(golden) as file:
        header = read_header(file, golden)
    raw = bytearray(found.ljust(header.file_size - header.data_start, b"\0"))[
        : header.file_size - header.data_start
    ]
    for spec in header.padding:
        raw[spec.start : spec.stop] = bytes(spec.nbytes)
    arrays = {
        name: spec._replace(sha256=hashlib.sha256(raw[spec.start : spec.stop]).hexdigest())
        for name, spec in header.arrays.items()
    }
    text = encode_header(header._replace(arrays=arrays, provenance={}, data_start=64))
    document = json.loads(text[8:])
    document["__metadata__"]["e2v.provenance"] = made.decode("latin-1")
    path = _file(folder, sealed(json.dumps(document, separators=(",", ":")).encode(), bytes(raw)))
    used(path)


def used(path: Path) -> None:
    """Do with a file what commands do with one of its kind; what it says must be printable."""
    import e2v
    from e2v.corpus.artifact import open_corpus
    from e2v.corpus.histories import user_histories
    from e2v.corpus.vocabulary import frozen_vocabulary
    from e2v.recommend.recommender import ModelService  # noqa: F401

    kind = open_artifact(path).kind
    problems = verify(path)
    asked: list[Callable[[], Any]] = []
    if kind == "corpus":
        corpus = None
        with contextlib.suppress(E2VError):
            corpus = open_corpus(path)
        if corpus is not None:
            asked += [corpus.times, corpus.weights, lambda: user_histories(corpus), lambda: list(corpus.keys)]
        asked += [lambda: frozen_vocabulary(open_artifact(path))]
    if kind in ("model", "vectors"):
        asked += [lambda: _similar(e2v.load(path))]
    if kind == "model":
        asked += [lambda: frozen_vocabulary(open_artifact(path)), lambda: _recommended(e2v.recommender(path))]
    if kind == "index":
        asked += [lambda: _recommended(e2v.recommender(index=path, users=GOLDEN / "users-2.e2v"), "user 1")]
    if kind == "users":
        index = GOLDEN / "index-2.e2v"
        asked += [lambda: _recommended(e2v.recommender(index=index, users=path), "user 1")]
        asked += [lambda: list(e2v.recommender(index=index, users=path).recommend_all(n=3))]
    refused = 0
    for ask in asked:
        try:
            ask()
        except E2VError as error:
            refused += 1
            assert "\n" not in str(error)
    if problems and not refused and kind in ("corpus", "users"):
        names = {problem.array for problem in problems} - {"provenance", "vectors", "names.bytes"}
        assert not names, f"used in spite of {[str(problem) for problem in problems]}"


def _similar(model: Any) -> None:
    for key in list(model)[:2]:
        model.similar(key, n=3)
        model.vectors([key])
    with contextlib.suppress(E2VError):
        model.similar("unheard of")


def _recommended(recommender: Any, user: str | None = None) -> None:
    if user is not None:
        with contextlib.suppress(E2VError):
            recommender.recommend(user)
        return
    recommender.recommend(items=["the", "new york"], n=3)


def _content_seeds() -> list[bytes]:
    seeds = []
    for number, path in enumerate(_GOLDEN_FILES):
        with open_regular(path) as file:
            header = read_header(file, path)
        made = json.dumps(header.provenance).encode()
        seeds.append(bytes([number]) + made + b"\0" + path.read_bytes()[header.data_start :])
    return seeds


def _graph(data: bytes, folder: Path) -> None:
    """A graph of 12 points; one that is found sound is searched by faiss, which looks at nothing."""
    from e2v.store.graph import graph_problem

    graph = np.frombuffer(data, np.uint8)
    if graph_problem(graph, 12, 6) is not None:
        return
    import faiss

    points = np.eye(12, 6, dtype=np.float32)
    storage = faiss.IndexFlatL2(6)
    storage.add(points)
    index = faiss.deserialize_index(graph, faiss.IO_FLAG_SKIP_STORAGE)
    index.storage, index.own_fields = storage, False
    for effort in (1, 12):
        index.search(points, 12, params=faiss.SearchParametersHNSW(efSearch=effort))


# What other programs write


def _imported(name: str, file: str = "data", **beside: bytes) -> Callable[[bytes, Path], None]:
    """An import of a file, or of the folder that it is in where the format has several."""

    def read(data: bytes, folder: Path) -> None:
        from e2v.formats import find_format
        from e2v.formats.transfer.importing import import_vectors
        from e2v.formats.transfer.input_files import InputFiles

        inside = folder / name
        if not inside.is_dir():
            inside.mkdir()
            for other, content in beside.items():
                (inside / other.replace("__", ".")).write_bytes(content)
        (inside / file).write_bytes(data)
        source = inside if find_format(name).FILES else inside / file
        output = folder / f"{name}.e2v"
        output.unlink(missing_ok=True)
        with InputFiles(str(source), scratch=folder / "copy") as inputs:
            import_vectors(inputs, output, name, duplicates="first")
        assert not verify(output), verify(output)

    return read


_ROWS = np.array([[0.5, 1, -2], [3, -4, 5e-3], [0, 0, 1e10], [7, 8, 9]], np.float32)
_KEYS = [b"the", b"of", "日本".encode(), b"new_york"]


def _written(name: str, file: str | None = None, **options: Any) -> Callable[[], list[bytes]]:
    """What e2v writes of a few vectors in a format."""

    def seeds() -> list[bytes]:
        from tests.formats.support import COUNTED, write

        found = []
        with tempfile.TemporaryDirectory() as folder:
            counts = [4, 3, 2, 1] if name in COUNTED else None
            path = write(Path(folder) / "out", name, _KEYS, _ROWS, counts=counts, **options)
            found.append((path / file if file else path).read_bytes())
        return found

    return seeds


def _foreign(*names: str) -> list[bytes]:
    return [(GOLDEN / "foreign" / name).read_bytes() for name in names]


_VOCABULARY = b"".join(key + b"\n" for key in _KEYS)
_TOKENIZER = json.dumps(
    {"model": {"type": "WordLevel", "unk_token": "d", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3}}}
)


def _tensors() -> bytes:
    data = _ROWS.tobytes() + np.ones(4, "<f4").tobytes() + np.arange(4, dtype="<i8").tobytes()
    entries = {
        "embeddings": {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 48]},
        "weights": {"dtype": "F32", "shape": [4], "data_offsets": [48, 64]},
        "mapping": {"dtype": "I64", "shape": [4], "data_offsets": [64, 96]},
    }
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def _npz() -> bytes:
    out = io.BytesIO()
    np.savez(out, val=_ROWS)
    return out.getvalue()


def _npy() -> bytes:
    out = io.BytesIO()
    np.save(out, _ROWS)
    return out.getvalue()


# Text and tables


def _read(read: Callable[[Path], Any]) -> Callable[[bytes, Path], None]:
    return lambda data, folder: read(_file(folder, data))


def _streams(path: Path) -> None:
    from e2v.inputs.sources import Source

    for text in (False, True):
        read = 0
        with contextlib.suppress(E2VError):
            for chunk in Source(str(path)).chunks(1 << 14, text=text):
                read += len(chunk)
                if read > _MOST_OUT:
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


def _events(path: Path) -> None:
    from e2v.corpus.events.settings import EventSettings
    from e2v.jobs.events import events
    from e2v.settings import resolve
    from e2v.store.outputs import Output

    output = path.with_name("corpus.e2v")
    output.unlink(missing_ok=True)
    events([str(path)], Output(output), resolve(EventSettings, {}))
    assert not verify(output), verify(output)


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


_LOG = b'user,item,rating,timestamp\nu1,i1,4.5,1600000000\nu1,i2,3,1600000001\nu2,i1,1,1600000002\nu2,"i,3",5,1600000003\n'
_LOGS = [
    _LOG,
    _LOG.replace(b",", b"\t").replace(b'"', b""),
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

#: By their names, as docs/reliability.md has them.
READERS: Mapping[str, Reader] = {
    "e2v header": Reader(_header, _header_seeds),
    "e2v file": Reader(_whole, _header_seeds),
    "e2v content": Reader(_content, _content_seeds),
    "e2v graph": Reader(_graph, lambda: [ring(12, 6), ring(12, 6, ef=1)]),
    "word2vec": Reader(_imported("word2vec"), _written("word2vec")),
    "word2vec-binary": Reader(_imported("word2vec-binary"), _written("word2vec-binary")),
    "glove": Reader(_imported("glove"), _written("glove")),
    "fasttext": Reader(_imported("fasttext"), _written("fasttext")),
    "fasttext-binary": Reader(
        _imported("fasttext-binary"),
        lambda: [*_written("fasttext-binary")(), *_foreign("fasttext.bin")],
    ),
    "npy": Reader(_imported("npy", "vectors.npy", vocabulary__txt=_VOCABULARY), lambda: [_npy(), _npz()]),
    "npy int8": Reader(
        _imported("npy", "scales.npy", vocabulary__txt=_VOCABULARY, vectors__npy=b""), lambda: [_npy()]
    ),
    "safetensors": Reader(
        _imported("safetensors", "model.safetensors", tokenizer__json=_TOKENIZER.encode()), lambda: [_tensors()]
    ),
    "tokenizer.json": Reader(
        _imported("safetensors", "tokenizer.json", model__safetensors=_tensors()),
        lambda: [
            _TOKENIZER.encode(),
            *_written("safetensors", "tokenizer.json")(),
            b'{"added_tokens": [{"id": 3, "content": "<s>"}], "model": {"type": "Unigram", "vocab": [["a", -1.0], ["b", -2], ["c", 0]]}}',
        ],
    ),
    "jsonl": Reader(_imported("jsonl"), _written("jsonl")),
    "projector": Reader(
        _imported("projector", "tensors.tsv", metadata__tsv=_VOCABULARY), _written("projector", "tensors.tsv")
    ),
    "parquet": Reader(_imported("parquet"), lambda: [*_written("parquet")(), *_foreign("arrow.parquet")]),
    "sqlite": Reader(
        _imported("sqlite"),
        lambda: [*_written("sqlite")(), *_foreign("sqlite-vec.db", "sqlite-vec-int8.db")],
    ),
    "gensim": Reader(
        _imported("gensim"),
        lambda: _foreign("gensim.kv", "gensim-5.kv", "gensim-apart.kv", "gensim-word2vec.model", "gensim-fasttext.model", "gensim.bin"),
    ),
    "streams": Reader(_read(_streams), lambda: _streams_of(_LOG) + _streams_of(bytes(1000))),
    "lines": Reader(_read(_lines), lambda: [*_LOGS, _QUESTIONS, "é\r\nü\r\n".encode("latin-1"), b"a\rb\rc"]),
    "tables": Reader(_read(_table), lambda: _LOGS),
    "parquet tables": Reader(_read(_table), _parquet_table),
    "events": Reader(_read(_events), lambda: _LOGS),
    "text": Reader(_read(_text), lambda: [_QUESTIONS, "Été à la plage. 日本 the the of".encode(), b"a\n\nb \t c\n"]),
    "questions": Reader(_read(_questions), lambda: [_QUESTIONS, _PAIRS, b"a b 1\n", b"a,b,2.5\n"]),
    "lists": Reader(_read(_lists), lambda: [b"a\nb c\n\\x09\n", b"the 5\nof 3\n", b"u1\ti1\ti2\n", b"u1 i1 i2\n"]),
    "features": Reader(
        _read(_features),
        lambda: [b"user,age,city\nu1,20,Rome\nu2,,Paris\nu3,3.5,\n", b"user;age\nu1;1,5\nu2;2,5\n", *_LOGS[:2]],
    ),
    "trials": Reader(
        _read(_trials), lambda: [b'{"tuning": {}}\n' + json.dumps(_TRIAL).encode() + b"\n" + b'{"chosen": 0, "command": "x"}\n']
    ),
}  # fmt: skip


def sqlite_bytes(*statements: str) -> bytes:
    """A database as bytes."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
        return database.serialize()
