"""How good the vectors of e2v and word2vec.c are after so many seconds of training: a table and a picture.

    python benchmarks/quality.py TEXT EVAL -o benchmarks/results/quality.json    # measures, then draws
    python benchmarks/quality.py --draw                                         # draws docs/quality.svg again
    python benchmarks/quality.py TEXT EVAL -o benchmarks/results/presets.json --presets

Each recipe is run for several numbers of epochs. Of the kinds of vectors that a model offers, the one that
answers the most of every second analogy question is chosen, and reported is what it answers of the others.
`--presets` has the presets for text in place of the recipes, and more figures of each: CPU seconds, which
tell something also where other work runs beside, SimLex-999, and analogies among all words.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import E2V, HERE, as_artifact, machine, measured, run_process

RESULT = HERE / "results" / "quality.json"
PICTURE = HERE.parent / "docs" / "quality.svg"
PEER = "word2vec.c"


@dataclass(frozen=True)
class Recipe:
    """What a trainer is told, beside the numbers of epochs."""

    trainer: str
    flags: Mapping[str, Any]
    epochs: tuple[int, ...]
    color: str


PLAIN = {"dim": 100, "window": 5, "negative": 5, "sample": 1e-4, "lr": 0.025}
TUNED = PLAIN | {"negative": 11, "lr": 0.05}
NGRAMS = {"arch": "cbow", "window": 8, "subword": "3:6", "word-weight": 2.5, "dim": 300} | {
    "negative": 15,
    "sample": 1e-4,
    "lr": 0.1,
}
RECIPES: Mapping[str, Recipe] = {
    "e2v": Recipe("e2v", PLAIN, (1, 2, 5, 10), "#61a5c2"),
    "e2v, CBOW with n-grams": Recipe("e2v", NGRAMS, (4, 10), "#013a63"),
    "e2v, CBOW with n-grams, 200 dimensions": Recipe(
        "e2v", NGRAMS | {"dim": 200, "word-weight": 6}, (10,), "#2a6f97"
    ),
    "word2vec.c": Recipe(PEER, PLAIN, (1, 2, 5), "#e07a5f"),
    "word2vec.c, tuned": Recipe(PEER, TUNED, (5,), "#9a031e"),
}
#: The presets for texts of this size.
PRESETS: Mapping[str, Recipe] = {
    "medium": Recipe("e2v", {"preset": "medium"}, (10,), ""),
    "best": Recipe("e2v", {"preset": "best"}, (12,), ""),
    "best, 300 dimensions": Recipe("e2v", {"preset": "best", "dim": 300}, (12,), ""),
}
#: Kinds of vectors with as many dimensions as the model, and with twice as many; all centred.
SINGLE = ("input", "sum:0.4", "sum:1")
DOUBLE = ("concat:0.7", "concat:1", "concat:0.7:0.4", "concat:1:0.2")


def main() -> None:
    """Measure unless told only to draw; draw."""
    options = arguments()
    if not options.draw:
        measure(options, PRESETS if options.presets else RECIPES)
    if not options.presets:
        draw(json.loads(Path(options.output).read_text())["rows"])


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", nargs="?", help="one sentence a line, words between spaces")
    parser.add_argument(
        "eval", nargs="?", help="folder of questions-words.txt, wordsim353.tsv, men3000.txt, simlex999.txt"
    )
    parser.add_argument("--output", "-o", default=str(RESULT), help="result file, JSON")
    parser.add_argument("--recipes", help="only these, between semicolons; the file keeps the others")
    parser.add_argument("--presets", action="store_true", help="the presets for text, not the recipes")
    parser.add_argument("--draw", action="store_true", help="only draw what is measured already")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has word2vec")
    return parser.parse_args()


def measure(options: argparse.Namespace, recipes: Mapping[str, Recipe]) -> None:
    """Run the recipes and write the result file, anew after each run."""
    output = Path(options.output)
    rows = json.loads(output.read_text())["rows"] if output.exists() else []
    names = options.recipes.split(";") if options.recipes else list(recipes)
    rows = [row for row in rows if row["recipe"] not in names]
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        folder = Path(scratch)
        corpus = folder / "corpus.e2v"
        run_process([*E2V, "vocab", options.text, "-o", str(corpus), "--min-count", "5"])
        halves = split_questions(Path(options.eval) / "questions-words.txt", folder)
        for name in names:
            recipe = recipes[name]
            for epochs in recipe.epochs:
                model = folder / "model.e2v"
                if recipe.trainer == PEER:
                    vectors = folder / "vectors"
                    run = measured(peer_command(recipe, epochs, options, vectors))
                    as_artifact(vectors, model)
                    kinds: tuple[str, ...] = ("input",)
                else:
                    flags = [x for k, v in recipe.flags.items() for x in (f"--{k}", str(v))]
                    told = [str(corpus), "-o", str(model), "--progress", "json", "--threads", "2"]
                    run = measured([*E2V, "train", *told, *flags, "--epochs", str(epochs)])
                    kinds = SINGLE + DOUBLE
                for offered in (kinds[:3], kinds[3:]):
                    if offered:
                        found = chosen(model, offered, halves, Path(options.eval), more=options.presets)
                        time = "cpu_seconds" if options.presets else "seconds"
                        row = {"recipe": name, "epochs": epochs, time: run[time], **found}
                        rows.append(row)
                        print(json.dumps(row), flush=True)
                order = list(recipes)
                rows.sort(key=lambda row: order.index(row["recipe"]))
                output.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def peer_command(recipe: Recipe, epochs: int, options: argparse.Namespace, vectors: Path) -> list[str]:
    """word2vec.c's command."""
    fixed = {"arch": "skipgram", "loss": "negative-sampling", "min_count": 5, "threads": 2}
    settings = json.dumps({**fixed, **recipe.flags, "epochs": epochs})
    return [options.peer_python, str(HERE / "peers" / "word2vec_c.py"), options.text, str(vectors), settings]


