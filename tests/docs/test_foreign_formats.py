"""docs/foreign-formats.md is true: its table of the formats, and how another program reads each of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from e2v.errors import OutputError
from e2v.formats import find_format, names
from e2v.formats.transfer.exporting import export_vectors
from e2v.store import Keys, open_artifact
from tests.formats.support import READ, exported, read, write

PAGE = (Path(__file__).parents[2] / "docs" / "foreign-formats.md").read_text(encoding="utf-8")
TABLE = {
    name: [cell.strip() for cell in row.split("|")]
    for name, row in re.findall(r"^\| `([\w-]+)` \| (a .*)", PAGE, flags=re.MULTILINE)
}
SECTIONS = dict(re.findall(r"^### ([\w-]+)\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))
FILE, NUMBERS, REFUSED, COUNTS, TITLES = range(5)

#: A key of each sort that a format may refuse.
SORTS = {
    "empty": b"",
    "blank": "\u3000".encode(),
    "spaces": b"new york",
    "tabs": b"a\tb",
    "newlines": b"a\nb",
    "carriage returns": b"a\rb",
    "NUL": b"a\0b",
    "not UTF-8": b"na\xefve",
}
KEYS = [b"of", b"the", "日本".encode()]
VECTORS = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)


def test_the_page_has_all_formats() -> None:
    assert tuple(TABLE) == names()
    assert set(SECTIONS) == set(names())


@pytest.mark.parametrize("name", names())
def test_files_and_numbers(name: str) -> None:
    assert TABLE[name][FILE] == ("a folder" if find_format(name).FILES else "a file")
    assert tuple(TABLE[name][NUMBERS].split(", ")) == find_format(name).DTYPES


@pytest.mark.parametrize("name", READ)
def test_which_keys_are_refused(tmp_path: Path, name: str) -> None:
    refused = TABLE[name][REFUSED].split(", ")
    assert refused == ["none"] or set(refused) <= set(SORTS)
    for sort, key in SORTS.items():
        path = tmp_path / sort
        if sort in refused:
            with pytest.raises(OutputError, match="cannot hold the key"):
                write(path, name, [b"the", key], VECTORS[:2])
        else:
            assert read(write(path, name, [b"the", key], VECTORS[:2]), name).keys == [b"the", key]


@pytest.mark.parametrize("name", names())
def test_whether_counts_and_titles_survive(tmp_path: Path, name: str) -> None:
    going = exported(KEYS, VECTORS, counts=[5, 3, 1])
    going.titles = Keys.from_strings(["", "The Article", ""])
    path = tmp_path / "data"
    export_vectors(going, path, name)
    counts = open_artifact(path).arrays.get("counts") if name == "e2v" else read(path).counts
    assert TABLE[name][COUNTS] == ("no" if counts is None else "yes")
    files = path.iterdir() if path.is_dir() else [path]
    assert TABLE[name][TITLES] == ("yes" if any(b"The Article" in f.read_bytes() for f in files) else "no")
    said = ["counts"] * (TABLE[name][COUNTS] == "yes") + ["titles"] * (TABLE[name][TITLES] == "yes")
    assert list(find_format(name).KEEPS) == said


@pytest.mark.filterwarnings("ignore")  # examples are short, and leave closing files to Python
@pytest.mark.parametrize("name", names())
def test_another_program_reads_it_so(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = re.findall(r"^    (e2v export .*)$", SECTIONS[name], flags=re.MULTILINE)
    (code,) = re.findall(r"^```python\n(.*?)^```", SECTIONS[name], flags=re.MULTILINE | re.DOTALL)
    *start, file = shlex.split(command)
    assert start == ["e2v", "export", "model.e2v", "--to", name, "-o"]
    for module in re.findall(r"^(?:from|import) ([\w.]+)", code, flags=re.MULTILINE):
        pytest.importorskip(module, reason=f"{module} is not installed: [interop]")
    monkeypatch.chdir(tmp_path)
    printed: list[np.ndarray] = []
    for counts in (None, [5, 3, 1]):
        export_vectors(exported(KEYS, VECTORS, counts=counts), Path(file), name)
        exec(code, {"print": printed.append})
    for vector in printed:
        np.testing.assert_allclose(np.asarray(vector, np.float32), VECTORS[1], rtol=1e-6)
