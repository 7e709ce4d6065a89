"""Vectors through a format and back, without the command line."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from e2v.formats import find_format, names
from e2v.formats.transfer.exported import Dtype, ExportedVectors
from e2v.formats.transfer.exporting import export_vectors
from e2v.formats.transfer.importing import Duplicates, import_vectors
from e2v.formats.transfer.input_files import InputFiles
from e2v.store import Keys, open_artifact
from e2v.vectors import KeyedVectors

#: Those that are written and read; `e2v` is not read, for it needs no import.
READ = [name for name in names() if name != "e2v"]
#: Those that are a folder of files.
FOLDERS = [name for name in names() if find_format(name).FILES]
#: Those that hold how often each key occurred.
COUNTED = ("fasttext-binary", "jsonl", "parquet", "projector", "sqlite")


@dataclass
class Found:
    """What an import made of a file."""

    keys: list[bytes]
    values: np.ndarray
    scales: np.ndarray | None
    counts: np.ndarray | None

    @property
    def vectors(self) -> np.ndarray:
        """float32[n, d]."""
        values = self.values.astype(np.float32)
        return values if self.scales is None else values * self.scales[:, np.newaxis]


def exported(
    keys: list[bytes], vectors: np.ndarray, dtype: Dtype = "float32", counts: list[int] | None = None
) -> ExportedVectors:
    known = None if counts is None else np.array(counts, np.int64)
    return ExportedVectors(KeyedVectors(Keys.from_strings(keys), vectors.astype(np.float32), known), dtype)


def write(
    path: Path,
    name: str,
    keys: list[bytes],
    vectors: np.ndarray,
    dtype: Dtype = "float32",
    counts: list[int] | None = None,
) -> Path:
    """Write vectors in a format, to a file or folder at `path`."""
    export_vectors(exported(keys, vectors, dtype, counts), path, name)
    return path


def written(name: str, keys: list[bytes], vectors: np.ndarray) -> bytes:
    """What a stream gets."""
    out = io.BytesIO()
    export_vectors(exported(keys, vectors), out, name)
    return out.getvalue()


def read(path: Path, name: str | None = None, duplicates: Duplicates = "fail") -> Found:
    """Import a file or folder, in the format that it shows unless one is named."""
    target = path.with_name(f"{path.name}.imported.e2v")
    with InputFiles(str(path), scratch=path.with_name("copy")) as inputs:
        import_vectors(inputs, target, name, duplicates=duplicates)
    artifact = open_artifact(target, "vectors")
    arrays = artifact.arrays
    keys = [artifact.keys.bytes_at(row) for row in range(len(artifact.keys))]
    return Found(keys, arrays["vectors"], arrays.get("scales"), arrays.get("counts"))