def split_questions(questions: Path, folder: Path) -> tuple[Path, Path]:
    """Two files with all sections, every second question in each."""
    halves: tuple[list[str], list[str]] = ([], [])
    turn = 0
    for line in questions.read_text().splitlines():
        if line.startswith(":"):
            halves[0].append(line)
            halves[1].append(line)
        else:
            halves[turn].append(line)
            turn = 1 - turn
    paths = folder / "chosen-by.txt", folder / "reported.txt"
    for path, half in zip(paths, halves, strict=True):
        path.write_text("\n".join(half) + "\n")
    return paths


def chosen(
    model: Path, kinds: tuple[str, ...], halves: tuple[Path, Path], folder: Path, *, more: bool = False
) -> dict[str, Any]:
    """The kind that is best on the first half, with its figures on the second and on word similarity.

    more: also SimLex-999, and the analogies among all words.
    """
    found = {kind: evaluate(model, kind, halves[0], folder)["analogies"] for kind in kinds}
    best = max(found, key=lambda kind: found[kind])
    figures = evaluate(model, best, halves[1], folder)
    names: tuple[str, ...] = ("analogies", "semantic", "syntactic", "wordsim353", "men3000")
    if more:
        names += ("simlex999", "among all words")
        figures["among all words"] = evaluate(model, best, halves[1], folder, frequent=None)["analogies"]
    return {"vectors": best} | {name: round(figures[name], 3) for name in names}


def evaluate(
    model: Path, kind: str, questions: Path, folder: Path, frequent: int | None = 30_000
) -> dict[str, float]:
    """What `e2v eval` finds, centred; analogies among the most frequent words."""
    tests = ["--analogies", str(questions), *(["--restrict", str(frequent)] if frequent else [])]
    for name in ("wordsim353.tsv", "men3000.txt", "simlex999.txt"):
        tests += ["--similarity", str(folder / name)]
    vectors = ["--vectors", kind] if kind != "input" else []
    lines, _ = run_process([*E2V, "eval", str(model), *vectors, "--center", *tests, "--format", "json"])
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    return {row["name"]: row["value"] for row in rows}


def draw(rows: list[dict[str, Any]]) -> None:
    """Accuracy against seconds; open marks for vectors of twice as many numbers."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "e2v"  # the same rows draw the same bytes
    figure, panel = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, recipe in RECIPES.items():
        for double in (False, True):
            points = [
                (row["seconds"], row["analogies"])
                for row in rows
                if row["recipe"] == name and row["vectors"].startswith("concat") == double
            ]
            if points:
                label = f"{name}, input and output" if double else name
                style = {"linestyle": "--", "markerfacecolor": "white"} if double else {}
                panel.plot(*zip(*points, strict=True), marker="o", color=recipe.color, label=label, **style)
    panel.set_xscale("log")
    panel.set_xlabel("seconds of training")
    panel.set_ylabel("analogies")
    panel.set_ylim(0, 0.8)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=7)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
