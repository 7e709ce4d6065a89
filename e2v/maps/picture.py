"""A map as a picture, by matplotlib, which is of the [plot] extra."""

from __future__ import annotations

import colorsys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from e2v.errors import MissingExtraError
from e2v.maps.points import PointMap

#: Inches, and pixels of an inch in PNG.
_SIZE, _RESOLUTION = (10, 10), 200

#: Keys that are named besides the clusters, at most.
_NAMED = 150

#: Fonts that are tried for what the first has not: Chinese, Japanese, Korean.
_FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans", "Arial Unicode MS")


def check_there() -> None:
    """See that pictures can be drawn.

    Raises:
        MissingExtraError: matplotlib is not there.
    """
    if find_spec("matplotlib") is None:
        raise MissingExtraError("a picture", "matplotlib")


def draw(of: PointMap, path: Path, kind: str) -> None:
    """Write a picture; kind: png or svg. Its bytes depend on the map only."""
    import warnings

    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import get_font_names

    there = set(get_font_names())
    fonts = [name for name in _FONTS if name in there]
    with (
        warnings.catch_warnings(),
        matplotlib.rc_context(
            {"font.family": fonts, "svg.hashsalt": "e2v", "svg.fonttype": "none", "text.parse_math": False}
        ),
    ):
        warnings.simplefilter("ignore")  # of letters that no font has
        figure = Figure(figsize=_SIZE, dpi=_RESOLUTION)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set_axis_off()
        size = min(30.0, 60_000 / len(of.keys))
        axes.scatter(*of.places.T, s=size, c=_colours(of), linewidths=0, alpha=0.7, rasterized=True)
        _label(of, figure, axes)
        figure.savefig(path, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})


def _colours(of: PointMap) -> list[tuple[float, float, float]]:
    """A colour for each key: of its category, or else of its cluster."""
    if of.categories is None:
        groups = of.labels.tolist()
    else:
        numbers = {name: number for number, name in enumerate(dict.fromkeys(filter(None, of.categories)))}
        groups = [numbers.get(name, -1) for name in of.categories]
    return [
        (0.75, 0.76, 0.77)
        if group < 0
        else colorsys.hls_to_rgb((group * 0.381966 + 0.05) % 1, (0.4, 0.46, 0.52)[group % 3], 0.55)
        for group in groups
    ]


def _label(of: PointMap, figure: Any, axes: Any) -> None:
    """Name the clusters, and then the most frequent keys, wherever a name lies over no other."""
    from matplotlib.patheffects import withStroke

    names = [
        (*np.median(of.places[of.labels == number], axis=0), name, 9, "bold")
        for number, name in enumerate(of.names)
    ]
    names += [
        (*of.places[number], of.shown(number), 6, "normal") for number in range(min(_NAMED, len(of.keys)))
    ]
    renderer = figure.canvas.get_renderer()
    edge = axes.get_window_extent(renderer)
    taken: list[Any] = []
    for x, y, name, size, weight in names:
        text = axes.text(
            x,
            y,
            _short(name),
            size=size,
            weight=weight,
            ha="center",
            va="center",
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )
        box = text.get_window_extent(renderer)
        inside = box.x0 >= edge.x0 and box.x1 <= edge.x1 and box.y0 >= edge.y0 and box.y1 <= edge.y1
        if inside and not any(box.overlaps(other) for other in taken):
            taken.append(box)
        else:
            text.remove()


def _short(name: str, longest: int = 32) -> str:
    """A name in one line that is not too long, without what cannot be drawn."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    shown = shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
