"""What each kind of .e2v file holds: names, dtypes and shapes of its arrays, and its schema version.

A shape is written in symbols (`V` keys, `d` dimensions, `N` tokens, `S` sentences) that must agree
across the arrays of a file; `V+1` and `V-1` are the only arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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


class TypedShape(Protocol):
    """Anything with a dtype code and a shape."""

    @property
    def dtype(self) -> str: ...  # noqa: D102
    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Field:
    """One array of a kind: the dtype codes it may have and its shape in symbols."""

    dtypes: tuple[str, ...]
    shape: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of file; `rule` yields what is wrong with a set of arrays beyond dtypes and shapes."""

    schema: int
    summary: str
    fields: Mapping[str, Field]
    rule: Callable[[Mapping[str, TypedShape]], Iterator[str]] = lambda _: iter(())


def _keys(name: str, rows: str, optional: bool = False) -> dict[str, Field]:
    """Strings as a byte blob and offsets; see `e2v.store.keys`."""
    return {
        f"{name}.bytes": Field(("U8",), (f"bytes of {name}",), optional),
        f"{name}.offsets": Field(("I64",), (f"{rows}+1",), optional),
    }


def _corpus_rule(arrays: Mapping[str, TypedShape]) -> Iterator[str]:
    if ("names.bytes" in arrays) != ("names.offsets" in arrays):
        yield "names.bytes and names.offsets go together"


def _model_rule(arrays: Mapping[str, TypedShape]) -> Iterator[str]:
    if ("output" in arrays) == ("nodes" in arrays):
        yield "a model has either output or nodes"


def _vectors_rule(arrays: Mapping[str, TypedShape]) -> Iterator[str]:
    quantised = "vectors" in arrays and arrays["vectors"].dtype == "I8"
    if quantised != ("scales" in arrays):
        yield "scales go with vectors of dtype I8, and only with them"


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
        rule=_corpus_rule,
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
        },
        rule=_model_rule,
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


def schema_problems(kind: Kind, arrays: Mapping[str, TypedShape]) -> list[str]:
    """Everything in which `arrays` differ from what `kind` prescribes, one line each, naming the array."""
    problems = [
        f"{name}: missing" for name, field in kind.fields.items() if not field.optional and name not in arrays
    ]
    sizes: dict[str, tuple[int, str]] = {}
    for name, array in arrays.items():
        field = kind.fields.get(name)
        if field is None:
            problems.append(f"{name}: no such array in this kind of file")
        elif array.dtype not in field.dtypes:
            problems.append(f"{name}: dtype {array.dtype}, expected {' or '.join(field.dtypes)}")
        elif len(array.shape) != len(field.shape):
            problems.append(f"{name}: {len(array.shape)} dimensions, expected {len(field.shape)}")
        else:
            for dimension, size in zip(field.shape, array.shape, strict=True):
                symbol, extra = _symbol(dimension)
                expected, source = sizes.setdefault(symbol, (size - extra, name))
                if size - extra != expected or expected < 0:
                    problems.append(
                        f"{name}: shape {list(array.shape)} does not fit {source} "
                        f"({dimension} should be {max(expected, 0) + extra})"
                    )
    return problems or list(kind.rule(arrays))
