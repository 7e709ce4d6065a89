"""Attacks by text: compressed, in tables, as questions and lists."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib

from tests.attacks.attack import Attack
from tests.attacks.containers import _corpus, _model
from tests.attacks.readers import _LOG as LOG
from tests.attacks.vectors import _gzipped, _parquet

_VOCAB = "vocab FILE -o out.e2v --min-count 1 --threads 1"
_EVENTS = "events FILE -o out.e2v"
_BESIDE = {"model.e2v": _model(), "corpus.e2v": _corpus()}
_TEXT = b"the cat sat on the mat\n" * 50
_GZ = gzip.compress(_TEXT, mtime=0)
_BZ2, _XZ = bz2.compress(_TEXT), lzma.compress(_TEXT)


def _zstd(data: bytes = _TEXT) -> bytes:
    from e2v.inputs.sources import zstd

    return zstd.compress(data)


def _xz_of_4_gigabytes() -> bytes:
    """A stream that says that it refers back to 4 GB: the size of the dictionary in its block's header."""
    raw = bytearray(_XZ)
    start = 12
    size = (raw[start] + 1) * 4
    place = raw.index(b"\x21\x01", start) + 2
    raw[place] = 40
    raw[start + size - 4 : start + size] = struct.pack("<I", zlib.crc32(raw[start : start + size - 4]))
    return bytes(raw)


#: Compressed streams.
STREAMS = {
    "gzip-cut.gz": Attack(_VOCAB, _GZ[:-12], ""),
    "gzip-cut-in-its-header.gz": Attack(_VOCAB, _GZ[:5], ""),
    "gzip-of-another-checksum.gz": Attack(_VOCAB, _GZ[:-8] + b"\0\0\0\0" + _GZ[-4:], ""),
    "gzip-of-another-size.gz": Attack(_VOCAB, _GZ[:-4] + b"\xff\xff\xff\xff", ""),
    "gzip-with-noise-behind.gz": Attack(_VOCAB, _GZ + b"noise", ""),
    "gzip-with-a-cut-one-behind.gz": Attack(_VOCAB, _GZ + _GZ[:20], ""),
    "gzip-of-noise.gz": Attack(_VOCAB, _GZ[:10] + b"\xff" * 50, ""),
    "gzip-in-gzip.gz": Attack(_VOCAB, gzip.compress(_GZ, mtime=0), ""),
    "gzip-with-a-name-of-a-path.gz": Attack(_VOCAB, b"\x1f\x8b\x08\x08\0\0\0\0\0\x03../../owned\0" + _GZ[10:], "", 0),
    "gzip-of-200-megabytes-of-nul.gz": Attack(_VOCAB, lambda: _gzipped(b"\0"), ""),
    "gzip-of-a-word-of-200-megabytes.gz": Attack(_VOCAB, lambda: _gzipped(b"a"), ""),
    "gzip-of-200-megabytes-of-line-ends.gz": Attack(_VOCAB, lambda: _gzipped(b"\n"), ""),
    "gzip-of-200-megabytes-of-blanks.gz": Attack(_VOCAB, lambda: _gzipped(b" "), ""),
    "gzip-of-a-row-of-200-megabytes.csv.gz": Attack(_EVENTS, lambda: _gzipped(b"a", b"user,item\n"), ""),
    "gzip-of-a-quote-of-200-megabytes.csv.gz": Attack(_EVENTS, lambda: _gzipped(b"a,b\n", b'user,item\nu,"'), ""),
    "gzip-of-200-megabytes-of-commas.csv.gz": Attack(_EVENTS, lambda: _gzipped(b",", b"user,item\nu,i\n"), ""),
    "gzip-of-200-megabytes-of-brackets.json.gz": Attack(_EVENTS, lambda: _gzipped(b"[", b'[{"user": "u", "item": "i"},'), ""),
    "gzip-of-a-list-of-200-megabytes.json.gz": Attack(_EVENTS, lambda: _gzipped(b"1", b'{"user": "u", "item": "i"}\n{"user": "u", "item": '), ""),
    "bzip2-cut.bz2": Attack(_VOCAB, _BZ2[:-12], ""),
    "bzip2-with-noise-behind.bz2": Attack(_VOCAB, _BZ2 + b"noise", ""),
    "bzip2-of-noise.bz2": Attack(_VOCAB, _BZ2[:20] + b"\xff" * 50, ""),
    "xz-cut.xz": Attack(_VOCAB, _XZ[:-12], ""),
    "xz-with-noise-behind.xz": Attack(_VOCAB, _XZ + b"noise", ""),
    "xz-of-noise.xz": Attack(_VOCAB, _XZ[:30] + b"\xff" * 50, ""),
    "xz-that-refers-back-to-4-gigabytes.xz": Attack(_VOCAB, _xz_of_4_gigabytes, ""),
    "zstandard-cut.zst": Attack(_VOCAB, lambda: _zstd()[:-5], ""),
    "zstandard-with-noise-behind.zst": Attack(_VOCAB, lambda: _zstd() + b"noise", ""),
    "zstandard-of-noise.zst": Attack(_VOCAB, lambda: _zstd()[:6] + b"\xff" * 50, ""),
    "zstandard-of-a-window-of-2-terabytes.zst": Attack(_VOCAB, b"\x28\xb5\x2f\xfd\x00\xf8" + b"\x01\x00\x00", ""),
}  # fmt: skip

