"""What each kind of .e2v file holds: names, dtypes and shapes of its arrays, and its schema version.

A shape is written in symbols (`V` keys, `d` dimensions, `N` tokens, `S` sentences) that must agree
across the arrays of a file; `V+1` and `V-1` are the only arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

# The safetensors codes of the dtypes in use; data are always little-endian.
DTYPES: Mapping[str, np.dtype[Any]] = {
    "U8": np.dtype("<u1"),
    "I8": np.dtype("<i1"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
    "U64": np.dtype("<u8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}


@dataclass(frozen=True)
class ArraySpec:
    """One array as a header describes it; `start` and `stop` count from the start of the data section."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int
    sha256: str

    @property
    def nbytes(self) -> int:
        """Bytes that dtype and shape ask for."""
        return DTYPES[self.dtype].itemsize * math.prod(self.shape)


class Problem(NamedTuple):
    """Something wrong with a file; `array` is 'file' for what concerns the whole."""

    array: str
    what: str

    def __str__(self) -> str:
        return f"{self.array}: {self.what}"


@dataclass(frozen=True)
class Field:
    """One array of a kind: the dtype codes it may have and its shape in symbols."""

    dtypes: tuple[str, ...]
    shape: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    together: groups of optional arrays of which a file has all or none.
    rule: yields what else can be wrong with a set of arrays.
    """

    schema: int
    summary: str
    fields: Mapping[str, Field]
    together: tuple[tuple[str, ...], ...] = ()
    rule: Callable[[Mapping[str, ArraySpec]], Iterator[Problem]] = lambda _: iter(())


def _keys(name: str, rows: str, optional: bool = False) -> dict[str, Field]:
    """Strings as a byte blob and offsets; see `e2v.store.keys`."""
    return {
        f"{name}.bytes": Field(("U8",), (f"bytes of {name}",), optional),
        f"{name}.offsets": Field(("I64",), (f"{rows}+1",), optional),
    }


def _model_rule(arrays: Mapping[str, ArraySpec]) -> Iterator[Problem]:
    if ("output" in arrays) == ("nodes" in arrays):
        yield Problem("output", "a model has either output or nodes")


def _vectors_rule(arrays: Mapping[str, ArraySpec]) -> Iterator[Problem]:
    quantised = "vectors" in arrays and arrays["vectors"].dtype == "I8"
    if quantised != ("scales" in arrays):
        yield Problem("scales", "goes together with vectors of dtype I8")


KINDS: Mapping[str, Kind] = {
    "corpus": Kind(
        schema=1,
        summary="a vocabulary with its counts, and sentences encoded with it",
        fields={
            **_keys("keys", "V"),
            "counts": Field(("I64",), ("V",)),
            "tokens": Field(("I32",), ("N",)),
            "offsets": Field(("I64",), ("S+1",)),
            **_keys("names", "S", optional=True),
        },
        together=(("names.bytes", "names.offsets"),),
    ),
    "model": Kind(
        schema=1,
        summary="a trained model: a vocabulary with its counts, input and output vectors",
        fields={
            **_keys("keys", "V"),
            "counts": Field(("I64",), ("V",)),
            "input": Field(("F32",), ("V", "d")),
            "output": Field(("F32",), ("V", "d"), optional=True),
            "nodes": Field(("F32",), ("V-1", "d"), optional=True),
            **_keys("ngrams", "G", optional=True),
            "ngram_vectors": Field(("F32",), ("G", "d"), optional=True),
        },
        together=(("ngrams.bytes", "ngrams.offsets", "ngram_vectors"),),
        rule=_model_rule,
    ),
    "checkpoint": Kind(
        schema=1,
        summary="a training run under way",
        fields={"rows": Field(("F32",), ("R", "d")), "output": Field(("F32",), ("O", "d"))},
    ),
    "vectors": Kind(
        schema=1,
        summary="keys and one matrix of vectors",
        fields={
            **_keys("keys", "V"),
            "vectors": Field(("F32", "F16", "I8"), ("V", "d")),
            "scales": Field(("F32",), ("V",), optional=True),
            "counts": Field(("I64",), ("V",), optional=True),
        },
        rule=_vectors_rule,
    ),
}


def _symbol(dimension: str) -> tuple[str, int]:
    """Split 'V+1' into ('V', 1)."""
    if dimension[-2:] in ("+1", "-1"):
        return dimension[:-2], int(dimension[-2:])
    return dimension, 0


def schema_problems(kind: Kind, arrays: Mapping[str, ArraySpec]) -> list[Problem]:
    """Everything in which `arrays` differ from what `kind` prescribes."""
    needed = {name for name, field in kind.fields.items() if not field.optional}
    needed.update(*(group for group in kind.together if not arrays.keys().isdisjoint(group)))
    problems = [Problem(name, "missing") for name in kind.fields if name in needed and name not in arrays]
    sizes: dict[str, tuple[int, str]] = {}
    for name, array in arrays.items():
        field = kind.fields.get(name)
        if field is None:
            problems.append(Problem(name, "not an array of this kind of file"))
        elif array.dtype not in field.dtypes:
            wanted = " or ".join(field.dtypes)
            problems.append(Problem(name, f"dtype {array.dtype}, expected {wanted}"))
        elif len(array.shape) != len(field.shape):
            problems.append(Problem(name, f"{len(array.shape)} dimensions, expected {len(field.shape)}"))
        else:
            for dimension, size in zip(field.shape, array.shape, strict=True):
                symbol, extra = _symbol(dimension)
                expected, source = sizes.setdefault(symbol, (size - extra, name))
                if size - extra != expected or expected < 0:
                    wanted = f"{dimension} is {max(expected, 0) + extra} by {source}"
                    problems.append(Problem(name, f"shape {list(array.shape)}, but {wanted}"))
    return problems or list(kind.rule(arrays))
