"""Maps as Python has them."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from pathlib import Path

from e2v.errors import UsageError
from e2v.jobs.map import make
from e2v.maps.page import page
from e2v.maps.points import PointMap
from e2v.maps.settings import MapSettings
from e2v.store import Output

#: Pixels of a map in a notebook.
_HEIGHT = 640


class MapOfKeys:
    """Keys in two dimensions: places, clusters and neighbours are in `points`; a notebook shows the page."""

    def __init__(self, points: PointMap) -> None:
        self.points = points

    @property
    def page(self) -> str:
        """The page, HTML."""
        return page(self.points)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, so that it and the notebook leave each other alone."""
        inside = html.escape(self.page)
        style = f"width: 100%; height: {_HEIGHT}px; border: 1px solid #8886; border-radius: 6px"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{inside}"></iframe>'

    def __repr__(self) -> str:
        return f"<e2v map of {len(self.points.keys):,} keys>"


def map_of(
    model: Path, output: str | os.PathLike[str] | None, keys: Iterable[str] | None, settings: MapSettings
) -> MapOfKeys | Path:
    """The map of a model, or the file that is made of it."""
    if output is not None and os.fspath(output) == "-":
        raise UsageError("- is no output in Python", "name a file; one called - is ./-")
    made = make(model, None if output is None else Output(Path(output)), settings, keys)
    return MapOfKeys(made.map) if made.output is None else made.output
