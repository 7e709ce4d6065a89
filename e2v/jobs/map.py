"""The keys of a model are put on a map: a page, a picture, a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from e2v.errors import UsageError
from e2v.jobs.vectors import vectors_of
from e2v.maps.points import PointMap, make_map
from e2v.maps.settings import MapSettings
from e2v.progress import Progress, Report, silent
from e2v.store import Output, reserved
from e2v.store.atomic import atomic_path
from e2v.vectors.categories import read_categories
from e2v.vectors.selector import only_keys


@dataclass(frozen=True)
class MapResult:
    """A map; output: the file, None if there is none. bytes: of it."""

    map: PointMap
    output: Path | None
    bytes: int = 0


def make(
    model: str | Path,
    output: Output | None,
    settings: MapSettings,
    keys: Iterable[str] | None = None,
    report: Report = silent,
) -> MapResult:
    """Make a map, and write it as its ending says: .html, .png, .svg, .parquet.

    keys: in place of those of `settings.only`.

    Raises:
        E2VError: see `vectors_of`, `read_categories`, `make_map` and `reserved`; another ending.
    """
    write = None if output is None else _writer(output.path)
    categories = settings.categories
    read = [model, *settings.only, categories and categories.path]
    with reserved("map", [replace(output, kinds=())] if output else [], read):
        vectors = vectors_of(model, settings)
        of_keys = categories and read_categories(categories)
        if keys is None and settings.only:
            keys = only_keys(settings.only, vectors.keys, categories, of_keys or {})
        found = make_map(
            Path(model).name,
            vectors,
            settings,
            keys,
            of_keys,
            lambda step, done, total: report(Progress(step, "keys", done, total)),
        )
        if output is None or write is None:
            return MapResult(found, None)
        with atomic_path(output.path) as temporary:
            write(found, temporary)
    return MapResult(found, output.path, output.path.stat().st_size)


def _writer(path: Path) -> Callable[[PointMap, Path], None]:
    """What writes a file of this name.

    Raises:
        UsageError: nothing does.
        MissingExtraError: what does so is of an extra that is not there.
    """
    ending = path.suffix.lower()
    if ending in (".html", ".htm"):
        return _write_page
    if ending in (".png", ".svg"):
        from e2v.maps import picture

        picture.check_there()
        return lambda found, temporary: picture.draw(found, temporary, ending[1:])
    if ending == ".parquet":
        from e2v.maps import table

        table.check_there()
        return table.write
    raise UsageError(f"{path}: what should it be?", "name a .html, .png, .svg or .parquet file")


def _write_page(found: PointMap, path: Path) -> None:
    from e2v.maps.page import page

    path.write_text(page(found), encoding="utf-8")
