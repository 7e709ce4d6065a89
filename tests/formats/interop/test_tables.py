"""PyArrow, sqlite-vec and faiss work with what we write; the last two need the [interop] extra."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from e2v.store import Keys
from e2v.vectors import KeyedVectors, similar
from tests.formats.interop.sample import COUNTS, ENCODED, KEYS, VECTORS
from tests.formats.support import read, write


def nearest(key: str, n: int) -> list[str]:
    return [answer.key for answer in similar(KeyedVectors(Keys.from_strings(KEYS), VECTORS), [key], n=n)]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_arrow_reads_columns(tmp_path: Path, dtype) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: [io]")
    from pyarrow import parquet

    write(tmp_path / "vectors.parquet", "parquet", ENCODED, VECTORS, dtype, counts=COUNTS)
    table = parquet.read_table(tmp_path / "vectors.parquet")
    assert table.column_names == ["word", "vector", "count"]
    assert table.schema.field("word").type == pyarrow.string()
    number = pyarrow.float16() if dtype == "float16" else pyarrow.float32()
    assert table.schema.field("vector").type.value_type == number
    assert table["word"].to_pylist() == KEYS and table["count"].to_pylist() == COUNTS
    rows = np.array(table["vector"].to_pylist(), np.float32)
    np.testing.assert_array_equal(rows, VECTORS.astype(dtype))


@pytest.mark.parametrize("key_type", ["string", "large_string"])
@pytest.mark.parametrize("vector_type", ["list_", "large_list", "fixed"])
def test_we_read_columns_of_arrow(tmp_path: Path, key_type: str, vector_type: str) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: [io]")
    from pyarrow import parquet

    kind = (
        pyarrow.list_(pyarrow.float64(), 20)
        if vector_type == "fixed"
        else getattr(pyarrow, vector_type)(pyarrow.float64())
    )
    columns = {
        "item": pyarrow.array(KEYS, getattr(pyarrow, key_type)()),
        "rank": pyarrow.array(COUNTS),
        "place": pyarrow.array(VECTORS.astype(np.float64).tolist(), kind),
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "theirs.parquet", row_group_size=100)
    found = read(tmp_path / "theirs.parquet")
    assert found.keys == ENCODED and found.counts is None
    np.testing.assert_array_equal(found.values, VECTORS)


def test_the_parts_that_spark_writes_are_read_in_order(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: [io]")
    from pyarrow import parquet

    data = tmp_path / "model" / "data"
    data.mkdir(parents=True)
    (tmp_path / "model" / "metadata").mkdir()
    (data / "_SUCCESS").touch()
    for part, first in enumerate(range(0, len(KEYS), 200)):
        rows = slice(first, first + 200)
        vectors = pyarrow.array(VECTORS[rows].tolist(), pyarrow.list_(pyarrow.float32()))
        columns = {"word": KEYS[rows], "vector": vectors}
        parquet.write_table(pyarrow.table(columns), data / f"part-{part:05}-x.snappy.parquet")
    for folder in (tmp_path / "model", data):
        found = read(folder)
        assert found.keys == ENCODED
        np.testing.assert_array_equal(found.values, VECTORS)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_sqlite_vec_searches_it(tmp_path: Path, dtype) -> None:
    apsw = pytest.importorskip("apsw", reason="apsw is not installed: [interop]")
    sqlite_vec = pytest.importorskip("sqlite_vec", reason="sqlite-vec is not installed: [interop]")
    path = write(tmp_path / "vectors.db", "sqlite", ENCODED, VECTORS, dtype)
    convert = "vec_int8" if dtype == "int8" else "vec_f32"
    wanted = f"{convert}((SELECT vector FROM vectors WHERE key = 'the'))"
    with closing(apsw.Connection(str(path))) as database:
        database.enable_load_extension(True)
        database.load_extension(sqlite_vec.loadable_path())
        scan = (
            f"SELECT key FROM vectors WHERE key <> 'the' "
            f"ORDER BY vec_distance_cosine({convert}(vector), {wanted}) LIMIT 5"
        )
        found = [key for (key,) in database.execute(scan)]
        column = f"vector {'int8' if dtype == 'int8' else 'float'}[20] distance_metric=cosine"
        database.execute(f"CREATE VIRTUAL TABLE neighbours USING vec0({column})")
        database.execute(
            f"INSERT INTO neighbours(rowid, vector) SELECT rowid, {convert}(vector) FROM vectors"
        )
        query = (
            "SELECT key FROM neighbours JOIN vectors ON vectors.rowid = neighbours.rowid WHERE "
            f"neighbours.vector MATCH {wanted} AND k = 6"
        )
        indexed = [key for (key,) in database.execute(query)]
    assert found == nearest("the", 5)
    assert sorted(indexed) == sorted(["the", *found])
    # The database has a table of vec0 now, whose keys are the rowids.
    again = read(path)
    assert [key.decode() for key in again.keys] == [str(row + 1) for row in range(len(KEYS))]
    assert (again.values == read_plain(tmp_path, dtype)).all()


def read_plain(folder: Path, dtype) -> np.ndarray:
    return read(write(folder / "plain.db", "sqlite", ENCODED, VECTORS, dtype)).values


def test_faiss_searches_the_array(tmp_path: Path) -> None:
    faiss = pytest.importorskip("faiss", reason="faiss is not installed: [interop]")
    write(tmp_path / "arrays", "npy", ENCODED, VECTORS)
    vectors = np.load(tmp_path / "arrays" / "vectors.npy", mmap_mode="r")
    keys = (tmp_path / "arrays" / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert keys == KEYS
    rows = np.array(vectors)
    faiss.normalize_L2(rows)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    _, found = index.search(rows[:1], 6)
    assert [keys[row] for row in found[0]] == ["the", *nearest("the", 5)]
