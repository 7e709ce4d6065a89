"""Measure e2v's training speed by dimension, by number of noise words and by threads, and draw it.

    python benchmarks/plot.py CORPUS -o benchmarks/results/speed.json    # measures, then draws
    python benchmarks/plot.py --draw                                     # draws docs/speed.svg again

Skip-gram with negative sampling, one epoch; the reported training time, the best of the rounds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from compare import E2V, HERE, last_report, machine, run_process

RESULT = HERE / "results" / "speed.json"
PICTURE = HERE.parent / "docs" / "speed.svg"
PLAIN = {"dim": 100, "negative": 5, "threads": 2}
VARIED = {"dim": (50, 100, 200, 300), "negative": (2, 5, 10, 20), "threads": (1, 2)}


def main() -> None:
    """Measure unless told only to draw; draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", help="a corpus.e2v")
    parser.add_argument("--output", "-o", default=str(RESULT))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--draw", action="store_true", help="only draw what is measured already")
    options = parser.parse_args()
    if not options.draw:
        rows = measure(options.corpus, options.rounds)
        Path(options.output).write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")
    draw(json.loads(Path(options.output).read_text())["rows"])


def measure(corpus: str, rounds: int) -> list[dict[str, Any]]:
    """Words a second for each value of each setting, the others being plain."""
    best: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, values in VARIED.items():
                for value in values:
                    settings = {**PLAIN, name: value}
                    flags = [x for k, v in settings.items() for x in (f"--{k}", str(v))]
                    fixed = ["--epochs", "1", "--sample", "1e-4", "--progress", "json"]
                    command = [*E2V, "train", corpus, "-o", f"{folder}/model.e2v", *fixed, *flags]
                    lines, _ = run_process(command)
                    best[name, value] = max(
                        best.get((name, value), 0), last_report(lines)["words_per_second"]
                    )
    return [{"setting": n, "value": v, "M words/s": round(s / 1e6, 2)} for (n, v), s in best.items()]


def draw(rows: list[dict[str, Any]]) -> None:
    """Three small panels with one scale."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "e2v"  # the same rows draw the same bytes
    figure, panels = plt.subplots(1, len(VARIED), figsize=(9, 2.8), sharey=True, layout="constrained")
    for panel, name in zip(panels, VARIED, strict=True):
        points = [(row["value"], row["M words/s"]) for row in rows if row["setting"] == name]
        panel.plot(*zip(*points, strict=True), marker="o", color="#2a6f97")
        panel.set_xlabel(name)
        panel.set_xticks([value for value, _ in points])
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("M words/s")
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
