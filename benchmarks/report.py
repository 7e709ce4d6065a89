"""Write docs/benchmarks.md from the result files, so that no figure there was typed by hand.

A result that is missing is an error; `--draft` leaves its place marked instead. `--check` writes nothing and
fails if the page is not what the results say.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
RESULTS = HERE / "results"

Run = dict[str, Any]


def main() -> None:
    """Write or check the page."""
    page = re.sub(r"@@([\w-]+)@@", lambda place: result_table(place[1]), (HERE / "page.md").read_text())
    if "--check" in sys.argv:
        if PAGE.read_text() != page:
            sys.exit("docs/benchmarks.md is not what the results say: run python benchmarks/report.py")
    else:
        PAGE.write_text(page)


def result_table(name: str) -> str:
    """The table of a result file."""
    path = RESULTS / f"{name}.json"
    if path.exists():
        return render(json.loads(path.read_text()))
    if "--draft" in sys.argv:
        return f"*{path.name} is missing.*"
    sys.exit(f"benchmarks/page.md asks for a result that is missing: {path.name}")


def render(result: dict[str, Any]) -> str:
    """A result file as Markdown: trainers or processes beside their peers, methods that rank, or rows."""
    if "runs" in result:
        table = trainers(result["runs"])
    elif "groups" in result:
        table = groups(result["groups"])
    elif "methods" in result:
        table = methods(result["methods"])
    elif "processes" in result:
        table = processes(result["processes"])
    else:
        table = rows(result["rows"])
    return f"{table}\n\n{footnote(result)}"


def trainers(runs: list[Run]) -> str:
    """Each mode's trainers: medians of the rounds, and the ratio to e2v's time in the same run."""
    lines = []
    measured = list(dict.fromkeys(name for run in runs for name in run.get("quality", {}) if name in QUALITY))
    for mode in dict.fromkeys(run["mode"] for run in runs):
        of_mode = [run for run in runs if run["mode"] == mode]
        ours = median(r["seconds"] for r in of_mode if r["trainer"] == "e2v")
        for trainer in dict.fromkeys(run["trainer"] for run in of_mode):
            theirs = [run for run in of_mode if run["trainer"] == trainer]
            seconds = median(r["seconds"] for r in theirs)
            quality = next((r["quality"] for r in theirs if "quality" in r), {})
            lines.append(
                [
                    mode,
                    trainer,
                    f"{seconds:.1f}",
                    f"{theirs[0]['words'] / seconds / 1e6:.2f}",
                    f"{seconds / ours:.1f}",
                    f"{median(r['cpu_seconds'] for r in theirs):.1f}",
                    *(f"{quality[name]:.3f}" if name in quality else "" for name in measured),
                    f"{median(r['peak_mb'] for r in theirs):.0f}",
                ]
            )
    columns = ["mode", "trainer", "seconds", "M words/s", "time of e2v", "CPU s", *measured, "peak MB"]
    return markdown(columns, lines)


QUALITY = ("analogies", "semantic", "syntactic", "wordsim353", "recall@20", "ndcg@20")


def methods(measured: Sequence[dict[str, Any]]) -> str:
    """Methods that rank: each metric with half its 95% confidence interval, and what they took."""
    metrics = [f"{name}@{k}" for k in (10, 20) for name in ("recall", "ndcg")]
    lines = []
    for row in measured:
        values = (row["measures"].get(name) for name in metrics)
        figures = [f"{one[0]:.4f} ±{(one[2] - one[1]) / 2:.4f}" if one else "" for one in values]
        times = [f"{row[name]:.1f}" if name in row else "" for name in TIMES]
        lines.append([row["method"], *figures, *times, f"{row['peak_mb']}"])
    return markdown(["method", *metrics, *TIMES.values(), "peak MB"], lines)


#: What is shown of each group of held-out items: the group, the metric, and the heading.
GROUPS = (
    ("warm", "ndcg", "all, ndcg@20"),
    ("few", "recall", "fewer than 5 events, recall@20"),
    ("new, among all", "recall", "new among all, recall@20"),
    ("new, among new", "recall", "new among new, recall@20"),
    ("warm, new ones among them", "ndcg", "all, new ones competing, ndcg@20"),
)
#: What needs no training, and ranks new items only.
BY_ATTRIBUTES = {
    "chance": "chance",
    "popular": "popularity within the categories",
    "profile": "categories of the history",
}


def groups(measured: Sequence[dict[str, Any]]) -> str:
    """Methods with and without features of items, by how much is known of what is held out."""
    lines = []
    for row in measured:
        if "chance" in row["measures"]:
            for name, told in BY_ATTRIBUTES.items():
                value = f"{row['measures'][name]['recall']:.4f}"
                lines.append(
                    [told, *(value if group == "new, among new" else "" for group, *_ in GROUPS), ""]
                )
            continue
        figures = []
        for group, metric, _ in GROUPS:
            value, low, high = row["measures"].get(group, {}).get(metric, (None, 0, 0))
            figures.append("" if value is None else f"{value:.4f} ±{(high - low) / 2:.4f}")
        lines.append([row["method"], *figures, f"{row['cpu_seconds']:.1f}"])
    return markdown(["method", *(heading for *_, heading in GROUPS), "CPU s"], lines)


def processes(runs: list[Run]) -> str:
    """Each task's programs: medians of the rounds, and the ratio to the CPU time of the first program."""
    lines = []
    for task in dict.fromkeys(run["task"] for run in runs):
        of_task = [run for run in runs if run["task"] == task]
        first = median(r["cpu_seconds"] for r in of_task if r["program"] == of_task[0]["program"])
        for program in dict.fromkeys(run["program"] for run in of_task):
            theirs = [run for run in of_task if run["program"] == program]
            wall, cpu, peak = (
                median(run[name] for run in theirs) for name in ("wall_seconds", "cpu_seconds", "peak_mb")
            )
            speed = f"{theirs[0]['bytes'] / wall / 1e6:.0f}" if "bytes" in theirs[0] else ""
            lines.append(
                [task, program, f"{wall:.1f}", f"{cpu:.1f}", f"{cpu / first:.1f}", speed, f"{peak:.0f}"]
            )
    return markdown(["task", "program", "wall s", "CPU s", "CPU of the first", "MB/s", "peak MB"], lines)


