"""A map as a Parquet table, which Embedding Atlas, DataMapPlot and any data frame read."""

from __future__ import annotations

from pathlib import Path

from e2v.errors import MissingExtraError
from e2v.maps.points import PointMap


def check_there() -> None:
    """See that tables can be written.

    Raises:
        MissingExtraError: PyArrow is not there.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("writing Parquet", "pyarrow") from error


def write(of: PointMap, path: Path) -> None:
    """Write a row for each key: x, y, key, title, count, cluster, name, category, neighbors.

    The last is a struct of ids, row numbers, and distances, 1 - cosine, nearest first, as Embedding Atlas
    takes it.
    """
    import pyarrow as arrow
    import pyarrow.parquet

    n, k = of.neighbours.shape
    ids = arrow.FixedSizeListArray.from_arrays(arrow.array(of.neighbours.ravel()), k).cast(
        arrow.list_(arrow.int32())
    )
    distances = arrow.FixedSizeListArray.from_arrays(arrow.array((1 - of.cosines).ravel()), k)
    columns = {
        "x": arrow.array(of.places[:, 0]),
        "y": arrow.array(of.places[:, 1]),
        "key": arrow.array([_text(key) for key in of.keys], arrow.string()),
        "title": arrow.array(
            [None] * n if of.titles is None else [_text(each) for each in of.titles], arrow.string()
        ),
        "count": arrow.nulls(n, arrow.int64()) if of.counts is None else arrow.array(of.counts),
        "cluster": arrow.array(of.labels),
        "name": arrow.array([_text(of.names[label]) for label in of.labels.tolist()], arrow.string()),
        "category": arrow.array(
            [None] * n if of.categories is None else [_text(each) for each in of.categories], arrow.string()
        ),
        "neighbors": arrow.StructArray.from_arrays(
            [ids, distances.cast(arrow.list_(arrow.float32()))], ["ids", "distances"]
        ),
    }
    arrow.parquet.write_table(arrow.table(columns), path)


def _text(text: str) -> str | None:
    """Text as Parquet can have it, which is UTF-8; None for none."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") or None
