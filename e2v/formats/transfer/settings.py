"""The settings of exporting to, and importing from, files of other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from e2v import common_settings
from e2v.formats import names
from e2v.inputs.columns import KeyedColumn
from e2v.settings import setting
from e2v.vectors.settings import VectorSettings, categories_table

_FORMATS = f"One of {', '.join(names())}."


@dataclass(frozen=True, kw_only=True)
class ExportSettings(VectorSettings):
    """What is written, and as what."""

    to: str = setting(..., _FORMATS, metavar="FORMAT", names=names)
    restrict: int | None = common_settings.restrict()
    also: Path | None = setting(
        None,
        "More words for the end, one a line (-: stdin); those that are not in the vocabulary have their "
        "vectors from "
        "their n-grams.",
        recorded=False,
    )
    dtype: Literal["float32", "float16", "int8"] = setting(
        "float32",
        "Smaller numbers, where the format has them: e2v, npy and safetensors all, parquet float16, sqlite "
        "int8. int8 "
        "comes with a scale for each vector. What it costs is said on stderr.",
    )
    categories: KeyedColumn | None = categories_table(only_with={"to": "projector"})


@dataclass(frozen=True, kw_only=True)
class ImportSettings:
    """What is read, and what becomes of a key that occurs twice."""

    from_: str | None = setting(
        None, _FORMATS, metavar="FORMAT", names=names, shown="known by content", recorded=False
    )
    keys: Path | None = setting(
        None,
        "The file that names the rows, for npy (one key a line), projector (metadata.tsv) and safetensors "
        "(tokenizer.json).",
        shown="beside FILE",
        recorded=False,
    )
    duplicates: Literal["fail", "first"] = setting(
        "fail", "A key that occurs again is an error, or its row is left out."
    )
