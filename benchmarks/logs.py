"""How fast logs are read: `e2v events` beside the parsers of PyArrow, which only parse.

A log of `user,item,rating,timestamp`, as CSV and as JSON lines, of 60,000 users and items by popularity.
In turn, in one process: e2v reads it, puts each user's items in the order of time and writes a corpus;
PyArrow parses the file into columns. The start of the process and what is done once (imports, loading
compiled kernels) are left out by a first round that does not count. The file is in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.json
from compare import machine

from e2v import __version__
from e2v.corpus.events.build import build_events
from e2v.corpus.events.settings import EventSettings
from e2v.settings import resolve

USERS, ITEMS = 60_000, 40_000
ROWS_AT_ONCE = 1_000_000
PARSERS = {"CSV": "pyarrow.csv.read_csv: columns", "JSON lines": "pyarrow.json.read_json: columns"}
NAMES = ("user", "item", "rating", "timestamp")


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
            results += measure(Path(scratch), rows, options.rounds)
    facts = {
        "rows": results,
        "machine": machine(),
        "note": f"e2v {__version__}, PyArrow {pyarrow.__version__}; medians of {options.rounds} rounds.",
    }
    Path(options.output).write_text(json.dumps(facts, indent=1) + "\n")


def measure(folder: Path, rows: int, rounds: int) -> list[dict[str, Any]]:
    """The medians of every reader of a log of so many rows."""
    csv, lines = folder / "log.csv", folder / "log.jsonl"
    write_log(csv, lines, rows)
    output = folder / "corpus.e2v"
    settings = resolve(EventSettings, {"time": "timestamp"})
    readers: list[tuple[str, str, Callable[[], object]]] = [
        ("CSV", "e2v events: a corpus", lambda: build_events([str(csv)], output, settings)),
        ("CSV", PARSERS["CSV"], lambda: pyarrow.csv.read_csv(csv)),
        ("JSON lines", "e2v events: a corpus", lambda: build_events([str(lines)], output, settings)),
        ("JSON lines", PARSERS["JSON lines"], lambda: pyarrow.json.read_json(lines)),
    ]
    taken: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number in range(rounds + 1):
        for form, name, read in readers:
            began, cpu = time.perf_counter(), time.process_time()
            read()
            if number:
                spent = (time.perf_counter() - began, time.process_time() - cpu)
                taken.setdefault((form, name), []).append(spent)
            print(f"{rows:,} rows, {form}, {name}: {time.perf_counter() - began:.3f} s", flush=True)
    results = []
    for (form, name), spent in taken.items():
        seconds, cpu = (statistics.median(column) for column in zip(*spent, strict=True))
        parse = statistics.median(
            wall for (f, n), all_ in taken.items() for wall, _ in all_ if f == form and "py" in n
        )
        results.append(
            {
                "rows": f"{rows:,}",
                "format": form,
                "MB": round((csv if form == "CSV" else lines).stat().st_size / 1e6),
                "reader": name,
                "seconds": f"{seconds:.2f}",
                "CPU s": f"{cpu:.2f}",
                "M rows/s": f"{rows / seconds / 1e6:.2f}",
                "of PyArrow's time": f"{seconds / parse:.2f}",
            }
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"peak memory of all readers so far: {peak:,.0f} MB", flush=True)
    return results


def write_log(csv: Path, lines: Path, rows: int) -> None:
    """The same events in two formats."""
    rng = np.random.default_rng(1)
    with csv.open("w") as table, lines.open("w") as objects:
        table.write(",".join(NAMES) + "\n")
        for first in range(0, rows, ROWS_AT_ONCE):
            n = min(ROWS_AT_ONCE, rows - first)
            columns = (
                rng.integers(0, USERS, n),
                rng.zipf(1.3, n) % ITEMS,
                rng.integers(1, 11, n) / 2,
                rng.integers(1_200_000_000, 1_300_000_000, n),
            )
            for values in zip(*(column.tolist() for column in columns), strict=True):
                table.write(",".join(map(str, values)) + "\n")
                objects.write(json.dumps(dict(zip(NAMES, values, strict=True))) + "\n")


if __name__ == "__main__":
    main()
