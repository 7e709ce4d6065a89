"""What each kind of .e2v file holds: names, dtypes and shapes of its arrays, and its schema version.

A shape is written in symbols (`V` keys, `d` dimensions, `N` tokens, `S` sentences) that must agree
across the arrays of a file; `V+1` and `V-1` are the only arithmetic. An array of which there can be several
has `N` in place of its number, and symbols in small letters that must agree among those of that number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
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


class ArraySpec(NamedTuple):
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


class Field(NamedTuple):
    """One array of a kind: the dtype codes it may have and its shape in symbols."""

    dtypes: tuple[str, ...]
    shape: tuple[str, ...]
    optional: bool = False


class Kind(NamedTuple):
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
    yield from _tower_rule(arrays)


def _tower_rule(arrays: Mapping[str, ArraySpec]) -> Iterator[Problem]:
    """Layers follow one another, from the input vectors and the features to the output vectors."""
    layers = [name for name in arrays if field_name(name) in ("tower.N.weight", "tower.N.bias")]
    n_layers = len({name.split(".")[1] for name in layers})
    dim = arrays["input"].shape[1]
    width = dim + (arrays["features.scale"].shape[0] if "features.scale" in arrays else 0)
    for number in range(n_layers):
        weight, bias = f"tower.{number}.weight", f"tower.{number}.bias"
        if weight not in arrays or bias not in arrays:
            yield Problem(weight if weight not in arrays else bias, "missing")
            return
        if arrays[weight].shape[0] != width:
            yield Problem(weight, f"takes {arrays[weight].shape[0]} numbers, but is given {width}")
        width = arrays[weight].shape[1]
    if width != dim:
        last = f"tower.{max(n_layers - 1, 0)}.weight"
        yield Problem(last, f"gives {width} numbers, but vectors have {dim}")


def _vectors_rule(arrays: Mapping[str, ArraySpec]) -> Iterator[Problem]:
    quantised = "vectors" in arrays and arrays["vectors"].dtype == "I8"
    if quantised != ("scales" in arrays):
        yield Problem("scales", "goes together with vectors of dtype I8")


def _checkpoint_rule(arrays: Mapping[str, ArraySpec]) -> Iterator[Problem]:
    if ("rows" in arrays) == ("parameters" in arrays):
        yield Problem(
            "file", "needs rows and output, of word vectors, or parameters, squares and figures, of a tower"
        )


_LABELS = ("labels.bytes", "labels.offsets")

KINDS: Mapping[str, Kind] = {
    "corpus": Kind(
        schema=2,
        summary="a vocabulary with its counts, and sentences encoded with it",
        fields={
            **_keys("keys", "V"),
            "counts": Field(("I64",), ("V",)),
            "tokens": Field(("I32",), ("N",)),
            "offsets": Field(("I64",), ("S+1",)),
            "times": Field(("I32", "I64", "F64"), ("N",), optional=True),
            "weights": Field(("F32",), ("N",), optional=True),
            **_keys("names", "S", optional=True),
            **_keys("labels", "V", optional=True),
        },
        together=(("names.bytes", "names.offsets"), _LABELS),
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
            "bias": Field(("F32",), ("V",), optional=True),
            "tower.N.weight": Field(("F32",), ("m", "n"), optional=True),
            "tower.N.bias": Field(("F32",), ("n",), optional=True),
            "tower.length": Field(("F32",), ("1",), optional=True),
            "tower.recency": Field(("F32",), ("1",), optional=True),
            **_keys("features", "F", optional=True),
            "features.shift": Field(("F32",), ("F",), optional=True),
            "features.scale": Field(("F32",), ("F",), optional=True),
            "new": Field(("U8",), ("V",), optional=True),
            **_keys("labels", "V", optional=True),
        },
        together=(
            ("ngrams.bytes", "ngrams.offsets", "ngram_vectors"),
            ("features.bytes", "features.offsets", "features.shift", "features.scale"),
            _LABELS,
        ),
        rule=_model_rule,
    ),
    "checkpoint": Kind(
        schema=1,
        summary="a training run under way",
        fields={
            "rows": Field(("F32",), ("R", "d"), optional=True),
            "output": Field(("F32",), ("O", "d"), optional=True),
            "parameters": Field(("F32",), ("P",), optional=True),
            "squares": Field(("F32",), ("P",), optional=True),
            "best": Field(("F32",), ("P",), optional=True),
            "figures": Field(("F64",), ("n",), optional=True),
            "losses": Field(("F64",), ("u",), optional=True),
            "loss_pairs": Field(("I64",), ("u",), optional=True),
        },
        together=(("rows", "output"), ("parameters", "squares", "figures"), ("losses", "loss_pairs")),
        rule=_checkpoint_rule,
    ),
    "vectors": Kind(
        schema=2,
        summary="keys and one matrix of vectors",
        fields={
            **_keys("keys", "V"),
            "vectors": Field(("F32", "F16", "I8"), ("V", "d")),
            "scales": Field(("F32",), ("V",), optional=True),
            "counts": Field(("I64",), ("V",), optional=True),
            **_keys("labels", "V", optional=True),
        },
        together=(_LABELS,),
        rule=_vectors_rule,
    ),
    "users": Kind(
        schema=2,
        summary="the vectors of users, and what they have seen",
        fields={
            **_keys("keys", "U"),
            "vectors": Field(("F32",), ("U", "d")),
            "seen.items": Field(("I32",), ("N",)),
            "seen.offsets": Field(("I64",), ("U+1",)),
        },
    ),
    "index": Kind(
        schema=2,
        summary="items to recommend, ready to be searched",
        fields={
            **_keys("keys", "V"),
            "vectors": Field(("F32",), ("V", "d")),
            "bias": Field(("F32",), ("V",), optional=True),
            "counts": Field(("I64",), ("V",), optional=True),
            "new": Field(("U8",), ("V",), optional=True),
            **_keys("labels", "V", optional=True),
            "graph": Field(("U8",), ("bytes of graph",), optional=True),
        },
        together=(_LABELS,),
    ),
}


_NUMBER = re.compile(r"(?<=\.)(?:0|[1-9][0-9]*)(?=\.)")


def field_name(name: str) -> str:
    """The name in a kind's fields, with `N` for its number: 'tower.0.weight' -> 'tower.N.weight'."""
    return _NUMBER.sub("N", name)


