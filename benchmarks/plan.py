"""How near `e2v plan` comes: what it says of runs, and what they then take.

    python benchmarks/plan.py TEXT CHINESE INTERACTIONS -o benchmarks/results/plan.json

TEXT: some 100 MB of English, one sentence a line, of which the first 40 MB are used but for the last runs.
CHINESE: text with blanks between words, which may be compressed. INTERACTIONS: a folder with
movielens-latest-small/ratings.csv and groceries/groceries.csv. Some ten minutes on a quiet machine of two
cores.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from compare import E2V, last_report, machine, run_process

_PART = 40_000_000  # bytes of the English text

#: What is trained on, and how; with an epoch unless it says otherwise.
RUNS = (
    ("corpus", "--dim 50"),
    ("corpus", "--dim 100"),
    ("corpus", "--dim 100 --threads 1"),
    ("corpus", "--dim 200"),
    ("corpus", "--dim 300"),
    ("corpus", "--dim 300 --threads 1"),
    ("corpus", "--dim 100 --window 10 --negative 10"),
    ("corpus", "--dim 100 --sample 1e-4 --epochs 2"),
    ("corpus", "--arch cbow --dim 100"),
    ("corpus", "--arch cbow --dim 300 --threads 1"),
    ("corpus", "--loss hierarchical-softmax --dim 100"),
    ("corpus", "--loss hierarchical-softmax --dim 100 --threads 1"),
    ("corpus", "--arch cbow --loss hierarchical-softmax --dim 200"),
    ("corpus", "--subword 3:6 --dim 100"),
    ("corpus", "--subword 3:6 --dim 100 --threads 1"),
    ("corpus", "--arch cbow --subword 3:6 --dim 300"),
    ("corpus", "--arch cbow --subword 3:5 --buckets 20000 --dim 100"),
    ("corpus", "--loss hierarchical-softmax --subword 3:6 --dim 50"),
    ("corpus", "--context set --set-sample 10 --dim 100"),
    ("corpus", "--preset best --epochs 1"),
    ("frequent", "--dim 300"),
    ("chinese-corpus", "--dim 100"),
    ("chinese-corpus", "--arch cbow --subword 1:3 --dim 100"),
    ("chinese", "--dim 100"),
    ("chinese", "--dim 50 --min-count 1"),
    ("movielens", "--preset items --epochs 40"),
    ("movielens", "--preset items --epochs 40 --dim 200 --threads 1"),
    ("groceries", "--preset items --epochs 40"),
    ("text", "--dim 100"),
    ("text", "--dim 100 --min-count 20 --threads 1"),
    ("text", "--dim 100 --tokenizer word --lowercase"),
    ("whole", "--dim 100"),
    ("whole", "--arch cbow --dim 200 --min-count 10"),
)


NOTE = "*Ratio* is planned by measured. One epoch unless the options say otherwise; without compiling."
WITHOUT_TIMES = "*Ratio* is planned by measured. Each run was trained for a second, beside other work."


def main() -> None:
    """Plan each run, run it, and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("text", type=Path, help="English text")
    parser.add_argument("chinese", type=Path, help="Chinese text")
    parser.add_argument("interactions", type=Path, help="folder of logs")
    parser.add_argument("--output", "-o", required=True, type=Path, help="result file, JSON")
    parser.add_argument("--only", default="", help="only runs with this regular expression in their words")
    parser.add_argument(
        "--no-times",
        action="store_true",
        help="train for a second each, and leave out times: on a busy machine",
    )
    options = parser.parse_args()
    began = time.monotonic()
    note = WITHOUT_TIMES if options.no_times else NOTE
    rows: list[dict[str, Any]] = []
    measured = ("memory", "model") if options.no_times else ("seconds", "memory", "model")
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        inputs = made(options, Path(scratch))
        for name, given in RUNS:
            if not re.search(options.only, f"{name} {given}"):
                continue
            words = [str(inputs[name]), *lasting(given, options.no_times), "-o", f"{scratch}/model.e2v"]
            found, planning = compared(words, Path(scratch))
            row: dict[str, Any] = {"input": name, "options": given}
            for what in measured:
                planned, taken = found[what]
                unit = "s" if what == "seconds" else "MB"
                row |= {f"{what}, planned": round(planned, 1), f"{what}, {unit}": round(taken, 1)}
                row[f"{what}, ratio"] = round(planned / taken, 3)
            if not options.no_times:
                row["planning, s"] = planning
            rows.append(row)
            print(json.dumps(row), flush=True)
            result = {"machine": machine(), "note": note, "rows": rows}
            options.output.write_text(json.dumps(result, indent=1) + "\n")
    for what in measured:
        off = [abs(row[f"{what}, ratio"] - 1) for row in rows]
        print(f"{what}: off by {statistics.median(off):.1%} (median), {max(off):.1%} (most)")
    print(f"{time.monotonic() - began:.0f} s")


def lasting(given: str, briefly: bool) -> list[str]:
    """Options of a run: with an epoch unless they say otherwise, or with a second of training."""
    words = re.sub(r"--epochs \d+", "", given).split() if briefly else given.split()
    if briefly:
        return [*words, "--time-budget", "1s"]
    return words if "--epochs" in words else [*words, "--epochs", "1"]


def made(options: argparse.Namespace, folder: Path) -> dict[str, Path]:
    """What is trained on, by name."""
    part = folder / "part.txt"
    with options.text.open("rb") as whole:
        part.write_bytes(whole.read(_PART).rpartition(b"\n")[0] + b"\n")
    logs = options.interactions
    lines = {
        "corpus": ("vocab", part),
        "frequent": ("vocab", part, "--min-count", "50"),
        "chinese-corpus": ("vocab", options.chinese),
        "movielens": ("events", logs / "movielens-latest-small/ratings.csv"),
        "groceries": ("events", logs / "groceries/groceries.csv", "--layout", "baskets"),
    }
    for name, line in lines.items():
        subprocess.run([*E2V, *map(str, line), "-o", folder / f"{name}.e2v", "-q"], check=True)
    files = {name: folder / f"{name}.e2v" for name in lines}
    return files | {"text": part, "whole": options.text, "chinese": options.chinese}


def compared(words: list[str], folder: Path) -> tuple[dict[str, tuple[float, float]], float]:
    """What a plan says of a run and what it takes: seconds without compiling, MB of memory at the peak and of
    the model; and the seconds that planning took.
    """
    lines, planning = run_process([*E2V, "plan", *words, "--format", "json", "-q"])
    steps = {row["step"]: row for row in map(json.loads, lines) if "step" in row}
    lines, usage = run_process([*E2V, "train", *words, "--progress", "json"])
    report = last_report(lines)
    model = folder / "model.e2v"
    found = {
        "seconds": (steps["all"]["seconds"], report["total_seconds"] - report["parts"].get("compiling", 0)),
        "memory": (steps["all"]["memory_mb"], usage["peak_mb"] * 2**20 / 1e6),
        "model": (steps["writing"]["disk_mb"] - steps["preparing"]["disk_mb"], model.stat().st_size / 1e6),
    }
    model.unlink()
    return found, planning["wall_seconds"]


if __name__ == "__main__":
    main()
