"""A folder as model2vec saves a StaticModel, which sentence-transformers loads as a StaticEmbedding.

model.safetensors holds the tensor `embeddings`, n x d, and for int8 numbers `weights`, which the rows are to
be multiplied by. tokenizer.json is the tokens' sidecar, of Hugging Face's tokenizers: a WordLevel model that
cuts text at white space, so that a key that holds some is there, but not found in a text. config.json and
modules.json say what the folder is. It needs a token for unknown words: [UNK], with a row of zeros, is added
at the end, and left out again when such a folder is imported; the metadata say so where it is a key of its
own.

Read: such folders, also those of sentence-transformers itself (`embedding.weight`, in 0_StaticEmbedding),
with any kind of tokenizer.json that numbers its tokens, and with a `mapping` of tokens to rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from e2v.errors import InputError
from e2v.formats.transfer.destination import Destination
from e2v.formats.transfer.exported import ALL_DTYPES, ExportedVectors, joined, refuse_invalid_text
from e2v.formats.transfer.input_files import InputFiles, Preview
from e2v.formats.transfer.kept import Part
from e2v.formats.transfer.row_reader import RowReader, check_sizes, matrix_batches, stored_dtype
from e2v.inputs.mapped import map_file

TENSORS, TOKENIZER, CONFIG, MODULES = FILES = (
    "model.safetensors",
    "tokenizer.json",
    "config.json",
    "modules.json",
)
DTYPES = ALL_DTYPES
KEEPS: tuple[Part, ...] = ()
TEXT = False
SEEKABLE = False

_NESTED = "0_StaticEmbedding"
_UNKNOWN = "[UNK]"
_OWN = {"unknown_token": "key"}  # of the metadata, where it is not added
_CODES = {"float32": "F32", "float16": "F16", "int8": "I8"}
_DTYPES = {
    **{code: np.dtype(name) for name, code in _CODES.items()},
    "BF16": np.dtype("V2"),  # the upper half of a float32: NumPy has no such numbers
    "F64": np.dtype(np.float64),
    "BOOL": np.dtype(np.bool_),
    **{f"{sign}{bits}": np.dtype(f"{sign.lower()}{bits // 8}") for sign in "IU" for bits in (8, 16, 32, 64)},
}
_LENGTH = 8
_HEADER_LIMIT = 100_000_000  # safetensors' own


def recognises(preview: Preview) -> bool:
    """See `Format.recognises`."""
    ours = preview.head.startswith(b'{"__metadata__":{"e2v.', _LENGTH)
    return (preview.head[_LENGTH : _LENGTH + 2] == b'{"' and not ours) or bool(
        preview.files & {TENSORS, _NESTED}
    )


def read(inputs: InputFiles) -> RowReader:
    """See `Format.read`."""
    if inputs.folder:
        path = inputs.member(TENSORS, f"{_NESTED}/{TENSORS}")
        with InputFiles(str(path), inputs.key_file(TOKENIZER, f"{_NESTED}/{TOKENIZER}")) as file:
            return read(file)
    tensors, metadata = _map(inputs, inputs.file(), ("embeddings", "embedding.weight", "weights", "mapping"))
    tokenizer = inputs.key_file(TOKENIZER)
    keys, unknown = _tokens(tokenizer)
    embeddings = tensors.get("embeddings", tensors.get("embedding.weight"))
    if embeddings is None or embeddings.ndim != 2:
        raise InputError(f"{inputs} has no matrix called embeddings or embedding.weight")
    weights, mapping = tensors.get("weights"), tensors.get("mapping")
    if mapping is not None:
        mapping = _rows_of(inputs, mapping, len(embeddings))
    if weights is not None:
        if weights.ndim != 1 or weights.dtype.kind not in "fV":
            raise InputError(f"{inputs}: its weights are no row of floats, but {_described(weights)}")
        weights = _floats(weights)
    for tensor in (embeddings if mapping is None else mapping, weights):
        if tensor is not None:
            check_sizes(inputs, len(keys), len(tensor), str(tokenizer))

    def rows(part: slice) -> NDArray[Any]:
        values = embeddings[part] if mapping is None else embeddings[mapping[part]]
        values = _floats(values)
        if weights is None or values.dtype == np.int8:
            return values
        scaled: NDArray[Any] = np.multiply(values, weights[part, np.newaxis], dtype=np.float32)
        return scaled

    last = slice(len(keys) - 1, len(keys))
    if keys[-1:] == [unknown] and _OWN.items() - metadata.items() and not rows(last).any():
        keys.pop()
    dtype = stored_dtype(rows(slice(0)).dtype, inputs)
    scales = weights if dtype == np.int8 else None
    batches = matrix_batches(inputs, keys, rows, embeddings.shape[1], scales)
    return RowReader(embeddings.shape[1], batches, dtype, size=len(keys))


def write(vectors: ExportedVectors, to: Destination) -> None:
    """See `Format.write`."""
    refuse_invalid_text(vectors.keys, "safetensors")
    added = _UNKNOWN not in vectors.keys
    with to.member(TENSORS).open("wb") as out:
        _write_tensors(vectors, out, added)
    with to.member(TOKENIZER).open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(_tokenizer(vectors, added))
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "normalize": False,
        "embedding_dtype": vectors.dtype,
    }
    to.member(CONFIG).write_text(json.dumps(config, indent=4))
    module = {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}
    to.member(MODULES).write_text(json.dumps([module], indent=4))


def _write_tensors(vectors: ExportedVectors, out: BinaryIO, added: bool) -> None:
    """The weights, which are known last, stand first: so both arrays are aligned."""
    n = len(vectors) + added
    shapes: dict[str, tuple[int, ...]] = {"weights": (n,)} if vectors.dtype == "int8" else {}
    shapes["embeddings"] = (n, vectors.dim)
    header: dict[str, Any] = {"__metadata__": {"format": "np"} if added else {"format": "np", **_OWN}}
    stop = 0
    for name, shape in shapes.items():
        dtype = np.dtype("float32" if name == "weights" else vectors.dtype)
        start, stop = stop, stop + math.prod(shape) * dtype.itemsize
        header[name] = {"dtype": _CODES[dtype.name], "shape": shape, "data_offsets": [start, stop]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _LENGTH)
    out.write(len(text).to_bytes(_LENGTH, "little") + text)
    out.seek(header["embeddings"]["data_offsets"][0], 1)
    scales = []
    for block in vectors.blocks():
        out.write(np.ascontiguousarray(block.values).data)
        scales.append(block.scales)
    if added:
        out.write(bytes(vectors.dim * np.dtype(vectors.dtype).itemsize))
    if vectors.dtype == "int8":
        out.seek(_LENGTH + len(text))
        out.write(joined([*scales, np.ones(int(added), np.float32)]).data)


def _tokenizer(vectors: ExportedVectors, added: bool) -> Iterator[str]:
    """tokenizer.json, piece by piece: the vocabulary may be long."""
    yield '{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,'
    yield '"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,'
    yield '"model":{"type":"WordLevel","vocab":{'
    for row, key in enumerate(vectors.keys):
        yield f"{',' if row else ''}{json.dumps(key, ensure_ascii=False)}:{row}"
    if added:
        yield f"{',' if len(vectors) else ''}{json.dumps(_UNKNOWN)}:{len(vectors)}"
    yield '},"unk_token":' + json.dumps(_UNKNOWN) + "}}"


def _rows_of(inputs: InputFiles, mapping: NDArray[Any], n: int) -> NDArray[np.int64]:
    """A mapping as rows, int64[k], of n."""
    if mapping.ndim != 1 or mapping.dtype.kind not in "iu":
        raise InputError(f"{inputs}: its mapping is no row of whole numbers, but {_described(mapping)}")
    if len(mapping) and not 0 <= int(mapping.min()) <= int(mapping.max()) < n:
        raise InputError(f"{inputs}: its mapping names rows that are not there")
    return mapping.astype(np.int64)


def _floats(values: NDArray[Any]) -> NDArray[Any]:
    """Values as they are, but for bfloat16, which become float32."""
    if values.dtype.kind != "V":
        return values
    return (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)


def _described(tensor: NDArray[Any]) -> str:
    code = next((code for code, dtype in _DTYPES.items() if dtype == tensor.dtype), str(tensor.dtype))
    return f"{tensor.ndim} dimensions of {code}"


def _map(
    inputs: InputFiles, path: Path, wanted: Collection[str]
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The tensors of a file that are `wanted`, mapped, and its metadata."""
    try:
        data = np.frombuffer(map_file(path), np.uint8)
        length = int.from_bytes(data[:_LENGTH].tobytes(), "little")
        if length > _HEADER_LIMIT:
            raise ValueError("its header is too long")
        header = json.loads(data[_LENGTH : _LENGTH + length].tobytes())
        size = len(data) - _LENGTH - length
        tensors = {}
        metadata = dict(header.get("__metadata__") or {})
        for name, entry in header.items():
            if name in wanted:
                if entry["dtype"] not in _DTYPES:
                    raise ValueError(f"{name} is of {entry['dtype']}, which is not read")
                dtype, shape = _DTYPES[entry["dtype"]], tuple(entry["shape"])
                start, stop = entry["data_offsets"]
                if any(type(number) is not int or number < 0 for number in (*shape, start, stop)):
                    raise ValueError(f"the shape or place of {name} is no natural numbers")
                if not start <= stop <= size:
                    raise ValueError(f"{name} ends after the file")
                if stop - start != dtype.itemsize * math.prod(shape):
                    raise ValueError(f"the size of {name} is not that of its shape")
                part = data[_LENGTH + length + start : _LENGTH + length + stop]
                tensors[name] = np.ndarray(shape, dtype, part.data)
    except (ValueError, TypeError, LookupError, AttributeError, OSError, RecursionError) as error:
        raise InputError(f"{inputs} is no whole safetensors file: {error}") from error
    return tensors, metadata


def _tokens(path: Path) -> tuple[list[bytes], bytes | None]:
    """The tokens of a tokenizer.json in the order of their numbers, and the one for unknown words."""
    try:
        document = json.loads(map_file(path)[:])
        model = document["model"]
        vocabulary = model["vocab"]
        if isinstance(vocabulary, list):  # Unigram: pairs of a token and its score
            vocabulary = {token: number for number, (token, _) in enumerate(vocabulary)}
        numbers = dict(vocabulary)
        numbers.update((token["content"], token["id"]) for token in document.get("added_tokens") or ())
        tokens = {number: token.encode("utf-8", "surrogateescape") for token, number in numbers.items()}
        if len(tokens) < len(numbers):
            raise ValueError("two tokens have one number")
        unknown = model.get("unk_token")
        unknown = unknown.encode("utf-8", "surrogateescape") if isinstance(unknown, str) else None
        keys = [tokens[number] for number in range(len(tokens))]
    except (ValueError, TypeError, LookupError, AttributeError, OSError, RecursionError) as error:
        raise InputError(f"{path} does not number tokens from 0 on: {error!r}") from error
    return keys, unknown
