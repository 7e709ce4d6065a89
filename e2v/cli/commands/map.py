"""`e2v map`: keys in two dimensions, to be looked at."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import model_argument, output
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay
from e2v.maps.settings import MapSettings
from e2v.notices import counted


@dataclass(frozen=True, kw_only=True)
class Files:
    """What is read and written."""

    model: Path = model_argument()
    output: str | None = output()


def command(files: Files, settings: MapSettings) -> None:
    """Draw a map of the keys of MODEL: what is alike lies together.

    `e2v map model.e2v -o map.html` makes a page to zoom, search and click in: one file, which opens anywhere
    and loads nothing. A click shows the nearest keys by their whole vectors, which two dimensions cannot
    keep. Colours are those of clusters, as of `e2v cluster`, of `--categories`, or of counts.

    `-o map.png` and `-o map.svg` are pictures for print ([plot] extra), `-o map.parquet` is a table of
    places, clusters and neighbours for other programs ([io] extra). Without `-o` a rough map is drawn on
    stdout.

    Examples:
        e2v map model.e2v -o map.html
        e2v map tower.e2v --categories movies.csv:movieId:genres -o films.html
        e2v map model.e2v --restrict 5000
    """
    from e2v.jobs.map import make

    to = None if files.output is None else file_output(files.output, None, "a map")
    with ProgressDisplay() as progress:
        made = make(files.model, to, settings, report=progress)
    found = made.map
    if made.output is None:
        from e2v.maps.sketch import sketch

        width, height = shutil.get_terminal_size((80, 24))
        for line in sketch(found, max(width - 1, 20), max(height - 2, 10)):
            sys.stdout.write(line + "\n")
        return
    size = f"{made.bytes / 1e6:,.1f} MB" if made.bytes >= 1e6 else f"{made.bytes / 1e3:,.0f} kB"
    words = f"map of {counted(len(found.keys), 'key')} in {counted(len(found.names), 'cluster')}, {size}"
    facts = {"keys": len(found.keys), "clusters": len(found.names), "bytes": made.bytes}
    say_result("map", made.output, [words], facts)
