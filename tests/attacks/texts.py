"""Attacks by text: compressed, in tables, as questions and lists."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib

from tests.attacks.attack import Attack
from tests.attacks.containers import _corpus, _model
from tests.attacks.readers.tables import LOG
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
    "gzip-cut.gz": Attack(_VOCAB, _GZ[:-12], "is damaged: its gzip data end too early"),
    "gzip-cut-in-its-header.gz": Attack(_VOCAB, _GZ[:5], "is damaged: its gzip data end too early"),
    "gzip-of-another-checksum.gz": Attack(_VOCAB, _GZ[:-8] + b"\0\0\0\0" + _GZ[-4:], "gzip says"),
    "gzip-of-another-size.gz": Attack(_VOCAB, _GZ[:-4] + b"\xff\xff\xff\xff", "gzip says"),
    "gzip-with-noise-behind.gz": Attack(_VOCAB, _GZ + b"noise", "gzip says"),
    "gzip-with-a-cut-one-behind.gz": Attack(_VOCAB, _GZ + _GZ[:20], "is damaged: its gzip data end too early"),
    "gzip-of-noise.gz": Attack(_VOCAB, _GZ[:10] + b"\xff" * 50, "gzip says"),
    "gzip-in-gzip.gz": Attack(_VOCAB, gzip.compress(_GZ, mtime=0), "is compressed twice, and gzip data within"),
    "gzip-with-a-name-of-a-path.gz": Attack(_VOCAB, b"\x1f\x8b\x08\x08\0\0\0\0\0\x03../../owned\0" + _GZ[10:], "", 0),
    "gzip-of-200-megabytes-of-nul.gz": Attack(_VOCAB, lambda: _gzipped(b"\0"), "is no text: 8,000 of its first 8,000 bytes are NUL"),
    "gzip-of-a-word-of-200-megabytes.gz": Attack(_VOCAB, lambda: _gzipped(b"a"), "has a word of more than 16 MB"),
    "gzip-of-200-megabytes-of-line-ends.gz": Attack(_VOCAB, lambda: _gzipped(b"\n"), "no words"),
    "gzip-of-200-megabytes-of-blanks.gz": Attack(_VOCAB, lambda: _gzipped(b" "), "no words"),
    "gzip-of-a-row-of-200-megabytes.csv.gz": Attack(_EVENTS, lambda: _gzipped(b"a", b"user,item\n"), "line 2: a row of more than 16 MB begins here"),
    "gzip-of-a-quote-of-200-megabytes.csv.gz": Attack(_EVENTS, lambda: _gzipped(b"a,b\n", b'user,item\nu,"'), "line 2: a row of more than 16 MB begins here"),
    "gzip-of-200-megabytes-of-commas.csv.gz": Attack(_EVENTS, lambda: _gzipped(b",", b"user,item\nu,i\n"), "there is not enough memory"),
    "gzip-of-200-megabytes-of-brackets.json.gz": Attack(_EVENTS, lambda: _gzipped(b"[", b'[{"user": "u", "item": "i"},'), "the JSON array ends early or is damaged"),
    "gzip-of-a-list-of-200-megabytes.json.gz": Attack(_EVENTS, lambda: _gzipped(b"1", b'{"user": "u", "item": "i"}\n{"user": "u", "item": '), "has a line of more than 16 MB"),
    "bzip2-cut.bz2": Attack(_VOCAB, _BZ2[:-12], "is damaged: its bzip2 data end too early"),
    "bzip2-with-noise-behind.bz2": Attack(_VOCAB, _BZ2 + b"noise", "bzip2 says"),
    "bzip2-of-noise.bz2": Attack(_VOCAB, _BZ2[:20] + b"\xff" * 50, "bzip2 says"),
    "xz-cut.xz": Attack(_VOCAB, _XZ[:-12], "is damaged: its xz data end too early"),
    "xz-with-noise-behind.xz": Attack(_VOCAB, _XZ + b"noise", "xz says"),
    "xz-of-noise.xz": Attack(_VOCAB, _XZ[:30] + b"\xff" * 50, "xz says"),
    "xz-that-refers-back-to-4-gigabytes.xz": Attack(_VOCAB, _xz_of_4_gigabytes, "Memory usage limit"),
    "zstandard-cut.zst": Attack(_VOCAB, lambda: _zstd()[:-5], "is damaged: its zstandard data end too early"),
    "zstandard-with-noise-behind.zst": Attack(_VOCAB, lambda: _zstd() + b"noise", "zstandard says"),
    "zstandard-of-noise.zst": Attack(_VOCAB, lambda: _zstd()[:6] + b"\xff" * 50, "zstandard says"),
    "zstandard-of-a-window-of-2-terabytes.zst": Attack(_VOCAB, b"\x28\xb5\x2f\xfd\x00\xf8" + b"\x01\x00\x00", "too much memory"),
}  # fmt: skip

#: Text that is none, or not what it seems.
TEXTS = {
    "text-of-nul.txt": Attack(_VOCAB, bytes(1000), "is no text: 1,000 of its first 1,000 bytes are NUL"),
    "text-of-utf-16-cut.txt": Attack(_VOCAB, "the cat".encode("utf-16") + b"\0", "is not UTF-16: it has '\\x00', truncated data"),
    "text-of-utf-16-with-half-a-surrogate.txt": Attack(_VOCAB, b"\xff\xfe" + "the".encode("utf-16-le") + b"\x00\xd8\x41\x00", "is not UTF-16: it has '\\x00\\xd8', illegal UTF-16 surrogate"),
    "text-of-utf-32-beyond.txt": Attack(_VOCAB, b"\xff\xfe\0\0" + b"\xff\xff\xff\x7f", "is not UTF-32: it has '\\xff\\xff\\xff\\x7f', code point not in range(0x110000)"),
    "text-of-overlong-utf-8.txt": Attack(_VOCAB, b"\xc0\xaf the\n" * 3, "", 0),
    "text-of-marks-alone.txt": Attack(_VOCAB, b"\xef\xbb\xbf", "no words"),
    "text-of-a-word-of-8-million-bytes.txt": Attack(_VOCAB, lambda: b"w" * 8_000_000 + b"\n", "", 0),
    "text-of-an-elf.txt": Attack(_VOCAB, b"\x7fELF" + bytes(100), "is a program"),
}  # fmt: skip

#: Logs and tables.
TABLES = {
    "table-of-an-open-quote.csv": Attack(_EVENTS, b"user,item\n" + b"u,i\n" * 100 + b'u,"i\n' + b"u,j\n" * 100, "101 of 201 lines cannot be read"),
    "table-of-a-quote-across-rows.csv": Attack(_EVENTS, b"user,item\nu,\"i\n" + b"u,j\n" * 100 + b'u,k"\n', "lines 2 to 103: each of these lines would be a row, but a field between quotes s", 0),
    "table-of-nul.csv": Attack(_EVENTS, b"user,item\n" + b"u\0,i\n" * 100, "is no text: 100 of its first 510 bytes are NUL"),
    "table-of-a-million-columns.csv": Attack(_EVENTS, lambda: b",".join([b"user", b"item"] + [b"c"] * 1_000_000) + b"\n" + b"u,i" + b"," * 1_000_000 + b"\n", "its first row cannot be read"),
    "table-of-a-header-alone.csv": Attack(_EVENTS, b"user,item\n", "no events"),
    "table-of-two-columns-of-one-name.csv": Attack(f"{_EVENTS} --user user --item item", b"user,item,item\nu,a,b\nv,c,d\n", "has 2 columns 'item'"),
    "table-of-numbers-beyond.csv": Attack(f"{_EVENTS} --time t", b"user,item,t\nu,i,1e999\nv,j,9\n", "line 2: t is '1e999', no number, as most times that can be read are", 0),
    "table-of-times-beyond.csv": Attack(f"{_EVENTS} --time t", b"user,item,t\nu,i,99999999999999999999\nv,j,9\n", "read as CSV", 0),
    "table-of-dates-beyond.csv": Attack(f"{_EVENTS} --time t", b"user,item,t\nu,i,2024-13-45\nv,j,2024-01-01\n", "line 2: t is '2024-13-45', no time in ISO 8601, such as 2024-01-31 18:30, as mos", 0),
    "table-of-ratings-that-are-words.csv": Attack(f"{_EVENTS} --rating r --min-rating 3", b"user,item,r\nu,i,good\nv,j,5\n", "line 2: r is 'good', no number, as 4.5 or 1,016.50 are", 0),
    "table-of-other-widths.csv": Attack(f"{_EVENTS} --strict", b"user,item\nu,i\nu,i,j\n", "line 3: 3 fields, not 2"),
    "json-cut.json": Attack(_EVENTS, b'[{"user": "u", "item": "i"},\n{"user": "v", "it', "the JSON array ends early or is damaged"),
    "json-of-100000-levels.json": Attack(_EVENTS, b'[{"user": "u", "item": "i"}, {"user": ' + b"[" * 100_000, "the JSON array ends early or is damaged"),
    "json-lines-of-100000-levels.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": ' + b"[" * 100_000 + b"\n", "line 2: not a JSON object"),
    "json-lines-with-a-name-twice.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": "u", "user": "v", "item": "i"}\n', "line 2: it has 'user' twice"),
    "json-lines-of-half-a-surrogate.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": "\\ud800", "item": "i"}\n', "line 2: user is no text and no number"),
    "json-lines-of-a-number-of-5000-digits.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": "u", "item": ' + b"9" * 5000 + b"}\n", "line 2: not a JSON object"),
    "json-lines-of-lists.jsonl": Attack(f"{_EVENTS} --strict", b'{"user": "u", "item": "i"}\n{"user": ["v"], "item": {"a": 1}}\n', "line 2: user is no text and no number"),
    "parquet-log-of-columns-of-lists.parquet": Attack(_EVENTS, _parquet({"user": [["u"]], "item": [["i"]]}), "column user is list<element: string>"),
    "parquet-log-cut.parquet": Attack(_EVENTS, lambda: _parquet({"user": ["u"], "item": ["i"]})()[:-20], "cannot be read as Parquet"),
    "parquet-log-of-times-beyond.parquet": Attack(f"{_EVENTS} --time t", _parquet({"user": ["u"], "item": ["i"], "t": [2**63 - 1]}), "read as Parquet", 0),
    "titles-of-other-columns.csv": Attack("events log.csv --titles FILE:item:title -o out.e2v", b"a,b\n1,2\n", "has no column 'item'", beside={"log.csv": LOG}),
    "features-of-a-user-twice.csv": Attack("users model.e2v corpus.e2v --user-features FILE -o out.e2v", b"user,age\nu,1\nu,2\n", "user u has two rows, in line 2 and line 3", beside=_BESIDE),
    "counts-of-a-count-below-zero.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the -5\n", "line 1: 'the -5' is no word and its count", beside={"text.txt": _TEXT}),
    "counts-of-5000-digits.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the " + b"9" * 5000 + b"\n", "line 1: 'the 99999999999999999999999999999999999999999999999999999999 ...' is no", beside={"text.txt": _TEXT}),
    "counts-that-add-up-beyond.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the 9223372036854775807\ncat 1\n", "the counts add up to more than 9,223,372,036,854,775,807", beside={"text.txt": _TEXT}),
    "counts-of-a-word-twice.txt": Attack("vocab text.txt --counts FILE -o out.e2v", b"the 5\nthe 6\n", "line 2: 'the' has a count in line 1 already", beside={"text.txt": _TEXT}),
    "counts-of-nothing.txt": Attack("vocab text.txt --counts FILE -o out.e2v --min-count 1", b"the 0\ncat 0\nsat 0\non 0\nmat 0\n", "no word has a count of 1 or more", beside={"text.txt": _TEXT}),
}  # fmt: skip


#: Questions, pairs and lists of keys.
QUESTIONS = {
    "questions-of-nothing.txt": Attack("eval model.e2v --analogies FILE", b": capitals\n", "holds no questions", beside=_BESIDE),
    "questions-of-three-words.txt": Attack("eval model.e2v --analogies FILE", b"a b c\n", "line 1: 4 words expected, got 3", beside=_BESIDE),
    "questions-of-a-million-words.txt": Attack("eval model.e2v --analogies FILE", lambda: b"a " * 1_000_000 + b"\n", "line 1: 4 words expected, got 1000000", beside=_BESIDE),
    "questions-of-nul.txt": Attack("eval model.e2v --analogies FILE", bytes(100), "is no text: 100 of its first 100 bytes are NUL", beside=_BESIDE),
    "pairs-of-a-score-that-is-nan.txt": Attack("eval model.e2v --similarity FILE", b"a b 1\nb c nan\n", "line 2: two words and a number expected", beside=_BESIDE),
    "pairs-of-a-score-beyond.txt": Attack("eval model.e2v --similarity FILE", b"a b 1\nb c 1e999\n", "line 2: two words and a number expected", beside=_BESIDE),
    "pairs-of-two-words.txt": Attack("eval model.e2v --similarity FILE", b"a b\nb c\n", "line 1: two words and a number expected", beside=_BESIDE),
    "held-out-of-nothing.txt": Attack("eval model.e2v --ranking FILE --corpus corpus.e2v", b"\n", "is empty", beside=_BESIDE),
    "keys-of-nothing.txt": Attack("similar -m model.e2v a --only FILE", b"", "has none of the 3 keys that may be answers", beside=_BESIDE),
    "keys-that-are-unknown.txt": Attack("similar -m model.e2v a --only FILE", "\x1b[2J\x9b1m\u202egnp.exe\n".encode(), "has none of the 3 keys that may be answers", beside=_BESIDE),
    "keys-of-a-line-of-200-megabytes.gz": Attack("similar -m model.e2v a --only FILE", lambda: _gzipped(b"a"), "has a line of more than 16 MB", beside=_BESIDE),
}  # fmt: skip

ATTACKS = {**STREAMS, **TEXTS, **TABLES, **QUESTIONS}
