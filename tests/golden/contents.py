"""What the golden files hold: one of every kind and schema version, with keys that are hard to keep."""

from __future__ import annotations

import numpy as np

from tests.oracles.graph import ring

#: A space, NBSP, tab and newline, quote, invalid UTF-8, another script, a joined emoji, nothing.
KEYS = [
    b"the",
    b"new york",
    b"a\xc2\xa0b",
    b"tab\tnew\nline",
    b'"',
    b"\xff\xfe",
    "日本".encode(),
    "👩‍🚀".encode(),
    b"",
]
NAMES = [b"user 1", b"\xe9", b"user 1"]
LABELS = [b"The", b"New York", b"", b"Emma (1996)", b"", "日本国".encode(), b"", b"Emma (1996)", b"\xff"]


def _packed(strings: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    lengths = [len(string) for string in strings]
    return np.frombuffer(b"".join(strings), np.uint8), np.cumsum([0, *lengths], dtype=np.int64)


def _grid(rows: int, columns: int) -> np.ndarray:
    """Values that binary fractions hold exactly."""
    return (np.arange(rows * columns, dtype=np.float32).reshape(rows, columns) - 10) / 8


_BYTES, _OFFSETS = _packed(KEYS)
_VOCABULARY = {"keys.bytes": _BYTES, "keys.offsets": _OFFSETS}
_COUNTS = np.array([90, 80, 70, 60, 50, 40, 30, 20, 10], np.int64)
_NAME_BYTES, _NAME_OFFSETS = _packed(NAMES)
_LABELLED = dict(zip(("labels.bytes", "labels.offsets"), _packed(LABELS), strict=True))

#: File name without its suffix (kind, then schema version, then variant) -> the arrays in their order.
GOLDEN: dict[str, dict[str, np.ndarray]] = {
    "corpus-1": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "tokens": np.array([0, 1, 2, 8, 3, 0, 7], np.int32),
        "offsets": np.array([0, 3, 3, 7], np.int64),
        "names.bytes": _NAME_BYTES,
        "names.offsets": _NAME_OFFSETS,
    },
    "corpus-1-labels": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "tokens": np.array([8, 0], np.int32),
        "offsets": np.array([0, 2], np.int64),
        **_LABELLED,
    },
    "corpus-2": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "tokens": np.array([0, 1, 2, 8, 3, 0, 7], np.int32),
        "offsets": np.array([0, 3, 3, 7], np.int64),
        "times": np.array([-1.5, 0, 0, 2.25, 3, 3, 1e300]),
        "names.bytes": _NAME_BYTES,
        "names.offsets": _NAME_OFFSETS,
    },
    "corpus-2-int": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "tokens": np.array([8, 0], np.int32),
        "offsets": np.array([0, 2], np.int64),
        "times": np.array([-(2**31), 2**31 - 1], np.int32),
        **_LABELLED,
    },
    "corpus-2-weights": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "tokens": np.array([0, 1, 8], np.int32),
        "offsets": np.array([0, 1, 3], np.int64),
        "weights": np.array([0.125, 1e-30, 3e38], np.float32),
    },
    "model-1": {**_VOCABULARY, "counts": _COUNTS, "input": _grid(9, 3), "output": -_grid(9, 3)},
    "model-1-nodes": {**_VOCABULARY, "counts": _COUNTS, "input": _grid(9, 3), "nodes": _grid(8, 3)},
    "model-1-ngrams": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "input": _grid(9, 3),
        "output": -_grid(9, 3),
        "ngrams.bytes": np.frombuffer("<thneé".encode(), np.uint8),
        "ngrams.offsets": np.array([0, 3, 7], np.int64),
        "ngram_vectors": _grid(2, 3),
    },
    "model-1-tower": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "input": _grid(9, 3),
        "output": -_grid(9, 3),
        "bias": _grid(9, 1)[:, 0],
        "tower.0.weight": _grid(5, 4),
        "tower.0.bias": _grid(4, 1)[:, 0],
        "tower.1.weight": _grid(4, 3),
        "tower.1.bias": _grid(3, 1)[:, 0],
        "tower.length": np.array([12.5], np.float32),
        "features.bytes": np.frombuffer("agecity=Zürich".encode(), np.uint8),
        "features.offsets": np.array([0, 3, 15], np.int64),
        "features.shift": np.array([41.5, 0], np.float32),
        "features.scale": np.array([12.25, 1], np.float32),
    },
    "model-1-recency": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "input": _grid(9, 3),
        "output": -_grid(9, 3),
        "bias": _grid(9, 1)[:, 0],
        "tower.length": np.array([10], np.float32),
        "tower.recency": np.array([0.75], np.float32),
    },
    "model-1-labels": {
        **_VOCABULARY,
        "counts": _COUNTS,
        "input": _grid(9, 3),
        "output": -_grid(9, 3),
        **_LABELLED,
    },
    "model-1-new": {
        **_VOCABULARY,
        "counts": _COUNTS * (_COUNTS > 20),
        "input": _grid(9, 3),
        "output": -_grid(9, 3),
        "bias": _grid(9, 1)[:, 0],
        "new": np.array([0] * 7 + [1] * 2, np.uint8),
    },
    "checkpoint-1": {"rows": _grid(7, 3), "output": _grid(4, 3)},
    "checkpoint-1-losses": {
        "rows": _grid(7, 3),
        "output": _grid(4, 3),
        "losses": np.array([0, 2.5, 1e300]),
        "loss_pairs": np.array([0, 3, 2**40], np.int64),
    },
    "checkpoint-1-tower": {
        "parameters": _grid(29, 1)[:, 0],
        "squares": np.square(_grid(29, 1)[:, 0]),
        "figures": np.array([2, 6.5, 0.125, 6.75, -1]),
        "best": -_grid(29, 1)[:, 0],
    },
    "vectors-1": {**_VOCABULARY, "vectors": _grid(9, 5)},
    "vectors-1-half": {**_VOCABULARY, "vectors": _grid(9, 5).astype(np.float16), "counts": _COUNTS},
    "vectors-1-int8": {
        **_VOCABULARY,
        "vectors": np.arange(-22, 23, dtype=np.int8).reshape(9, 5),
        "scales": np.arange(1, 10, dtype=np.float32) / 8,
    },
    "vectors-2": {**_VOCABULARY, "vectors": _grid(9, 5), **_LABELLED},
    "vectors-2-int8": {
        **_VOCABULARY,
        "vectors": np.arange(-22, 23, dtype=np.int8).reshape(9, 5),
        "scales": np.arange(1, 10, dtype=np.float32) / 8,
        "counts": _COUNTS,
    },
    "users-1": {
        **_VOCABULARY,
        "vectors": _grid(9, 3),
        "seen.items": np.array([4, 0, 4, 8], np.int32),
        "seen.offsets": np.array([0, 2, 2, 3, 3, 3, 3, 3, 3, 4], np.int64),
    },
    "users-2": {  # with whole histories, in which items are repeated
        **_VOCABULARY,
        "vectors": _grid(9, 3),
        "seen.items": np.array([4, 0, 4, 4, 8], np.int32),
        "seen.offsets": np.array([0, 3, 3, 4, 4, 4, 4, 4, 4, 5], np.int64),
    },
    "index-1": {**_VOCABULARY, "vectors": -_grid(9, 3)},
    "index-1-graph": {
        **_VOCABULARY,
        "vectors": -_grid(9, 3),
        "bias": _grid(9, 1)[:, 0],
        **_LABELLED,
        "graph": np.frombuffer(ring(9, 5), np.uint8),
    },
    "index-2": {
        **_VOCABULARY,
        "vectors": -_grid(9, 3),
        "bias": _grid(9, 1)[:, 0],
        "counts": _COUNTS,
        **_LABELLED,
        "graph": np.frombuffer(ring(9, 5), np.uint8),
    },
    "index-2-new": {
        **_VOCABULARY,
        "vectors": -_grid(9, 3),
        "counts": _COUNTS * (_COUNTS > 20),
        "new": np.array([0] * 7 + [1] * 2, np.uint8),
    },
}
PROVENANCE = {"seed": 1, "sample": 1e-4, "inputs": ["text.txt", "na\udcefve.txt"], "note": "golden"}


def kind_of(name: str) -> str:
    """The kind of a golden file by its name."""
    return name.partition("-")[0]
