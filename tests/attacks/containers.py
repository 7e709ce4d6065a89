"""Attacks by .e2v files: what is not as docs/formats.md has it, under a checksum and digests that are right."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.attacks.attack import Attack
from tests.attacks.forged import container, header, sealed

_KEYS = {"keys.bytes": np.frombuffer(b"abc", np.uint8), "keys.offsets": np.arange(4)}
_COUNTS = {"counts": np.array([3, 2, 1])}
_EYE = np.eye(3, 2, dtype=np.float32)
_MODEL: Mapping[str, np.ndarray] = {**_KEYS, **_COUNTS, "input": _EYE, "output": _EYE}
_TOWER: Mapping[str, np.ndarray] = {
    **_MODEL,
    "bias": np.zeros(3, np.float32),
    "tower.0.weight": np.eye(2, dtype=np.float32),
    "tower.0.bias": np.zeros(2, np.float32),
    "tower.length": np.ones(1, np.float32),
}
_CORPUS: Mapping[str, np.ndarray] = {
    **_KEYS,
    **_COUNTS,
    "tokens": np.array([0, 0, 0, 1, 1, 2], np.int32),
    "offsets": np.array([0, 3, 6]),
    "names.bytes": np.frombuffer(b"uv", np.uint8),
    "names.offsets": np.arange(3),
}
_VECTORS: Mapping[str, np.ndarray] = {**_KEYS, "vectors": _EYE}
_USERS: Mapping[str, np.ndarray] = {
    "keys.bytes": np.frombuffer(b"uv", np.uint8),
    "keys.offsets": np.arange(3),
    "vectors": _EYE[:2],
    "seen.items": np.array([0, 1], np.int32),
    "seen.offsets": np.array([0, 1, 2]),
}
_INDEX: Mapping[str, np.ndarray] = {**_KEYS, "vectors": _EYE, **_COUNTS}
_OF = {"model": {"digest": "0" * 64}}

_DATA = bytes(64)


def _entry(dtype: Any = "U8", shape: Any = (3,), place: Any = (0, 3)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": place}


def _with(entry: Any, data: bytes = _DATA[:3]) -> bytes:
    """A file of vectors with an array that is described so."""
    return sealed(header("vectors", {"keys.bytes": entry}), data)


def _changed(arrays: Mapping[str, np.ndarray], **changes: Any) -> dict[str, np.ndarray]:
    """Some arrays with others in place of or besides them (_ is a point); None leaves one out."""
    named = {name.replace("_", "."): array for name, array in changes.items()}
    return {name: array for name, array in {**arrays, **named}.items() if array is not None}


def _meta(**fields: Any) -> bytes:
    """A header whose metadata have other fields; None leaves one out."""
    document = json.loads(header("vectors", {}))
    document["__metadata__"].update({f"e2v.{name}": value for name, value in fields.items()})
    document["__metadata__"] = {k: v for k, v in document["__metadata__"].items() if v is not None}
    return sealed(json.dumps(document, separators=(",", ":")).encode())


def _made(text: str) -> bytes:
    return sealed(header("vectors", {}, provenance=text))


_INFO, _VERIFY = "info FILE", "verify FILE"
_SIMILAR = "similar -m FILE a"


def _odd_place() -> bytes:
    from tests.attacks import forged

    before, forged._ALIGNMENT = forged._ALIGNMENT, 8
    try:
        return sealed(header("vectors", {}) + b" " * 8)
    finally:
        forged._ALIGNMENT = before


#: How long headers are, and what they begin with.
LENGTHS = {
    "empty.e2v": Attack(_INFO, b"", "is empty, not a whole .e2v file"),
    "seven-bytes.e2v": Attack(_INFO, bytes(7), "is only 7 bytes long, not a whole .e2v file"),
    "length-of-zero.e2v": Attack(_INFO, bytes(72), "is not an .e2v file"),
    "length-of-2-to-63.e2v": Attack(
        _INFO,
        struct.pack("<Q", 1 << 63) + header("vectors", {}),
        "is damaged: its header does not begin as it must",
    ),
    "length-of-all-ones.e2v": Attack(
        _INFO, b"\xff" * 8 + header("vectors", {}), "is damaged: its header does not begin as it must"
    ),
    "length-beyond-the-limit.e2v": Attack(
        _INFO,
        struct.pack("<Q", 100_000_001) + header("vectors", {}),
        "is damaged: its header does not begin as it must",
    ),
    "length-beyond-the-file.e2v": Attack(
        _INFO,
        struct.pack("<Q", 99_999_992) + header("vectors", {}),
        "is truncated: it ends within its header, after 208 bytes",
    ),
    "length-within-the-opening.e2v": Attack(
        _INFO,
        struct.pack("<Q", 24) + header("vectors", {}),
        "is damaged: its header does not match its checksum",
    ),
    "checksum-of-another.e2v": Attack(
        _INFO,
        sealed(header("vectors", {})).replace(b"0.1.0", b"0.1.1"),
        "is damaged: its header does not match its checksum",
    ),
    "data-at-an-odd-place.e2v": Attack(_INFO, _odd_place, "the data start at 216"),
}


#: What JSON can be besides what is meant.
JSON = {
    "json-cut.e2v": Attack(_INFO, sealed(header("vectors", {})[:-5]), "its header is malformed"),
    "json-not-utf-8.e2v": Attack(_INFO, sealed(header("vectors", {}).replace(b"0.1.0", b"\xff\xfe")), "its header is malformed"),
    "json-of-100000-levels.e2v": Attack(_INFO, sealed(header("vectors", {})[:-1] + b',"a":' + b"[" * 100_000), "its header is malformed"),
    "json-with-a-name-twice.e2v": Attack(_INFO, _with(_entry()).replace(b'"shape"', b'"dtype"'), "is damaged: its header does not match its checksum"),
    "json-of-a-million-lists.e2v": Attack(_INFO, lambda: sealed(header("vectors", {})[:-1] + b',"a":[' + b"[]," * 1_000_000 + b"[]]}"), "it is of far more values"),
    "json-of-a-million-names.e2v": Attack(_INFO, lambda: sealed(header("vectors", {})[:-1] + b"".join(b',"%d":0' % n for n in range(1_000_000)) + b"}"), "it is of far more values"),
    "json-number-of-5000-digits.e2v": Attack(_INFO, sealed(header("vectors", {})[:-1] + b',"a":' + b"9" * 5000 + b"}"), "its header is malformed"),
    "array-that-is-a-number.e2v": Attack(_INFO, _with(5), "its header is malformed"),
    "array-without-a-place.e2v": Attack(_INFO, _with({"dtype": "U8", "shape": [3]}), "its header is malformed"),
    "metadata-without-a-kind.e2v": Attack(_INFO, _meta(kind=None), "its header is malformed"),
    "kind-that-is-a-list.e2v": Attack(_INFO, _meta(kind=["vectors"]), "its header is malformed"),
    "kind-of-tomorrow.e2v": Attack(_INFO, _meta(kind="map"), "was written by e2v 0.1.0 as map schema 1, which this version cannot read"),
    "kind-with-an-escape.e2v": Attack(_INFO, _meta(kind="\x1b]0;owned\x07"), "was written by e2v 0.1.0 as \\x1b]0;owned\\x07 schema 1, which this version cannot"),
    "schema-of-tomorrow.e2v": Attack(_INFO, _meta(schema="99"), "was written by e2v 0.1.0 as vectors schema 99, which this version cannot read"),
    "schema-of-zero.e2v": Attack(_INFO, _meta(schema="0"), "version or schema are none"),
    "schema-that-is-negative.e2v": Attack(_INFO, _meta(schema="-1"), "not a natural number"),
    "schema-that-is-true.e2v": Attack(_INFO, _meta(schema=True), "not a natural number"),
    "schema-in-another-script.e2v": Attack(_INFO, _meta(schema="٢"), "not a natural number"),
    "version-that-is-a-number.e2v": Attack(_INFO, _meta(version=5), "version or schema are none"),
    "version-that-is-an-object.e2v": Attack(_INFO, _meta(version={"a": 1}), "version or schema are none"),
    "digests-that-are-a-list.e2v": Attack(_INFO, _meta(sha256="[]"), "is damaged: keys.bytes: missing"),
    "digest-that-is-missing.e2v": Attack(_INFO, sealed(header("vectors", {"keys.bytes": _entry()}, digests={}), _DATA[:3]), "its header is malformed"),
    "digest-that-is-a-number.e2v": Attack(_INFO, sealed(header("vectors", {"keys.bytes": _entry()}, digests={"keys.bytes": 5}), _DATA[:3]), "its header is malformed"),
    "provenance-that-is-a-list.e2v": Attack(_INFO, _made("[]"), "provenance is not an object"),
    "provenance-that-is-no-text.e2v": Attack(_INFO, _meta(provenance={"a": 1}), "its header is malformed"),
    "provenance-with-nan.e2v": Attack(_INFO, _made('{"a":NaN}'), "provenance holds"),
    "provenance-beyond-floats.e2v": Attack(_INFO, _made('{"a":1e999}'), "provenance holds"),
    "provenance-of-65-levels.e2v": Attack(_INFO, _made('{"a":' + "[" * 64 + "]" * 64 + "}"), "nested more than 64"),
    "provenance-of-100000-levels.e2v": Attack(_INFO, _made("[" * 100_000), "its header is malformed"),
    "provenance-with-half-a-surrogate.e2v": Attack(_INFO, _made('{"a":"\\ud800"}'), "its header is malformed"),
    "provenance-with-a-name-twice.e2v": Attack(_INFO, _made('{"a":1,"a":2}'), "a name occurs twice"),
}  # fmt: skip

#: Sizes, places and dtypes that lie.
SIZES = {
    "dtype-of-no-number.e2v": Attack(_INFO, _with(_entry("F13")), "its header is malformed"),
    "dtype-that-is-a-list.e2v": Attack(_INFO, _with(_entry(["U8"])), "its header is malformed"),
    "dtype-of-another-width.e2v": Attack(_INFO, _with(_entry("F64")), "its shape asks for"),
    "shape-that-is-negative.e2v": Attack(_INFO, _with(_entry(shape=[-3])), "not a natural number"),
    "shape-of-half-a-row.e2v": Attack(_INFO, _with(_entry(shape=[3.0])), "not a natural number"),
    "shape-that-is-true.e2v": Attack(_INFO, _with(_entry(shape=[True], place=[0, 1]), b"\0"), "not a natural number"),
    "shape-of-10-to-30.e2v": Attack(_INFO, _with(_entry(shape=[10**30], place=[0, 10**30])), "has a dimension of"),
    "shape-of-zero-by-2-to-60.e2v": Attack(_INFO, _with(_entry(shape=[0, 1 << 60], place=[0, 0]), b""), "has a dimension of"),
    "shape-of-100-dimensions.e2v": Attack(_INFO, _with(_entry(shape=[1] * 100, place=[0, 1]), b"\0"), "is damaged: keys.offsets: missing"),
    "shape-that-is-text.e2v": Attack(_INFO, _with(_entry(shape="3")), "is no list of natural numbers"),
    "place-that-is-negative.e2v": Attack(_INFO, _with(_entry(place=[-3, 0])), "not a natural number"),
    "place-that-ends-before-it-begins.e2v": Attack(_INFO, _with(_entry(place=[3, 0])), "its shape asks for"),
    "place-beyond-the-file.e2v": Attack(_INFO, _with(_entry(shape=[1 << 40], place=[0, 1 << 40])), "is damaged: truncated, 1,099,511,627,773 of 1,099,511,628,160 bytes are missing"),
    "place-of-one-number.e2v": Attack(_INFO, _with(_entry(place=[3])), "its header is malformed"),
    "places-that-overlap.e2v": Attack(_INFO, sealed(header("vectors", {"keys.bytes": _entry(), "keys.offsets": _entry()}), _DATA[:3]), "the array before it ends at"),
    "places-with-a-hole.e2v": Attack(_INFO, sealed(header("vectors", {"keys.bytes": _entry(), "labels.bytes": _entry(place=[64, 67])}), _DATA + _DATA[:3]), "the array before it ends at"),
    "place-that-is-not-aligned.e2v": Attack(_INFO, sealed(header("vectors", {"padding.0": _entry(), "keys.bytes": _entry(place=[3, 6])}), _DATA[:6]), "is not aligned to"),
    "padding-of-a-terabyte.e2v": Attack(_INFO, sealed(header("vectors", {"padding.0": _entry(shape=[1 << 40], place=[0, 1 << 40])})), "is damaged: truncated, 1,099,511,627,776 of 1,099,511,628,160 bytes are missing"),
    "bytes-too-few.e2v": Attack(_INFO, container("vectors", _VECTORS)[:-1], "is damaged: truncated, 1 of 984 bytes are missing"),
    "bytes-too-many.e2v": Attack(_INFO, container("vectors", _VECTORS) + b"\0", "is damaged: 1 bytes too many at the end"),
    "array-of-another-kind.e2v": Attack(_INFO, container("vectors", {**_VECTORS, "output": _EYE}), "is damaged: output: not an array of this kind of file"),
    "array-that-is-missing.e2v": Attack(_INFO, container("vectors", _KEYS), "is damaged: vectors: missing"),
    "rows-of-another-number.e2v": Attack(_INFO, container("vectors", {**_KEYS, "vectors": np.eye(4, 2, dtype=np.float32)}), "is damaged: vectors: shape [4, 2], but V is 3 by keys.offsets"),
    "offsets-without-a-number.e2v": Attack(_INFO, container("vectors", {**_VECTORS, "keys.offsets": np.arange(0)}), "is damaged: keys.offsets: shape [0], but V+1 is 1 by keys.offsets"),
    "scales-of-floats.e2v": Attack(_INFO, container("vectors", {**_VECTORS, "scales": np.ones(3, np.float32)}), "is damaged: scales: goes together with vectors of dtype I8"),
}  # fmt: skip


def _vectors(**changes: Any) -> bytes:
    return container("vectors", _changed(_VECTORS, **changes), schema=2)


def _model(**changes: Any) -> bytes:
    return container("model", _changed(_MODEL, **changes))


def _tower(**changes: Any) -> bytes:
    return container("model", _changed(_TOWER, **changes))


def _corpus(**changes: Any) -> bytes:
    return container("corpus", _changed(_CORPUS, **changes), schema=2)


def _index(**changes: Any) -> bytes:
    return container("index", _changed(_INDEX, **changes), schema=2, provenance=_OF)


def _users(**changes: Any) -> bytes:
    return container("users", _changed(_USERS, **changes), schema=2, provenance=_OF)


_F = np.float32
_RECOMMEND = "recommend --index index.e2v --users FILE --for u"
_TRAIN = "train FILE -o out.e2v --dim 2 --epochs 1 --threads 1 --progress none"
_OTHERS = {"index.e2v": _index(), "users.e2v": _users(), "corpus.e2v": _corpus()}

#: Contents under digests that are right.
CONTENTS = {
    "keys-with-offsets-that-descend.e2v": Attack(_SIMILAR, _vectors(keys_offsets=np.array([0, 3, 1, 3])), "is damaged: keys.offsets: key offsets are not ascending"),
    "keys-with-offsets-beyond.e2v": Attack(_SIMILAR, _vectors(keys_offsets=np.array([0, 1, 2, 1 << 40])), "is damaged: keys.offsets: key offsets do not run from 0 to the number of bytes"),
    "keys-with-offsets-below.e2v": Attack(_SIMILAR, _vectors(keys_offsets=np.array([-1, 1, 2, 3])), "is damaged: keys.offsets: key offsets do not run from 0 to the number of bytes"),
    "keys-that-repeat.e2v": Attack(_SIMILAR, _vectors(keys_bytes=np.frombuffer(b"aaa", np.uint8)), "", 0),
    "keys-that-repeat-verified.e2v": Attack(_VERIFY, _vectors(keys_bytes=np.frombuffer(b"aaa", np.uint8)), "is damaged: 1 problem found"),
    "keys-that-repeat-in-a-model.e2v": Attack("index FILE -o out.e2v", _model(keys_bytes=np.frombuffer(b"aaa", np.uint8)), "is damaged: keys.bytes: 2 keys occur more than once"),
    "keys-that-are-not-utf-8.e2v": Attack(_SIMILAR, _vectors(keys_bytes=np.frombuffer(b"a\xff\xfe", np.uint8)), "", 0),
    "titles-with-offsets-beyond.e2v": Attack(_SIMILAR, _vectors(labels_bytes=np.zeros(0, np.uint8), labels_offsets=np.array([0, 0, 0, 9])), "is damaged: labels.offsets: key offsets do not run from 0 to the number of bytes"),
    "vectors-of-nan.e2v": Attack(_SIMILAR, _vectors(vectors=np.full((3, 2), np.nan, _F)), "the vector of 'a' is not finite, or far too long: nothing is like it; e2v verify finds"),
    "vectors-of-infinity.e2v": Attack(_SIMILAR, _vectors(vectors=np.full((3, 2), np.inf, _F)), "the vector of 'a' is not finite, or far too long: nothing is like it; e2v verify finds"),
    "vectors-of-which-one-is-nan.e2v": Attack(_SIMILAR, _vectors(vectors=np.array([[1, 0], [np.nan, 1], [0, 1]], _F)), "", 0),
    "vectors-of-nan-verified.e2v": Attack(_VERIFY, _vectors(vectors=np.full((3, 2), np.nan, _F)), "is damaged: 1 problem found"),
    "vectors-of-nan-exported.e2v": Attack("export FILE --to word2vec -o out.txt", _vectors(vectors=np.full((3, 2), np.nan, _F)), "the vector of 'a' is not finite"),
    "scales-of-nan.e2v": Attack(_SIMILAR, _vectors(vectors=np.ones((3, 2), np.int8), scales=np.full(3, np.nan, _F)), "the vector of 'a' is not finite, or far too long: nothing is like it; e2v verify finds"),
    "counts-below-zero.e2v": Attack("keys FILE", _vectors(counts=np.array([1, -1, 1])), "is damaged: counts: holds negative counts"),
    "model-of-nan-indexed.e2v": Attack("index FILE -o out.e2v", _model(output=np.full((3, 2), np.nan, _F)), "is damaged: output: holds values that are not finite"),
    "model-without-a-key.e2v": Attack(_SIMILAR, container("model", {**_MODEL, "keys.bytes": np.zeros(0, np.uint8), "keys.offsets": np.zeros(1, np.int64), "counts": np.zeros(0, np.int64), "input": np.zeros((0, 2), _F), "output": np.zeros((0, 2), _F)}), "'a' is not in the vocabulary", 3),
    "model-of-no-dimension.e2v": Attack(_SIMILAR, _model(input=np.zeros((3, 0), _F), output=np.zeros((3, 0), _F)), "the vector of 'a' is all zeros: nothing is like it"),
    "tower-of-nan.e2v": Attack("recommend -m FILE a", _tower(tower_0_weight=np.full((2, 2), np.nan, _F)), "holds values that are not finite"),
    "tower-of-length-nan.e2v": Attack("recommend -m FILE a", _tower(tower_length=np.full(1, np.nan, _F)), "holds values that are not finite"),
    "tower-of-length-below-zero.e2v": Attack("recommend -m FILE a", _tower(tower_length=np.full(1, -1, _F)), "", 0),
    "tower-of-bias-nan.e2v": Attack("recommend -m FILE a", _tower(bias=np.full(3, np.nan, _F)), "is damaged: bias: holds values that are not finite"),
    "tower-of-recency-10-to-30.e2v": Attack("recommend -m FILE a b", _tower(tower_recency=np.full(1, 1e30, _F)), "", 0),
    "tower-of-recency-below-zero.e2v": Attack("recommend -m FILE a b", _tower(tower_recency=np.full(1, -1e30, _F)), "", 0),
    "features-of-scale-zero.e2v": Attack("users FILE corpus.e2v --user-features ages.csv -o out.e2v", _tower(features_bytes=np.frombuffer(b"age", np.uint8), features_offsets=np.array([0, 3]), features_shift=np.zeros(1, _F), features_scale=np.zeros(1, _F), tower_0_weight=np.ones((3, 2), _F)), "is damaged: features.scale: holds 0, by which nothing can be divided", beside={**_OTHERS, "ages.csv": b"user,age\nu,5\nv,6\n"}),
    "new-that-is-seven.e2v": Attack(_VERIFY, _index(new=np.full(3, 7, np.uint8)), "is damaged: 1 problem found"),
    "index-of-counts-below-zero.e2v": Attack("recommend --index FILE --users users.e2v --for u", _index(counts=np.array([-1, 2, 3])), "is damaged: counts: holds negative counts", beside=_OTHERS),
    "index-of-nan.e2v": Attack("recommend --index FILE --users users.e2v --for u", _index(vectors=np.full((3, 2), np.nan, _F)), "is damaged: vectors: holds values that are not finite", beside=_OTHERS),
    "index-of-bias-infinity.e2v": Attack("recommend --index FILE --users users.e2v --for u", _index(bias=np.full(3, np.inf, _F)), "is damaged: bias: holds values that are not finite", beside=_OTHERS),
    "users-of-nan.e2v": Attack(_RECOMMEND, _users(vectors=np.full((2, 2), np.nan, _F)), "is damaged: vectors: the one of 'u' is not finite", beside=_OTHERS),
    "users-of-another-dimension.e2v": Attack(_RECOMMEND, _users(vectors=np.ones((2, 5), _F)), "is damaged: vectors: have 5 dimensions, and those of the items 2", beside=_OTHERS),
    "users-with-items-beyond.e2v": Attack(_RECOMMEND, _users(seen_items=np.array([0, 3], np.int32)), "is damaged: seen.items: holds ids outside of 0..2: 3 at 1", beside=_OTHERS),
    "users-with-items-below.e2v": Attack(_RECOMMEND, _users(seen_items=np.array([0, -1], np.int32)), "is damaged: seen.items: holds ids outside of 0..2: -1 at 1", beside=_OTHERS),
    "users-with-offsets-that-descend.e2v": Attack(_RECOMMEND, _users(seen_offsets=np.array([0, 5, 2])), "is damaged: seen.offsets: are not ascending: 2 follows 5", beside=_OTHERS),
    "users-that-repeat.e2v": Attack(_RECOMMEND, _users(keys_bytes=np.frombuffer(b"uu", np.uint8)), "", 0, beside=_OTHERS),
    "users-of-another-model.e2v": Attack(_RECOMMEND, container("users", _USERS, schema=2, provenance={"model": {"digest": "1" * 64}}), "is of another model than index.e2v", beside=_OTHERS),
    "tokens-below.e2v": Attack(_TRAIN, _corpus(tokens=np.array([0, 0, 0, 1, -1, 2], np.int32)), "is damaged: tokens: holds ids outside of 0..2: -1 at 4"),
    "tokens-beyond.e2v": Attack(_TRAIN, _corpus(tokens=np.array([0, 0, 0, 1, 3, 2], np.int32)), "is damaged: tokens: holds ids outside of 0..2: 3 at 4"),
    "sentences-that-descend.e2v": Attack(_TRAIN, _corpus(offsets=np.array([0, 9, 6])), "is damaged: offsets: are not ascending: 6 follows 9"),
    "sentences-beyond.e2v": Attack(_TRAIN, _corpus(offsets=np.array([0, 3, 1 << 40])), "is damaged: offsets: do not run from 0 to the 6 tokens"),
    "corpus-of-counts-beyond.e2v": Attack(_TRAIN, _corpus(counts=np.full(3, 1 << 62)), "is damaged: counts: adds up to 2^63 or more"),
    "corpus-of-counts-that-are-not.e2v": Attack(_TRAIN, _corpus(counts=np.array([0, 0, 0])), "is damaged: counts: are all 0, of keys that occur"),
    "corpus-of-weights-zero.e2v": Attack("tower FILE --dim 2 --epochs 1 --validation 0 -o out.e2v", _corpus(weights=np.zeros(6, _F)), "is damaged: weights: are not all above 0"),
    "corpus-of-weights-nan.e2v": Attack("tower FILE --dim 2 --epochs 1 --validation 0 -o out.e2v", _corpus(weights=np.full(6, np.nan, _F)), "is damaged: weights: holds values that are not finite"),
    "corpus-of-times-nan.e2v": Attack("split FILE --by time -o out.e2v --held-out out.txt", _corpus(times=np.full(6, np.nan)), "is damaged: times: holds values that are not finite"),
    "corpus-of-times-beyond-years.e2v": Attack("split FILE --by time -o out.e2v --held-out out.txt", container("corpus", {**_CORPUS, "times": np.full(6, 1 << 62)}, schema=2, provenance={"times": "seconds"}), "is damaged: times: are not between the years 1 and 9999"),
    "corpus-of-names-beyond.e2v": Attack("split FILE --by random -o out.e2v --held-out out.txt", _corpus(names_offsets=np.array([0, 1, 99])), "is damaged: names.offsets: key offsets do not run from 0 to the number of bytes"),
}  # fmt: skip

ATTACKS = {**LENGTHS, **JSON, **SIZES, **CONTENTS}
