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

#: The colour of what is in no category.
_NONE = (0.75, 0.76, 0.77)

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
        if of.categories is not None:
            _explain(of, axes)
        _label(of, figure, axes)
        figure.savefig(path, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})


def _colours(of: PointMap) -> list[tuple[float, float, float]]:
    """A colour for each key: of its category, or else of its cluster."""
    if of.categories is None:
        return [_colour(group) for group in of.labels.tolist()]
    colours = {name: _colour(number) for number, name in enumerate(of.category_names)}
    return [colours.get(name, _NONE) for name in of.categories]


def _colour(number: int, lightness: float | None = None) -> tuple[float, float, float]:
    """The colour of a cluster or a category: hues that lie far apart, by the golden angle."""
    if lightness is None:
        lightness = (0.4, 0.46, 0.52)[number % 3]
    return colorsys.hls_to_rgb((number * 0.381966 + 0.05) % 1, lightness, 0.55)


def _explain(of: PointMap, axes: Any) -> None:
    """Say which colour is of which category."""
    from matplotlib.lines import Line2D

    assert of.categories is not None
    named = [(_short(name), _colour(number)) for number, name in enumerate(of.category_names)]
    if "" in of.categories:
        named.append(("none of these", _NONE))
    dots = [Line2D([], [], marker="o", linestyle="", color=colour, label=name) for name, colour in named]
    axes.legend(handles=dots, loc="lower right", fontsize=6, borderpad=1, handletextpad=0.2, edgecolor="0.85")


def _label(of: PointMap, figure: Any, axes: Any) -> None:
    """Name the clusters, and then the most frequent keys, wherever a name lies over no other."""
    from matplotlib.patheffects import withStroke

    names: list[tuple[float, float, str, dict[str, Any]]] = []
    for number, name in enumerate(of.names if len(of.names) > 1 else ()):  # one cluster is no region
        x, y = np.median(of.places[of.labels == number], axis=0)
        colour = _colour(number, 0.22) if of.categories is None else "black"
        names.append((x, y, _some(name), {"size": 9, "weight": "bold", "color": colour}))
    names += [
        (*place, _short(of.shown(number)), {"size": 6}) for number, place in enumerate(of.places[:_NAMED])
    ]
    renderer = figure.canvas.get_renderer()
    edge = axes.get_window_extent(renderer)
    legend = axes.get_legend()
    taken: list[Any] = [] if legend is None else [legend.get_window_extent(renderer)]
    outline = [withStroke(linewidth=2.5, foreground="white")]
    for x, y, name, font in names:
        text = axes.text(x, y, name, ha="center", va="center", path_effects=outline, **font)
        box = text.get_window_extent(renderer)
        inside = box.x0 >= edge.x0 and box.x1 <= edge.x1 and box.y0 >= edge.y0 and box.y1 <= edge.y1
        if inside and not any(box.overlaps(other) for other in taken):
            taken.append(box)
        else:
            text.remove()


def _some(names: str, longest: int = 32) -> str:
    """As many of the names of a cluster as are not too long together, the first at least."""
    whole = names[: longest + 1].rfind(", ") if len(names) > longest else -1
    return _short(names[:whole] if whole > 0 else names)


def _short(name: str, longest: int = 32) -> str:
    """A name in one line that is not too long, without what cannot be drawn."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    shown = shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
