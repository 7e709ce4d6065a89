"""How well UMAP, PaCMAP and principal components keep neighbours in two dimensions, and what they take.

    python benchmarks/projections.py MODEL -o benchmarks/results/projections.json

The first keys of a model. *Trustworthiness* at 15 neighbours (Venna and Kaski 2001) is over a sample of them;
1 is a map on which no stranger lies among the nearest. UMAP and PaCMAP are given the neighbours that
`e2v map` has found for its page. CPU seconds, without theirs.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from compare import machine
from numpy.typing import NDArray

from e2v.maps.neighbours import nearest_neighbours
from e2v.maps.projection import project
from e2v.vectors import load_vectors
from e2v.vectors.matrix import unit

Floats = NDArray[np.float32]
NEAREST, SAMPLE = 15, 4000


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--keys", type=int, default=20_000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = unit(load_vectors(options.model).matrix.rows(np.arange(options.keys)))
    near, cosines = nearest_neighbours(rows, NEAREST, 1, lambda _: None)
    import pacmap  # noqa: F401  # what importing them takes is not counted
    import umap  # noqa: F401

    ways: dict[str, Callable[[Floats, NDArray[np.int32], Floats], Floats]] = {
        "UMAP": lambda rows, near, cosines: project(rows, near, cosines, "umap", 1),
        "PaCMAP": lambda rows, near, _: by_pacmap(rows, near),
        "principal components": lambda rows, near, cosines: project(rows, near, cosines, "pca", 1),
    }
    few = rows[:1000]
    found = []
    for name, place in ways.items():
        place(few, *nearest_neighbours(few, NEAREST, 1, lambda _: None))  # compiles what is not compiled yet
        begun = time.process_time()
        places = place(rows, near, cosines)
        spent = time.process_time() - begun
        row = {
            "projection": name,
            "trustworthiness@15": f"{trustworthiness(rows, places):.3f}",
            "CPU s": f"{spent:.1f}",
        }
        found.append(row)
        print(json.dumps(row), flush=True)
    note = f"{options.keys:,} words, umap-learn {version('umap-learn')}, pacmap {version('pacmap')}."
    facts = {"rows": found, "machine": machine(), "note": note}
    Path(options.output).write_text(json.dumps(facts, indent=1) + "\n")


def by_pacmap(rows: Floats, near: NDArray[np.int32]) -> Floats:
    """PaCMAP (Wang et al. 2021), of the neighbours that there are."""
    from pacmap import PaCMAP

    n, k = len(rows), min(10, near.shape[1])
    pairs = np.stack((np.repeat(np.arange(n, dtype=np.int32), k), near[:, :k].ravel()), axis=1)
    made = PaCMAP(n_components=2, n_neighbors=k, random_state=1, pair_neighbors=pairs, apply_pca=False)
    return np.asarray(made.fit_transform(rows), np.float32)


def trustworthiness(rows: Floats, places: Floats) -> float:
    """By how much it is strangers that lie nearest, over a sample: 1 is not at all."""
    n, k = len(rows), NEAREST
    sample = np.random.default_rng(0).choice(n, min(SAMPLE, n), replace=False)
    strange = 0
    for first in range(0, len(sample), 200):
        some = sample[first : first + 200]
        away = -(rows[some] @ rows.T)
        away[np.arange(len(some)), some] = -np.inf
        order = np.argsort(away, axis=1)
        ranks = np.empty_like(order)
        np.put_along_axis(ranks, order, np.arange(n)[np.newaxis], axis=1)  # 0 is the key itself
        apart = np.square(places[some][:, np.newaxis] - places).sum(axis=2)
        apart[np.arange(len(some)), some] = np.inf
        shown = np.argpartition(apart, k, axis=1)[:, :k]
        strange += np.maximum(np.take_along_axis(ranks, shown, axis=1) - k, 0).sum()
    return float(1 - 2 / (len(sample) * k * (2 * n - 3 * k - 1)) * strange)


if __name__ == "__main__":
    main()
