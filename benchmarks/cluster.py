"""What a cluster learns, by the number of workers and by how often they synchronise: a table and a picture.

    python benchmarks/cluster.py CORPUS EVAL             # words: analogies and WordSim
    python benchmarks/cluster.py --sets CORPUS HELD_OUT  # histories, as e2v split makes them: recall@20
    python benchmarks/cluster.py --draw                  # draws docs/cluster.svg again

Workers take turns in one process, so that a machine of any size tells what many would learn, and the same
every time. Each run is a process; `--workers` and `--syncs` say which, and the file keeps the others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from compare import E2V, HERE, machine, measured, run_process

RESULT = HERE / "results" / "cluster.json"
PICTURE = HERE.parent / "docs" / "cluster.svg"
WORDS = {"dim": 100, "epochs": 5, "sample": 1e-4, "threads": 1}
SETS = {"preset": "items", "threads": 1}


def main() -> None:
    """Measure unless told only to draw; draw."""
    options = arguments()
    if not options.draw:
        measure(options)
    draw(json.loads(Path(options.output).read_text())["rows"])


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", help="of text; with --sets, of histories")
    parser.add_argument(
        "eval",
        nargs="?",
        help="folder of questions-words.txt and wordsim353.tsv; or a file of held-out items",
    )
    parser.add_argument("--sets", action="store_true")
    parser.add_argument("--name", default="", help="of the corpus, in the table and the picture")
    parser.add_argument("--workers", default="1,2,4,8,16,32")
    parser.add_argument("--syncs", default="20")
    parser.add_argument("--output", "-o", default=str(RESULT), help="result file, JSON")
    parser.add_argument("--draw", action="store_true", help="only draw what is measured already")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> None:
    """Run and write the result file, anew after each run."""
    output = Path(options.output)
    rows = json.loads(output.read_text())["rows"] if output.exists() else []
    kind = "sets" if options.sets else "words"
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        model = Path(scratch) / "model.e2v"
        for workers in map(int, options.workers.split(",")):
            for syncs in map(int, options.syncs.split(",")):
                given = {
                    "engine": "in-turn",
                    "workers": workers,
                    "syncs": syncs,
                    **(SETS if options.sets else WORDS),
                }
                flags = [x for k, v in given.items() for x in (f"--{k}", str(v))]
                run = measured(
                    [*E2V, "train", options.corpus, "-o", str(model), "--progress", "json", *flags]
                )
                row = {
                    "kind": kind,
                    "corpus": options.name,
                    "workers": workers,
                    "syncs": syncs,
                    "cpu_seconds": run["cpu_seconds"],
                    **quality(model, options),
                }
                same = ("kind", "corpus", "workers", "syncs")
                rows = [one for one in rows if any(one[name] != row[name] for name in same)] + [row]
                rows.sort(key=lambda one: [one[name] for name in same])
                print(json.dumps(row), flush=True)
                output.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def quality(model: Path, options: argparse.Namespace) -> dict[str, float]:
    """Of the vectors, by `e2v eval`."""
    if options.sets:
        tests = ["--ranking", options.eval, "--corpus", options.corpus, "--number", "20"]
    else:
        folder = Path(options.eval)
        tests = ["--analogies", str(folder / "questions-words.txt"), "--restrict", "30000"]
        tests += ["--similarity", str(folder / "wordsim353.tsv")]
    lines, _ = run_process([*E2V, "eval", str(model), *tests, "--format", "json"])
    found = {
        row["name"]: row["value"] for row in (json.loads(line) for line in lines if line.startswith("{"))
    }
    return {name: found[name] for name in ("analogies", "wordsim353", "recall", "ndcg") if name in found}


def draw(rows: list[dict[str, Any]]) -> None:
    """docs/cluster.svg: how good the vectors are, by the number of workers and of synchronisations."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "e2v"  # the same rows draw the same bytes
    from matplotlib import pyplot

    measures = [name for name in ("analogies", "wordsim353", "recall") if any(name in row for row in rows)]
    figure, axes = pyplot.subplots(1, len(measures), figsize=(4 * len(measures), 3.2), squeeze=False)
    for axis, name in zip(axes[0], measures, strict=True):
        mine = [row for row in rows if name in row]
        for corpus in dict.fromkeys(row["corpus"] for row in mine):
            of_corpus = [row for row in mine if row["corpus"] == corpus]
            alone = next(row[name] for row in of_corpus if row["workers"] == 1)
            several = [row for row in of_corpus if row["workers"] > 1]
            for syncs in sorted({row["syncs"] for row in several}):
                points = [(row["workers"], row[name]) for row in several if row["syncs"] == syncs]
                label = f"{corpus}, {syncs} an epoch"
                axis.plot(*zip((1, alone), *points, strict=True), marker="o", label=label)
            axis.axhline(alone, color="#999999", linewidth=0.8)
        axis.legend(frameon=False, fontsize="small")
        axis.set(xscale="log", title=name, xlabel="workers")
        axis.set_xticks([1, 2, 4, 8, 16, 32], labels=["1", "2", "4", "8", "16", "32"])
        axis.minorticks_off()
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