def _symbol(name: str, dimension: str) -> tuple[str, int]:
    """Split 'V+1' into ('V', 1); a symbol of a numbered array is given its number."""
    if dimension[-2:] in ("+1", "-1"):
        return dimension[:-2], int(dimension[-2:])
    number = _NUMBER.search(name)
    return dimension + (number.group() if number else ""), 0


def schema_problems(kind: Kind, arrays: Mapping[str, ArraySpec]) -> list[Problem]:
    """Everything in which `arrays` differ from what `kind` prescribes."""
    needed = {name for name, field in kind.fields.items() if not field.optional}
    needed.update(*(group for group in kind.together if not arrays.keys().isdisjoint(group)))
    problems = [Problem(name, "missing") for name in kind.fields if name in needed and name not in arrays]
    sizes: dict[str, tuple[int, str]] = {"1": (1, "definition")}
    for name, array in arrays.items():
        field = kind.fields.get(field_name(name))
        if field is None:
            problems.append(Problem(name, "not an array of this kind of file"))
        elif array.dtype not in field.dtypes:
            wanted = " or ".join(field.dtypes)
            problems.append(Problem(name, f"dtype {array.dtype}, expected {wanted}"))
        elif len(array.shape) != len(field.shape):
            problems.append(Problem(name, f"{len(array.shape)} dimensions, expected {len(field.shape)}"))
        else:
            for dimension, size in zip(field.shape, array.shape, strict=True):
                symbol, extra = _symbol(name, dimension)
                expected, source = sizes.setdefault(symbol, (size - extra, name))
                if size - extra != expected or expected < 0:
                    wanted = f"{dimension} is {max(expected, 0) + extra} by {source}"
                    problems.append(Problem(name, f"shape {list(array.shape)}, but {wanted}"))
    return problems or list(kind.rule(arrays))