#: Text that is none, or not what it seems.
TEXTS = {
    "text-of-nul.txt": Attack(_VOCAB, bytes(1000), ""),
    "text-of-utf-16-cut.txt": Attack(_VOCAB, "the cat".encode("utf-16") + b"\0", ""),
    "text-of-utf-16-with-half-a-surrogate.txt": Attack(_VOCAB, b"\xff\xfe" + "the".encode("utf-16-le") + b"\x00\xd8\x41\x00", ""),
    "text-of-utf-32-beyond.txt": Attack(_VOCAB, b"\xff\xfe\0\0" + b"\xff\xff\xff\x7f", ""),
    "text-of-overlong-utf-8.txt": Attack(_VOCAB, b"\xc0\xaf the\n" * 3, "", 0),
    "text-of-marks-alone.txt": Attack(_VOCAB, b"\xef\xbb\xbf", ""),
    "text-of-a-word-of-8-million-bytes.txt": Attack(_VOCAB, lambda: b"w" * 8_000_000 + b"\n", "", 0),
    "text-of-an-elf.txt": Attack(_VOCAB, b"\x7fELF" + bytes(100), ""),
}  # fmt: skip

#: Logs and tables.
TABLES = {
    "table-of-an-open-quote.csv": Attack(_EVENTS, b"user,item\n" + b"u,i\n" * 100 + b'u,"i\n' + b"u,j\n" * 100, ""),
    "table-of-a-quote-across-rows.csv": Attack(_EVENTS, b"user,item\nu,\"i\n" + b"u,j\n" * 100 + b'u,k"\n', "", 0),
    "table-of-nul.csv": Attack(_EVENTS, b"user,item\n" + b"u\0,i\n" * 100, ""),
    "table-of-a-million-columns.csv": Attack(_EVENTS, lambda: b",".join([b"user", b"item"] + [b"c"] * 1_000_000) + b"\n" + b"u,i" + b"," * 1_000_000 + b"\n", ""),
    "table-of-a-header-alone.csv": Attack(_EVENTS, b"user,item\n", ""),
    "table-of-two-columns-of-one-name.csv": Attack(f"{_EVENTS} --user user --item item", b"user,item,item\nu,a,b\nv,c,d\n", ""),
    "table-of-numbers-beyond.csv": Attack(f"{_EVENTS} --time t", b"user,item,t\nu,i,1e999\nv,j,9\n", "", 0),
    "table-of-times-beyond.csv": Attack(f"{_EVENTS} --time t", b"user,item,t\nu,i,99999999999999999999\nv,j,9\n", "", 0),
    "table-of-dates-beyond.csv": Attack(f"{_EVENTS} --time t", b"user,item,t\nu,i,2024-13-45\nv,j,2024-01-01\n", "", 0),
    "table-of-ratings-that-are-words.csv": Attack(f"{_EVENTS} --rating r --min-rating 3", b"user,item,r\nu,i,good\nv,j,5\n", "", 0),
    "table-of-other-widths.csv": Attack(f"{_EVENTS} --strict", b"user,item\nu,i\nu,i,j\n", ""),
    "json-cut.json": Attack(_EVENTS, b'[{"user": "u", "item": "i"},\n{"user": "v", "it', ""),
    "json-of-100000-levels.json": Attack(_EVENTS, b'[{"user": "u", "item": "i"}, {"user": ' + b"[" * 100_000, ""),
    "json-lines-of-100000-levels.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": ' + b"[" * 100_000 + b"\n", ""),
    "json-lines-with-a-name-twice.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": "u", "user": "v", "item": "i"}\n', ""),
    "json-lines-of-half-a-surrogate.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": "\\ud800", "item": "i"}\n', ""),
    "json-lines-of-a-number-of-5000-digits.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": "u", "item": ' + b"9" * 5000 + b"}\n", ""),
    "json-lines-of-lists.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": ["v"], "item": {"a": 1}}\n', ""),
    "parquet-log-of-columns-of-lists.parquet": Attack(_EVENTS, _parquet({"user": [["u"]], "item": [["i"]]}), ""),
    "parquet-log-cut.parquet": Attack(_EVENTS, lambda: _parquet({"user": ["u"], "item": ["i"]})()[:-20], ""),
    "parquet-log-of-times-beyond.parquet": Attack(f"{_EVENTS} --time t", _parquet({"user": ["u"], "item": ["i"], "t": [2**63 - 1]}), "", 0),
    "titles-of-other-columns.csv": Attack("events log.csv --titles FILE:item:title -o out.e2v", b"a,b\n1,2\n", "", beside={"log.csv": LOG}),
    "features-of-a-user-twice.csv": Attack("users model.e2v corpus.e2v --user-features FILE -o out.e2v", b"user,age\nu,1\nu,2\n", "", beside=_BESIDE),
    "counts-of-a-count-below-zero.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the -5\n", "", beside={"text.txt": _TEXT}),
    "counts-of-5000-digits.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the " + b"9" * 5000 + b"\n", "", beside={"text.txt": _TEXT}),
    "counts-that-add-up-beyond.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the 9223372036854775807\ncat 1\n", "", beside={"text.txt": _TEXT}),
    "counts-of-a-word-twice.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the 5\nthe 6\n", "", beside={"text.txt": _TEXT}),
    "counts-of-nothing.txt": Attack("vocab text.txt --counts FILE -o out.e2v --min-count 1", b"the 0\ncat 0\nsat 0\non 0\nmat 0\n", "", beside={"text.txt": _TEXT}),
}  # fmt: skip


