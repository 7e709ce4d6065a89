"""What many threads do to training, on any machine: threads of equal speed, simulated one step in turn.

    python benchmarks/lanes.py CORPUS --sets SETS -o benchmarks/results/lanes.json

CORPUS: of text. SETS: a corpus of baskets or histories. Two things are measured for 1, 8, 32 and 64 threads.

The loss: whether training converges where so many work on the same rows, each on copies in slots of its own.
It is that of the first twentieth of the corpus, after training, with the same noise words for all.

Rows that change hands for each word: of those that a step reads or writes, the ones that another core wrote
last, and so lately that it still has them in its cache. Each is some cache lines to be fetched from there.
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from compare import machine
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.settings import resolve
from e2v.training.engine.schedule import Schedule
from e2v.training.word2vec.presets import PRESETS
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training, keep_probability, noise_weights

THREADS = (1, 8, 32, 64)
#: Steps after which a row has left the second level of a core's cache, 1 MB of rows of 100 floats.
STEPS_IN_CACHE = 340
TEXT: dict[str, Any] = {"window": 5, "sample": 1e-4, "epochs": 1, "dim": 100}
MODES: dict[str, dict[str, Any]] = {
    "skip-gram": TEXT,
    "skip-gram, 10 noise words for groups of 4": TEXT | {"negative": 10, "noise_group": 4},
    "skip-gram, hierarchical softmax": TEXT | {"loss": "hierarchical-softmax"},
    "skip-gram, 3- to 6-grams": TEXT | {"subword": "3:6"},
    "skip-gram, hierarchical softmax, 3- to 6-grams": TEXT
    | {"loss": "hierarchical-softmax", "subword": "3:6"},
    "CBOW": TEXT | {"arch": "cbow", "lr": 0.05},
    "sets (--preset items)": {"preset": "items"},
}


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="a corpus.e2v of text")
    parser.add_argument("--sets", help="a corpus.e2v of sets")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    options = parser.parse_args()
    rows = []
    for mode, settings in MODES.items():
        path = options.sets if "preset" in settings else options.corpus
        if path is None:
            continue
        corpus = open_corpus(path)
        row: dict[str, Any] = {"mode": mode}
        for threads in THREADS:
            given = dict(settings)
            preset = given.pop("preset", "word2vec")
            config = resolve(Word2VecSettings, given | {"threads": threads}, PRESETS[preset])
            row[f"loss, {threads} threads" if threads > 1 else "loss, 1 thread"] = round(
                loss(corpus, config), 3
            )
        if settings.get("loss") is None and "subword" not in settings:
            for threads in THREADS[1:]:
                row[f"rows that change hands, {threads}"] = round(changing_hands(corpus, config, threads), 2)
        rows.append(row)
        print(json.dumps(row), flush=True)
        Path(options.output).write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def loss(corpus: Corpus, config: Word2VecSettings) -> float:
    """After a run whose threads take turns."""
    training, schedule = (
        Training(corpus, config),
        Schedule(corpus.offsets, config.epochs, config.lr, config.seed),
    )
    numbers = itertools.count()
    while units := list(itertools.islice(iter(lambda: schedule.unit(next(numbers)), None), config.threads)):
        training.train_in_turn(units)
    results = []
    for number in range(max(1, schedule.per_epoch // 20)):
        unit = schedule.unit(number)
        assert unit is not None
        results += training.train_in_turn([replace(unit, lr_start=0.0, lr_end=0.0)])
    return sum(result.loss for result in results) / sum(result.loss_pairs for result in results)


def changing_hands(corpus: Corpus, config: Word2VecSettings, threads: int) -> float:
    """Rows for each word of the corpus that a core finds in another one's cache."""
    rng = np.random.default_rng(1)
    tokens = corpus.tokens[: 1 << 20]
    kept = tokens[rng.random(len(tokens)) < keep_probability(corpus.counts, config.sample)[tokens]]
    steps = len(kept) // (threads * config.noise_group)
    centres = kept[: steps * threads * config.noise_group].reshape(threads, steps, config.noise_group)
    weights = noise_weights(corpus.counts, config.noise_exponent)
    noise = rng.choice(len(weights), (threads, steps, config.negative), p=weights / weights.sum())
    outputs = np.concatenate((centres, noise), axis=2)
    found = from_others(outputs) + from_others(centres)  # a word's input row moves as it does as a centre
    return found / (len(tokens) * centres.size / len(kept))


def from_others(rows: NDArray[np.int64]) -> int:
    """How many of rows[thread, step, ...] another thread wrote last, within STEPS_IN_CACHE."""
    threads, steps, each = rows.shape
    lane, step = (
        np.repeat(np.arange(threads), steps * each),
        np.tile(np.repeat(np.arange(steps), each), threads),
    )
    flat = rows.reshape(-1)
    order = np.lexsort((lane, step, flat))
    flat, lane, step = flat[order], lane[order], step[order]
    same = (flat[1:] == flat[:-1]) & (lane[1:] != lane[:-1]) & (step[1:] - step[:-1] <= STEPS_IN_CACHE)
    return int(np.count_nonzero(same))


if __name__ == "__main__":
    main()
