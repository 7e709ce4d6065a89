"""Readers of .e2v files, which mend the digests first, so that content gets past them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import struct
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import E2VError
from e2v.store import open_artifact, verify
from e2v.store.header import encode_header, open_regular, read_header
from tests.attacks import mutations
from tests.attacks.forged import sealed
from tests.attacks.readers.reader import GOLDEN, MOST_OUT, Reader, file_of
from tests.oracles.graph import ring


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
    path = file_of(folder, sealed(data))
    with open_regular(path) as file:
        size = read_header(file, path).file_size
    if size < MOST_OUT:
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
    path = file_of(folder, sealed(json.dumps(document, separators=(",", ":")).encode(), bytes(raw)))
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


def _content_mutated(data: bytes, rng: random.Random) -> bytes:
    """A value of the provenance, or a number of the data, is another."""
    made, nul, found = data[1:].partition(b"\0")
    if rng.randrange(4) == 0:
        return data[:1] + mutations.of_json(made, rng) + nul + found
    return data[:1] + made + nul + mutations.of_integers(found, rng)


_OF_HEADERS = (
    b"__metadata__", b"e2v.checksum", b"e2v.kind", b"e2v.schema", b"e2v.version", b"e2v.sha256", b"e2v.provenance", b"dtype", b"shape",
    b"data_offsets", b"padding.", b"keys.bytes", b"keys.offsets", b"counts", b"vectors", b"scales", b"tokens", b"offsets", b"names.bytes",
    b"U8", b"I8", b"I32", b"I64", b"U64", b"F16", b"BF16", b"F32", b"F64", b'"corpus"', b'"model"', b'"vectors"', b'"index"', b'"users"', b'"1"',
    b'"2"', b'\\"', b"\\u0000", b"[0,0]", b"{}", b"[]", b":", b",",
)  # fmt: skip

READERS: Mapping[str, Reader] = {
    "e2v header": Reader(_header, _header_seeds, mutations.of_json, _OF_HEADERS),
    "e2v file": Reader(_whole, _header_seeds, mutations.of_json, _OF_HEADERS),
    "e2v content": Reader(_content, _content_seeds, _content_mutated),
    "e2v graph": Reader(_graph, lambda: [ring(12, 6), ring(12, 6, ef=1)], mutations.of_integers),
}
