"""Vectors of texts: does one half of a paragraph find the other among 10,000, and how fast are they made?

The last 10,000 paragraphs of TEXT are held out, and models are trained on the others, unless WORK has them
already. Each paragraph is cut in the middle of its words; the second halves are ranked by their cosine with
the first. TF-IDF, computed here, has document frequencies of the paragraphs that models are trained on.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from compare import E2V, machine, run_process

import e2v

HELD_OUT = 10_000
HALVES = ("first.txt", "second.txt")
WORDS_A_LINE = 20
MODELS = {
    "skip-gram, 5 epochs": ("skipgram.e2v", ["--epochs", "5"]),
    "CBOW with n-grams, 2 epochs": (
        "ngrams.e2v",
        [
            *("--arch", "cbow", "--window", "8", "--subword", "3:6", "--word-weight", "2.5", "--dim", "300"),
            *("--negative", "15", "--sample", "1e-4", "--lr", "0.1", "--epochs", "2"),
        ],
    ),
}
CHOICES = {
    "skip-gram, 5 epochs": ["", "--center", "--vectors concat:1 --center"],
    "CBOW with n-grams, 2 epochs": ["", "--vectors sum --center", "--vectors concat:1:0.2 --center"],
}
WEIGHTS = {
    "mean": "--weights mean",
    "SIF, component kept": "--keep-common",
    "SIF": "",
    "SIF, a = 1e-4": "--smoothing 1e-4",
}


def main() -> None:
    """Measure and write two result files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", help="one paragraph a line, words between spaces")
    parser.add_argument("--work", required=True, help="folder for models and halves; what is there is kept")
    parser.add_argument("--output", "-o", required=True, help="figures of retrieval, JSON")
    parser.add_argument("--speed", required=True, help="figures of speed, JSON")
    options = parser.parse_args()
    work = Path(options.work)
    lines = Path(options.text).read_text().splitlines()
    train, held = lines[:-HELD_OUT], lines[-HELD_OUT:]
    halves = halved(held)
    for name, half in zip(HALVES, halves, strict=True):
        (work / name).write_text("\n".join(half) + "\n")
    (work / "train.txt").write_text("\n".join(train) + "\n")
    found = [tf_idf(train, halves)]
    for name, (file, training) in MODELS.items():
        model = work / file
        if not model.exists():
            run_process([*E2V, "train", str(work / "train.txt"), "-o", str(model), *training])
        for vectors in CHOICES[name]:
            for weights, chosen in WEIGHTS.items():
                flags = [*vectors.split(), *chosen.split()]
                first, second = (unit(embedded(work / half, model, flags)) for half in HALVES)
                shown = {"model": name, "vectors": f"`{vectors or '--vectors input'}`", "texts": weights}
                found.append(shown | measured(first @ second.T))
                print(found[-1], flush=True)
    words = statistics.median(len(each.split()) for each in held)
    note = f"{HELD_OUT:,} paragraphs, half of them of {words:.0f} words or more."
    write(options.output, found, note)
    write(options.speed, speed(work, train), "Whole processes, starting included; medians of three rounds.")


def halved(held: list[str]) -> list[list[str]]:
    """The first halves of paragraphs, and the second."""
    halves: list[list[str]] = [[], []]
    for words in map(str.split, held):
        middle = len(words) // 2
        halves[0].append(" ".join(words[:middle]))
        halves[1].append(" ".join(words[middle:]))
    return halves


def embedded(text: Path, model: Path, flags: list[str]) -> np.ndarray:
    """float32[n, d]: what e2v embed makes of the lines."""
    output = text.with_suffix(".npy")
    run_process([*E2V, "embed", str(text), "-m", str(model), "-o", str(output), "-q", *flags])
    return np.load(output)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; those of zeros stay so."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def measured(scores: np.ndarray) -> dict[str, float]:
    """accuracy@1 and mean reciprocal rank of the diagonal; of equal scores half come before."""
    right = np.diag(scores)[:, np.newaxis]
    ranks = (scores > right).sum(axis=1) + ((scores == right).sum(axis=1) + 1) / 2
    return {"accuracy@1": float(np.mean(ranks == 1)), "MRR": float(np.mean(1 / ranks))}