#: Questions, pairs and lists of keys.
QUESTIONS = {
    "questions-of-nothing.txt": Attack("eval model.e2v --analogies FILE", b": capitals\n", "", beside=_BESIDE),
    "questions-of-three-words.txt": Attack("eval model.e2v --analogies FILE", b"a b c\n", "", beside=_BESIDE),
    "questions-of-a-million-words.txt": Attack("eval model.e2v --analogies FILE", lambda: b"a " * 1_000_000 + b"\n", "", beside=_BESIDE),
    "questions-of-nul.txt": Attack("eval model.e2v --analogies FILE", bytes(100), "", beside=_BESIDE),
    "pairs-of-a-score-that-is-nan.txt": Attack("eval model.e2v --similarity FILE", b"a b 1\nb c nan\n", "", beside=_BESIDE),
    "pairs-of-a-score-beyond.txt": Attack("eval model.e2v --similarity FILE", b"a b 1\nb c 1e999\n", "", beside=_BESIDE),
    "pairs-of-two-words.txt": Attack("eval model.e2v --similarity FILE", b"a b\nb c\n", "", beside=_BESIDE),
    "held-out-of-nothing.txt": Attack("eval model.e2v --ranking FILE --corpus corpus.e2v", b"\n", "", beside=_BESIDE),
    "keys-of-nothing.txt": Attack("similar -m model.e2v a --only FILE", b"", "", beside=_BESIDE),
    "keys-that-are-unknown.txt": Attack("similar -m model.e2v a --only FILE", b"\x1b[2J\n", "", beside=_BESIDE),
    "keys-of-a-line-of-200-megabytes.gz": Attack("similar -m model.e2v a --only FILE", lambda: _gzipped(b"a"), "", beside=_BESIDE),
}  # fmt: skip

ATTACKS = {**STREAMS, **TEXTS, **TABLES, **QUESTIONS}
