"""Rank each user's last ten items, each from all that the user had before it, among all items.

Learned from what comes before the ten, so that a model meets nothing that it is asked for; the history of a
case has what was asked for earlier. Each method learns once for each seed; figures are means over the seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from compare import E2V, machine, run_process
from items import DATASETS, measures_in

from e2v.corpus.artifact import open_corpus
from e2v.corpus.histories import user_histories

K = 20
ASKED = 10
METHODS = {
    "tower": ("tower",),
    "tower, 10 examples a user": ("tower", "--per-user", "10"),
    "truncated SVD": ("svd",),
}


def main() -> None:
    """Measure each method, and write a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="of MovieLens latest-small")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        folder = Path(scratch)
        cases = prepare(Path(options.folder), folder)
        for name, command in METHODS.items():
            runs = [measure(folder, command, seed, options.threads) for seed in range(1, 1 + options.seeds)]
            means = {key: statistics.mean(run[key] for run in runs) for key in runs[0]}
            row = {
                "method": name,
                **{key: f"{means[key]:.4f}" for key in ("NDCG@20", "recall@20")},
                "least and highest NDCG@20": "{:.4f} {:.4f}".format(*spread(runs)),
                "CPU s": round(statistics.median(run["CPU s"] for run in runs), 1),
            }
            print(json.dumps(row), flush=True)
            rows.append(row)
            note = f"{cases:,} cases; means of {options.seeds} seeds, medians of CPU seconds."
            result = {"machine": machine(), "rows": rows, "note": note}
            Path(options.output).write_text(json.dumps(result, indent=1) + "\n")


def spread(runs: list[dict[str, float]]) -> tuple[float, float]:
    """Of the seeds."""
    found = [run["NDCG@20"] for run in runs]
    return min(found), max(found)


def prepare(source: Path, folder: Path) -> int:
    """Write the corpus to learn from, the histories of the cases and what is asked for; returns how many."""
    table, *flags = DATASETS["movielens"].inputs
    run_process([*E2V, "events", str(source / table), *flags, "-o", str(folder / "all.e2v")])
    corpus = open_corpus(folder / "all.e2v")
    names, histories = user_histories(corpus)
    train, before, test = (folder / name for name in ("train.tsv", "before.tsv", "test.txt"))
    n = 0
    with train.open("w") as learned, before.open("w") as known, test.open("w") as asked:
        for name, history in zip(names, histories, strict=True):
            keys = [corpus.keys[item] for item in history]
            cut = max(len(keys) - ASKED, 1)
            print(name, *keys[:cut], sep="\t", file=learned)
            for place in range(cut, len(keys)):
                print(f"{name}@{place}", *keys[:place], sep="\t", file=known)
                print(f"{name}@{place}", keys[place], sep="\t", file=asked)
                n += 1
    lines = ("--layout", "user-items", "--ordered", "--delimiter", "tab")
    run_process([*E2V, "events", str(train), *lines, "-o", str(folder / "train.e2v")])
    vocabulary = ("--vocab", str(folder / "train.e2v"))
    run_process([*E2V, "events", str(before), *lines, *vocabulary, "-o", str(folder / "before.e2v")])
    return n


def measure(folder: Path, command: tuple[str, ...], seed: int, threads: int) -> dict[str, float]:
    """Learn with a seed, and rank all cases."""
    train, model, before, test = (
        str(folder / name) for name in ("train.e2v", "model.e2v", "before.e2v", "test.txt")
    )
    name, *flags = command
    run = ("--seed", str(seed), "--threads", str(threads), "-o", model)
    _, usage = run_process([*E2V, name, train, *flags, *run])
    asked = ("--ranking", test, "--corpus", before, "-n", str(K), "--format", "json")
    lines, _ = run_process([*E2V, "eval", model, *asked])
    found = measures_in(lines)
    return {"NDCG@20": found["ndcg"][0], "recall@20": found["recall"][0], "CPU s": usage["cpu_seconds"]}


if __name__ == "__main__":
    main()
