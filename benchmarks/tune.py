"""What e2v tune gains over the defaults, on items that its trials have never seen.

Of each log something is held out first, as for e2v eval: each user's last item, or a fifth of the items of a
set. The search has the rest, and cuts its own trials out of that. Then a model with the defaults and one with
the best settings of the trials, whether or not e2v tune found them surely better, rank what was held out, for
the same users. Logs that are in the result file already are kept.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from compare import machine
from numpy.typing import NDArray

import e2v
from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.evaluation.comparison import paired_difference
from e2v.evaluation.metrics import METRICS
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.evaluation.recommender import ModelRecommender
from e2v.store import open_artifact

K = 20


class Log(NamedTuple):
    """file: of the folder. events: how e2v events reads it. split: how something is held out of it. lines: so
    many of its first, if not all.
    """

    file: str
    events: Mapping[str, Any]
    split: Mapping[str, Any]
    lines: int | None = None


_AT_RANDOM: Mapping[str, Any] = {"by": "random", "share": 0.2, "seed": 5}
LOGS: Mapping[str, Log] = {
    "MovieLens": Log(
        "movielens-latest-small/ratings.csv",
        {"time": "timestamp", "rating": "rating", "min_rating": 3.5},
        {},
    ),
    "Beauty": Log("beauty/baskets.txt", {"layout": "baskets", "ordered": True}, {}),
    "groceries": Log("groceries/groceries.csv", {"layout": "baskets"}, _AT_RANDOM),
    "Gowalla": Log("gowalla/train.txt", {"layout": "user-items"}, _AT_RANDOM),
    "Ta-Feng, 20,000 baskets": Log("tafeng/baskets.train.txt", {"layout": "baskets"}, _AT_RANDOM, 20_000),
}


def main() -> None:
    """Tune and measure, and write the result file after each log."""
    options = arguments()
    output = Path(options.output)
    rows = json.loads(output.read_text())["rows"] if output.exists() else []
    work = Path(options.work)
    for name in options.logs.split(";"):
        for learner in options.learners.split(","):
            if any((row["log"], row["learner"]) == (name, learner) for row in rows):
                continue
            row = {"log": name, "learner": learner} | measured(name, learner, work, options)
            print(json.dumps(row), flush=True)
            rows.append(row)
            note = f"Trials of {options.time_budget} and two threads, with other work on the machine."
            output.write_text(json.dumps({"machine": machine(), "note": note, "rows": rows}, indent=1) + "\n")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="of the logs, see LOGS")
    parser.add_argument("--work", required=True, help="folder of the models")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--logs", help="only these, between semicolons", default=";".join(LOGS))
    parser.add_argument("--learners", default="tower,item2vec")
    parser.add_argument("--time-budget", default="5m")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def measured(name: str, learner: str, work: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A row of the table."""
    train, test = prepared(name, work, Path(options.folder))
    made = work / f"{name}-{learner}.e2v"
    threads = options.threads
    began, cpu = time.monotonic(), time.process_time()
    found = e2v.tune(train, made, learner=learner, time_budget=options.time_budget, threads=threads)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    best, other = found.found.best, work / "other.e2v"
    best_is_made = best.number == found.found.chosen.number
    learn(learner, train, other, {} if best_is_made else best.settings, threads)
    default, tuned = (other, made) if best_is_made else (made, other)
    ranking = RankingTest.of(open_corpus(train), read_held_out(test))
    of_default = ndcg(default, ranking, threads)
    of_best = of_default if not best.number else ndcg(tuned, ranking, threads)
    ahead, error = paired_difference(of_best, of_default)
    trials = [row for row in map(json.loads, found.table.read_text().splitlines()) if "value" in row]
    sizes = {row["round"]: row["size"] for row in trials}
    counts = [sum(row["round"] == number for row in trials) for number in sizes]
    return {
        "trials of so many users": ", ".join(
            f"{count} of {size:,}" for count, size in zip(counts, sizes.values(), strict=True)
        ),
        "users in all": found.found.whole,
        "e2v tune keeps": "its settings" if found.found.chosen.number else "the defaults",
        "best of the trials": shown(best.settings),
        "NDCG@20 by default": f"{of_default.mean():.4f}",
        "with these": f"{of_best.mean():.4f}" if best.number else "",
        "difference": f"{ahead:+.4f} ± {1.96 * (error or 0):.4f}" if best.number else "",
        "seconds": round(seconds),
        "of CPU": round(cpu),
    }


def prepared(name: str, work: Path, folder: Path) -> tuple[Path, Path]:
    """The corpus to search on, and what is held out of the log."""
    log, train, test = LOGS[name], work / f"{name}.train.e2v", work / f"{name}.test.txt"
    if not train.exists():
        whole = work / "whole.e2v"
        lines = (folder / log.file).read_bytes().splitlines(keepends=True)
        (work / "log").write_bytes(b"".join(lines[: log.lines]))
        e2v.events(work / "log", whole, **log.events)
        e2v.split(whole, train, held_out=test, **log.split)
    return train, test


def learn(learner: str, train: Path, output: Path, settings: Mapping[str, Any], threads: int) -> None:
    """Make a model with settings."""
    if learner == "tower":
        e2v.tower(train, output, threads=threads, **settings)
    else:
        e2v.train(train, output, preset="items", threads=threads, **settings)


def ndcg(model: Path, test: RankingTest, threads: int) -> NDArray[np.float64]:
    """float64[n]: the NDCG of each user."""
    recommender = ModelRecommender(open_artifact(model, "model"))
    return evaluate_ranking(recommender, test, K, threads).values[:, METRICS.index("ndcg")]


def shown(settings: Mapping[str, Any]) -> str:
    """Settings in a cell."""
    return ", ".join(f"{name} {value}" for name, value in settings.items()) or "the defaults"


if __name__ == "__main__":
    main()
