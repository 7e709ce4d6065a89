"""Words a second of every mode of e2v train, with one thread and with two.

    python benchmarks/modes.py CORPUS -o benchmarks/results/modes.json

One epoch; 5 noise words, a window of 5. Modes take turns, and the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from compare import E2V, last_report, machine, run_process

MODES = {
    f"{arch}, {loss}{', 3- to 6-grams' if subword else ''}": (
        *("--arch", arch, "--loss", loss),
        *(("--subword", "3:6") if subword else ()),
    )
    for subword in (False, True)
    for loss in ("negative-sampling", "hierarchical-softmax")
    for arch in ("skipgram", "cbow")
} | {"sets of words (a sentence is a set), negative-sampling": ("--context", "set", "--set-sample", "10")}
THREADS = (1, 2)


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="a corpus.e2v")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dims", type=int, nargs="+", default=[100, 300])
    options = parser.parse_args()
    speeds: dict[tuple[int, str, int], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        fixed = ["-o", f"{folder}/model.e2v", "--epochs", "1", "--sample", "1e-4", "--progress", "json"]
        for _ in range(options.rounds):
            for dim in options.dims:
                for mode, flags in MODES.items():
                    for threads in THREADS:
                        told = [*flags, "--dim", str(dim), "--threads", str(threads)]
                        lines, _ = run_process([*E2V, "train", options.corpus, *fixed, *told])
                        speeds[dim, mode, threads].append(last_report(lines)["words_per_second"] / 1e6)
    rows = []
    for dim in options.dims:
        for mode in MODES:
            one, two = (statistics.median(speeds[dim, mode, threads]) for threads in THREADS)
            rows.append(
                {
                    "dim": dim,
                    "mode": mode,
                    "M words/s, 1 thread": round(one, 2),
                    "2 threads": round(two, 2),
                    "gain": round(two / one, 2),
                }
            )
    Path(options.output).write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
