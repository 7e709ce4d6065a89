"""docs/formats.md is normative: its tables are the schema, and its example runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from e2v.store import KINDS
from e2v.store.schema import Field
from tests.golden.make import FOLDER

DOC = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_of_a_kind_is_its_schema(kind: str) -> None:
    heading = f"### {kind} (schema {KINDS[kind].schema})\n"
    section = DOC.split(heading)[1].split("\n## ")[0].split("\n### ")[0]
    documented = {}
    for name, dtypes, shape, content in re.findall(
        r"^\| `(.+?)` \| (.+?) \| (.+?) \| (.*)\|$", section, re.M
    ):
        optional = content.startswith("optional") or name == "scales"  # goes with a dtype, not at will
        documented[name] = Field(tuple(re.split(", | or ", dtypes)), tuple(shape.split(",")), optional)
    blobs = {
        name: field.shape for name, field in documented.items() if re.fullmatch(r".*\.bytes|graph", name)
    }
    assert len(set(blobs.values())) == len(blobs) and set(blobs.values()) <= {("B",), ("C",), ("D",), ("E",)}
    expected = {
        name: Field(field.dtypes, blobs.get(name, field.shape), field.optional)
        for name, field in KINDS[kind].fields.items()
    }
    assert documented == expected
    assert KINDS[kind].summary in section.replace("\n", " ").lower()


def test_the_example_reads_a_model_without_e2v(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOC, re.S)
    shutil.copy(FOLDER / "model-1.e2v", tmp_path / "model.e2v")
    result = subprocess.run(
        [sys.executable, "-"], input=example, cwd=tmp_path, capture_output=True, text=True
    )
    assert result.stderr == ""
    assert result.stdout.splitlines()[1] == "the [-1.25  -1.125 -1.   ]"
    assert result.stdout.startswith("model {'seed': 1, ")


def test_no_kind_is_left_out() -> None:
    assert re.findall(r"^### (\w+) \(schema", DOC, re.M) == list(KINDS)