TIMES = {"cpu_seconds": "CPU s", "ranking_cpu_seconds": "ranking, CPU s"}


def rows(measured: Sequence[dict[str, Any]]) -> str:
    """Rows with the same columns."""
    columns = list(dict.fromkeys(name for row in measured for name in row))
    return markdown(columns, [[text(row.get(name, "")) for name in columns] for row in measured])


def text(value: Any) -> str:
    """A cell: numbers with three significant digits after the point at most."""
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def markdown(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (columns, ["---"] * len(columns), *lines))


def footnote(result: dict[str, Any]) -> str:
    """The machine, and the versions and settings of what was run on it."""
    machine = result["machine"]
    parts = [f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}."]
    runs, processes = result.get("runs", []), result.get("processes", [])
    versions = {run["trainer"]: run["version"] for run in runs}
    versions |= {run["program"].split()[0]: run["version"] for run in processes}
    if versions:
        parts.append(", ".join(f"{program} {version}" for program, version in versions.items()) + ".")
    if runs:
        settings = {k: v for k, v in runs[0]["settings"].items() if k not in ("arch", "loss", "lr")}
        parts.append("; ".join(f"{k} {v}" for k, v in settings.items()) + ".")
    parts += [told(row) for row in result.get("methods", [])]
    if "groups" in result:
        parts.append(
            f"{result['items']:,} items, {result['new_items']:,} new ones, {result['users']:,} users."
        )
        parts += [told(row) for row in result["groups"] if "command" in row and " with " not in row["method"]]
    parts.append(result.get("note", ""))
    return " ".join(part for part in parts if part)


def told(row: dict[str, Any]) -> str:
    """How a method was called."""
    if "command" in row:
        return f"{row['method']}: `e2v {row['command']}`."
    settings = ", ".join(f"{k} {v}" for k, v in row["settings"].items() if k not in ("k", "seed"))
    return f"{row['method']} {row['version']}: {settings}."


def median(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


if __name__ == "__main__":
    main()
