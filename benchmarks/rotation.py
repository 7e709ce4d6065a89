"""What it costs a model's quality to be held in parts that rotate over nodes, none of which holds all of it.

    python benchmarks/rotation.py CORPUS EVAL -o benchmarks/results/rotation.json

CORPUS: of text, made by `e2v vocab`. EVAL: a folder with questions-words.txt and wordsim353.tsv.

The rows of both matrices are dealt to P parts. Of P nodes, node k keeps part k of the input vectors for
good. In step s of a stretch of the corpus it has part (k + s) mod P of the output vectors, and trains the
pairs of a centre and a context word that are in these two, with noise words of that output part (Lerer et
al. 2019, "PyTorch-BigGraph: A large-scale graph embedding system", arXiv:1903.12287, section 4). After P
steps each pair of the stretch has been trained once, and the next stretch begins. The parts of a step have
no row in common, so that one process that trains its buckets one after the other computes what P nodes
would.

The trainer is a plain one of its own: that of e2v knows nothing of parts. What it does with one part is the
measure of the others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from compare import machine, quality
from numba import njit
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.store import ArtifactWriter
from e2v.training.word2vec.training import keep_probability, noise_weights

DIM, WINDOW, NEGATIVE, SAMPLE, EPOCHS, LR, SEED = 100, 5, 5, 1e-4, 3, 0.025, 1
NOISE_BITS = 20  # of a place in the table of noise words
#: Of Knuth's linear congruential generator MMIX, whose highest bits are the best.
MULTIPLIER, INCREMENT = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
SHIFT = np.uint64(64 - NOISE_BITS)

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


class Run(NamedTuple):
    """parts, stretches: numbers of them; the latter in an epoch. by: how words are dealt to parts."""

    parts: int
    stretches: int
    by: str


RUNS = [Run(1, 16, "-"), *(Run(parts, 16, by) for by in ("random", "rank") for parts in (8, 4, 2))]
RUNS += [Run(8, stretches, "random") for stretches in (1, 64, 4)]


class Kept(NamedTuple):
    """A corpus after subsampling, with a window drawn for each token; the same on every node, by its seed."""

    tokens: Ints
    offsets: NDArray[np.int64]
    windows: Ints


@njit(fastmath=True, cache=True)
def train_bucket(
    kept: Kept,
    sentences: tuple[int, int],
    part: Ints,
    bucket: tuple[int, int],
    noise: Ints,
    vectors: Floats,
    output: Floats,
    rates: tuple[float, float],
    seed: int,
) -> int:
    """Train the pairs of a bucket in a run of sentences; how many there were.

    part: int32[V], of each word. bucket: parts of centre and context words. noise: int32[1 << NOISE_BITS],
    rows to draw from. rates: learning rate at the corpus's first token and behind its last one.
    """
    state = np.uint64(seed)
    gradient = np.empty(DIM, np.float32)
    targets = np.empty(NEGATIVE + 1, np.int32)
    steps = np.empty(NEGATIVE + 1, np.float32)
    pairs = 0
    for sentence in range(*sentences):
        begin, end = kept.offsets[sentence], kept.offsets[sentence + 1]
        for at in range(begin, end):
            centre = kept.tokens[at]
            if part[centre] != bucket[0]:
                continue
            rate = np.float32(rates[0] + (rates[1] - rates[0]) * at / len(kept.tokens))
            x = vectors[centre]
            width = kept.windows[at]
            for place in range(max(begin, at - width), min(end, at + width + 1)):
                word = kept.tokens[place]
                if place == at or part[word] != bucket[1]:
                    continue
                pairs += 1
                gradient[:] = 0
                targets[0] = word
                for draw in range(1, NEGATIVE + 1):
                    state = state * MULTIPLIER + INCREMENT
                    targets[draw] = noise[state >> SHIFT]
                for draw in range(NEGATIVE + 1):
                    y = output[targets[draw]]
                    product = np.float32(0)
                    for d in range(DIM):
                        product += x[d] * y[d]
                    likely = np.float32(1) / (np.float32(1) + np.exp(-product))
                    steps[draw] = rate * (np.float32(draw == 0) - likely)
                    if draw > 0 and targets[draw] == word:
                        steps[draw] = 0
                for draw in range(NEGATIVE + 1):
                    y, step = output[targets[draw]], steps[draw]
                    for d in range(DIM):
                        gradient[d] += step * y[d]
                        y[d] += step * x[d]
                for d in range(DIM):
                    x[d] += gradient[d]
    return pairs


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="a corpus.e2v of text")
    parser.add_argument("eval", help="folder with questions-words.txt and wordsim353.tsv")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    options = parser.parse_args()
    corpus = open_corpus(options.corpus)
    facts = {"words": len(corpus.tokens), "keys": len(corpus.keys), "dim": DIM, "epochs": EPOCHS}
    rows = []
    for run in RUNS:
        row = trained(corpus, run, Path(options.eval))
        rows.append(row)
        print(json.dumps(row), flush=True)
        result = {"machine": machine(), "corpus": facts, "rows": rows}
        Path(options.output).write_text(json.dumps(result, indent=1) + "\n")


def trained(corpus: Corpus, run: Run, evaluation: Path) -> dict[str, Any]:
    """Train, and have e2v evaluate the vectors."""
    began = time.process_time()
    size = len(corpus.keys)
    part = dealt(size, run)
    noise = [noise_words(corpus, part == number) for number in range(run.parts)]
    random = np.random.default_rng(SEED)
    vectors = (random.random((size, DIM), np.float32) - np.float32(0.5)) / np.float32(DIM)
    output = np.zeros_like(vectors)
    pairs = np.zeros((run.parts, run.parts), np.int64)  # of a node in a step
    waited_for = 0  # pairs of the slowest node of each step
    for epoch in range(EPOCHS):
        kept = kept_of(corpus, epoch)
        rates = LR * (1 - epoch / EPOCHS), LR * (1 - (epoch + 1) / EPOCHS)
        ends = np.searchsorted(kept.offsets, np.linspace(0, len(kept.tokens), run.stretches + 1))
        for stretch in range(run.stretches):
            sentences = int(ends[stretch]), int(ends[stretch + 1])
            for step in range(run.parts):
                of_step = []
                for node in range(run.parts):
                    j = (node + step) % run.parts
                    seed = hash((SEED, epoch, stretch, step, node)) % (1 << 31)
                    args = kept, sentences, part, (node, j), noise[j], vectors, output, rates, seed
                    of_step.append(train_bucket(*args))
                pairs[step] += of_step
                waited_for += max(of_step)
    seconds = time.process_time() - began
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as folder:
        model = Path(folder) / "vectors.e2v"
        with ArtifactWriter(model, "vectors", {"tool": "benchmarks/rotation.py"}) as writer:
            writer.add_keys("keys", corpus.keys)
            writer.add("vectors", vectors)
        found = quality(model, "e2v", evaluation)
    # After each step a node sends the output part that it has and receives the next one; after the last of a
    # stretch it has the first one again.
    moved = run.stretches * size * DIM * 4 if run.parts > 1 else 0
    return {
        **run._asdict(),
        "cpu_seconds": round(seconds, 1),
        "pairs": int(pairs.sum()),
        "balance": round(float(pairs.sum() / run.parts / waited_for), 3),
        "bytes_held": 2 * int(np.bincount(part).max()) * DIM * 4,
        "bytes_sent_per_epoch": moved,
        **found,
    }


def dealt(size: int, run: Run) -> Ints:
    """int32[V]: the part of each word; parts differ by one word at most."""
    part = np.arange(size, dtype=np.int32) % run.parts
    return np.random.default_rng(SEED).permutation(part) if run.by == "random" else part


def noise_words(corpus: Corpus, chosen: NDArray[np.bool_]) -> Ints:
    """int32[n]: rows of the chosen words, each as often as it is to be drawn."""
    weights = np.where(chosen, noise_weights(np.asarray(corpus.counts), 0.75), 0).cumsum()
    middles = (np.arange(1 << NOISE_BITS) + 0.5) / (1 << NOISE_BITS) * weights[-1]
    return np.searchsorted(weights, middles, side="right").astype(np.int32)


def kept_of(corpus: Corpus, epoch: int) -> Kept:
    """What subsampling leaves of the corpus in an epoch."""
    random = np.random.default_rng((SEED, epoch))
    tokens = np.asarray(corpus.tokens)
    kept = random.random(len(tokens), np.float32) < keep_probability(corpus.counts, SAMPLE)[tokens]
    ends = np.concatenate(([0], kept.cumsum()))
    windows = random.integers(1, WINDOW + 1, int(ends[-1]), np.int32)
    return Kept(tokens[kept], ends[corpus.offsets], windows)


if __name__ == "__main__":
    main()