def tf_idf(train: list[str], halves: list[list[str]]) -> dict[str, Any]:
    """Bags of words, each weighted by log(1 + count) log(paragraphs / paragraphs that have it)."""
    having = Counter(word for line in train for word in set(line.split()))

    def weighted(line: str) -> dict[str, float]:
        weights = {
            word: math.log1p(count) * math.log((len(train) + 1) / (having[word] + 1))
            for word, count in Counter(line.split()).items()
        }
        length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1
        return {word: weight / length for word, weight in weights.items()}

    first, second = ([*map(weighted, lines)] for lines in halves)
    found: dict[str, tuple[list[int], list[float]]] = {}
    for row, weights in enumerate(second):
        for word, weight in weights.items():
            rows, values = found.setdefault(word, ([], []))
            rows.append(row)
            values.append(weight)
    postings = {word: (np.array(rows), np.array(values)) for word, (rows, values) in found.items()}
    scores = np.zeros((len(first), len(second)), np.float32)
    for row, weights in enumerate(first):
        for word, weight in weights.items():
            if word in postings:
                columns, values = postings[word]
                scores[row, columns] += weight * values
    return {"model": "TF-IDF", "vectors": "", "texts": ""} | measured(scores)


def speed(work: Path, train: list[str]) -> list[dict[str, Any]]:
    """e2v embed beside a loop in Python over a dict of vectors, on lines of 20 words."""
    words = " ".join(train).split()
    lines = [" ".join(words[first : first + WORDS_A_LINE]) for first in range(0, len(words), WORDS_A_LINE)]
    text, model = work / "lines.txt", work / MODELS["skip-gram, 5 epochs"][0]
    text.write_text("\n".join(lines) + "\n")
    rows = []
    for threads in ("1", "2"):
        command = [*E2V, "embed", str(text), "-m", str(model), "-o", str(work / "lines.npy"), "-q"]
        runs = [run_process([*command, "--threads", threads])[1] for _ in range(3)]
        rows.append(row_of(f"e2v embed --threads {threads}", len(lines), runs))
    few = lines[: len(lines) // 10]
    runs = []
    for _ in range(3):
        began, wall = time.process_time(), time.monotonic()
        loop(model, few)
        runs.append({"cpu_seconds": time.process_time() - began, "wall_seconds": time.monotonic() - wall})
    rows.append(row_of("loop in Python, a tenth of the lines", len(few), runs))
    return rows


def loop(model: Path, lines: list[str]) -> list[np.ndarray]:
    """Plain means, as one would write them with a dict of vectors."""
    loaded = e2v.load(model)
    vectors = dict(zip(loaded.keys, loaded.to_numpy(), strict=True))
    nothing = np.zeros(loaded.dim, np.float32)
    found = ([vectors[word] for word in line.split() if word in vectors] for line in lines)
    return [np.mean(each, axis=0) if each else nothing for each in found]


def row_of(name: str, lines: int, runs: list[dict[str, float]]) -> dict[str, Any]:
    """A row of the table."""
    wall, cpu = (statistics.median(run[kind] for run in runs) for kind in ("wall_seconds", "cpu_seconds"))
    return {
        "program": name,
        "lines": f"{lines:,}",
        "wall s": wall,
        "CPU s": cpu,
        "lines a CPU second": f"{lines / cpu:,.0f}",
    }


def write(path: str, rows: list[dict[str, Any]], note: str) -> None:
    """A result file."""
    Path(path).write_text(json.dumps({"machine": machine(), "rows": rows, "note": note}, indent=1) + "\n")


if __name__ == "__main__":
    main()
