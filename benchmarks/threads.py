"""Words a second of e2v train by the number of threads, and how near that is to what the machine can do.

    python benchmarks/threads.py CORPUS --sets SETS -o benchmarks/results/threads.json

CORPUS: of text. SETS: a corpus of baskets or histories. Some five minutes on any machine, and it prints as it
goes. Each mode trains for some seconds with 1, 2, 4, ... threads, rounds in turn; the best round counts, as a
busy machine only ever slows a run down. benchmarks/compare.py --threads has the other trainers.

Arithmetic: a pair of an input and an output row takes 6 operations for each dimension (the logit, and a
change of either row). Memory: the rows that a word's step reads and writes, its outputs and the word itself.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lanes
import numpy as np
from compare import machine

from e2v.blas import one_thread
from e2v.corpus.artifact import Corpus, open_corpus
from e2v.settings import resolve
from e2v.threads import parallel_map
from e2v.training.word2vec.huffman import huffman_tree
from e2v.training.word2vec.presets import PRESETS
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training, keep_probability

EPOCHS = 40  # more than any machine trains in that time
MODES: dict[str, dict[str, Any]] = lanes.MODES | {
    "CBOW, 15 noise words, 3- to 6-grams": lanes.TEXT | {"arch": "cbow", "negative": 15, "subword": "3:6"},
    "skip-gram, 300 dimensions": lanes.TEXT | {"dim": 300},
}


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="a corpus.e2v of text")
    parser.add_argument("--sets", help="a corpus.e2v of sets")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="of a run")
    parser.add_argument("--threads", type=int, nargs="+", help="default: 1, 2, 4, ... up to the cores")
    options = parser.parse_args()
    counts = options.threads or list(powers_of_two(machine()["cores"]))
    flops, bandwidth = peaks(counts)
    print(f"peak of {counts[-1]} threads: {flops:.0f} GFLOP/s, {bandwidth:.1f} GB/s", flush=True)
    rows = []
    for mode, settings in MODES.items():
        path = options.sets if "preset" in settings else options.corpus
        if path is None:
            continue
        corpus = open_corpus(path)
        speeds = dict.fromkeys(counts, 0.0)
        for _ in range(options.rounds):
            for threads in counts:
                speed, work = run(corpus, settings | {"threads": threads}, options.seconds)
                speeds[threads] = max(speeds[threads], speed)
        row: dict[str, Any] = {"mode": mode}
        row |= {
            f"{threads} threads" if threads > 1 else "1 thread": round(speeds[threads] / 1e6, 2)
            for threads in counts
        }
        row["gain"] = round(speeds[counts[-1]] / speeds[counts[0]], 2)
        if not settings.get("noise_group"):  # of a group, pairs with several centres are worked once
            row["GFLOP/s"] = round(speeds[counts[-1]] * work[0] / 1e9, 1)
            row["of the peak"] = f"{row['GFLOP/s'] / flops:.0%}"
        row["GB/s of rows"] = round(speeds[counts[-1]] * work[1] / 1e9, 1)
        rows.append(row)
        print(json.dumps(row), flush=True)
    found = {
        "machine": machine(),
        "peak": {"GFLOP/s": round(flops), "GB/s": round(bandwidth, 1)},
        "rows": rows,
    }
    Path(options.output).write_text(json.dumps(found, indent=1) + "\n")


def powers_of_two(cores: int) -> Iterator[int]:
    """1, 2, 4, ... and the number of cores."""
    threads = 1
    while threads < cores:
        yield threads
        threads *= 2
    yield cores


def peaks(counts: list[int]) -> tuple[float, float]:
    """GFLOP/s of matrix products, and GB/s of copies between matrices beyond the caches, by all threads."""
    threads = counts[-1]
    a = np.random.default_rng(1).random((threads, 768, 768), np.float32)
    source, target = np.ones((threads, 1 << 24), np.float32), np.zeros((threads, 1 << 24), np.float32)

    def multiply(thread: int) -> None:
        for _ in range(8):
            a[thread] @ a[thread]

    def copy(thread: int) -> None:
        target[thread] = source[thread]

    with one_thread, parallel_map(threads) as parallel:
        times = {
            function: min(timed(parallel, function, threads) for _ in range(4))
            for function in (multiply, copy)
        }
    return threads * 8 * 2 * 768**3 / times[multiply] / 1e9, 2 * source.nbytes / times[copy] / 1e9


def timed(parallel: Any, function: Any, threads: int) -> float:
    """Seconds that all threads take."""
    began = time.perf_counter()
    list(parallel(function, range(threads)))
    return time.perf_counter() - began


def run(corpus: Corpus, settings: dict[str, Any], seconds: float) -> tuple[float, tuple[float, float]]:
    """Words a second; operations and bytes for a word."""
    given = dict(settings)
    preset = given.pop("preset", "word2vec")
    config = resolve(Word2VecSettings, given | {"epochs": EPOCHS, "time_budget": seconds}, PRESETS[preset])
    training = Training(corpus, config)
    began = time.perf_counter()
    for _ in training.runner.run():
        pass
    passed = time.perf_counter() - began
    outputs: float = config.negative + 1
    if config.loss == "hierarchical-softmax":
        frequent = corpus.counts * np.minimum(1, keep_probability(corpus.counts, config.sample))
        outputs = float(np.average(np.diff(huffman_tree(corpus.counts).offsets), weights=frequent))
    words = training.runner.tokens
    kept = float(
        np.average(np.minimum(1, keep_probability(corpus.counts, config.sample)), weights=corpus.counts)
    )
    stride, ngrams = 4 * training.model.inputs.shape[1], 0.0  # bytes of a row, and of a word's n-grams
    if training.model.parts and training.model.ngrams:
        ngrams = (
            len(training.model.parts.ngrams) / len(corpus.keys) * training.model.ngrams.trained.strides[0]
        )
    flops = 6 * config.dim * outputs * training.runner.pairs / words
    # Outputs are loaded and stored; inputs loaded, and loaded again to be added to, and stored.
    traffic = 2 * outputs / config.noise_group * stride + 3 * (stride + ngrams)
    return words / passed, (flops, kept * traffic)


if __name__ == "__main__":
    main()
