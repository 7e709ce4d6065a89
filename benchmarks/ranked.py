"""Rank what was held out, by a model, a baseline or a peer: the code of `e2v eval --ranking`, at 10 and 20.

    python benchmarks/ranked.py MODEL.e2v|BASELINE TRAIN.e2v TEST.txt THREADS

Prints the measures as JSON, and the CPU seconds of the process until it had learned.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.evaluation.metrics import means_of, metrics_of_each
from e2v.evaluation.ranking import RankingTest, evaluate_ranking, hits_of
from e2v.evaluation.recommender import ModelRecommender, Recommender
from e2v.progress import silent
from e2v.store import open_artifact
from e2v.training.linear.baselines import BASELINES

SHOWN = (10, 20)


def measures(
    recommender: Recommender, train: Path, test: Path, threads: int
) -> dict[str, tuple[float, float, float]]:
    """Each metric at each number of items shown, with its 95% confidence interval."""
    cases = RankingTest.of(open_corpus(train), read_held_out(test))
    ranking = evaluate_ranking(recommender, cases, max(SHOWN), threads)
    wanted = cases.wanted.renumbered(recommender.keys.find_all(cases.items))
    found = {}
    for k in SHOWN:
        values = metrics_of_each(hits_of(ranking.shown[:, :k], wanted), cases.wanted.sizes, k)
        for one in means_of(values, k, cases.total):
            found[one.measure] = (one.value, one.low, one.high)
    return found


def report(
    recommender: Recommender, train: Path, test: Path, threads: int, learned: float, version: str = ""
) -> None:
    """Print what `items.py` reads. learned: CPU seconds until then. version: of the peer."""
    found = measures(recommender, train, test, threads)
    print(json.dumps({"cpu_seconds": learned, "version": version, "measures": found}))


def main() -> None:
    """Of a model that is learned, or a baseline."""
    what, train, test, threads = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    if what in BASELINES:
        recommender: Recommender = BASELINES[what](open_corpus(train), silent, threads)
    else:
        recommender = ModelRecommender(open_artifact(what, "model"))
    report(recommender, train, test, threads, time.process_time())


if __name__ == "__main__":
    main()
