"""Rank the items that users had next or that were held out, by e2v's models, its baselines and its peers.

Whole processes, one at a time. Every method learns from the same histories and is measured by the same
code on the same held-out items. `--methods` measures some anew and keeps the rest of the result file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compare import E2V, HERE, last_report, machine, run_process

SEED = 1
DIM = 64
RANKED = [sys.executable, str(HERE / "ranked.py")]


@dataclass(frozen=True)
class Dataset:
    """inputs: what e2v vocab is told. split: what e2v split is told. about: both, for the page."""

    inputs: tuple[str, ...]
    split: tuple[str, ...]
    about: str


DATASETS: Mapping[str, Dataset] = {
    "gowalla": Dataset(
        ("train.txt", "--layout", "user-items"),
        ("--by", "random", "--share", "0.2", "--seed", "1"),
        "Check-ins of Gowalla, the training half of the usual split; a fifth of each user's places, drawn at "
        "random, is held out.",
    ),
    "beauty": Dataset(
        ("baskets.txt", "--layout", "baskets", "--ordered"),
        ("--by", "last-out"),
        "Amazon Beauty, histories in the order of time; each user's last item is held out.",
    ),
    "tafeng": Dataset(
        ("baskets.train.txt", "--layout", "baskets"),
        ("--by", "random", "--share", "0.2", "--seed", "1"),
        "Ta-Feng, baskets of a supermarket as sets; a fifth of each basket, drawn at random, is held out.",
    ),
    "movielens": Dataset(
        (
            *("ratings.csv", "--user", "user_id", "--item", "movie_id", "--time", "timestamp"),
            *("--rating", "rating", "--min-rating", "3.5"),
        ),
        ("--by", "last-out"),
        "MovieLens latest-small, ratings of 3.5 and more in the order of time; each user's last film is held "
        "out.",
    ),
}


@dataclass(frozen=True)
class Method:
    """How a method is run.

    command: of e2v, with the histories' path in place of TRAIN. peer: a script in peers/, with settings.
    ranks: whether that process ranks too, and leaves no model. datasets: where it is measured, if not on all.
    """

    command: tuple[str, ...] = ()
    peer: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    ranks: bool = False
    datasets: tuple[str, ...] = tuple(DATASETS)


def baseline(name: str) -> Method:
    """One that e2v eval itself can learn."""
    return Method((name,), ranks=True)


_SMALL = ("beauty", "movielens")

METHODS: Mapping[str, Method] = {
    "popularity": baseline("popularity"),
    "item-kNN": baseline("item-knn"),
    "EASE": baseline("ease"),
    "GF-CF": baseline("gf-cf"),
    "RP3beta": Method(peer="rp3beta", settings={"alpha": 1.0, "beta": 0.3, "neighbours": 200}, ranks=True),
    "VMIS-kNN": Method(peer="vmis_knn", settings={"neighbours": 500}, ranks=True),
    "truncated SVD": Method(("svd", "TRAIN", "--dim", str(DIM))),
    "iALS (implicit)": Method(
        peer="implicit_ials",
        settings={"dim": DIM, "regularization": 10.0, "alpha": 40.0, "epochs": 15},
        ranks=True,
    ),
    "itembed": Method(peer="itembed_sets", settings={"dim": DIM, "negative": 16, "lr": 0.05, "epochs": 40}),
    "gensim, huge window": Method(
        peer="gensim_sets",
        settings={"dim": DIM, "negative": 5, "lr": 0.025, "epochs": 5, "noise_exponent": 0.5},
        datasets=("beauty", "tafeng"),
    ),
    "item2vec": Method(("train", "TRAIN", "--context", "set", "--preset", "items")),
    "tower": Method(("tower", "TRAIN")),
    "tower, one ReLU layer": Method(("tower", "TRAIN", "--hidden", "256"), datasets=_SMALL),
    "tower, two ReLU layers": Method(("tower", "TRAIN", "--hidden", "256,128"), datasets=_SMALL),
    "SASRec, softmax over all items": Method(
        peer="sasrec",
        settings={"dim": DIM, "blocks": 2, "length": 64, "dropout": 0.5, "lr": 1e-3, "epochs": 200},
        ranks=True,
        datasets=_SMALL,
    ),
}


def main() -> None:
    """Measure and write one result file, anew after each method."""
    parser = arguments(__doc__, DATASETS)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers")
    options = parser.parse_args()
    dataset = DATASETS[options.dataset]
    output = Path(options.output)
    kept = json.loads(output.read_text())["methods"] if output.exists() else []
    found = {row["method"]: row for row in kept}
    os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
    os.environ["PYTHONPATH"] = str(HERE.parent)  # the peers' interpreter may lack e2v
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        folder = Path(options.work or scratch)
        prepare(dataset, Path(options.folder), folder)
        every = [name for name in METHODS if options.dataset in METHODS[name].datasets]
        for name in options.methods.split(";") if options.methods else every:
            row = {"method": name} | measure(METHODS[name], folder, options)
            found[name] = row
            print(json.dumps(row), flush=True)
            rows = [found[name] for name in METHODS if name in found]
            result = {"machine": machine(), "about": dataset.about, "methods": rows}
            output.write_text(json.dumps(result, indent=1) + "\n")


def arguments(about: str | None, datasets: Mapping[str, Any]) -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", help="of the data set's files, named as in DATASETS")
    parser.add_argument("--dataset", choices=datasets, required=True)
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--methods", help="only these, between semicolons")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", help="folder to keep the histories and models in")
    return parser


def prepare(dataset: Dataset, source: Path, folder: Path) -> None:
    """Encode the histories and hold out, unless the folder has both."""
    corpus, train, test = (folder / name for name in ("corpus.e2v", "train.e2v", "test.txt"))
    if not corpus.exists():
        text, *flags = dataset.inputs
        run_process([*E2V, "events", str(source / text), *flags, "--min-count", "1", "-o", str(corpus)])
    if not train.exists():
        run_process([*E2V, "split", str(corpus), "-o", str(train), "--held-out", str(test), *dataset.split])


def measure(method: Method, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Learn, rank, and say what either took."""
    train, test, model = (str(folder / name) for name in ("train.e2v", "test.txt", "model.e2v"))
    threads = str(options.threads)
    if method.peer:
        settings = {**method.settings, "threads": options.threads, "seed": SEED}
        script = str(HERE / "peers" / f"{method.peer}.py")
        to = test if method.ranks else model
        lines, usage = run_process([options.peer_python, script, train, to, json.dumps(settings)])
        told = {"settings": settings, "version": last_report(lines)["version"]}
    elif method.ranks:
        lines, usage = run_process([*RANKED, *method.command, train, test, threads])
        told = {"command": f"eval --baseline {method.command[0]}"}
    else:
        words = [train if word == "TRAIN" else word for word in method.command]
        _, usage = run_process([*E2V, *words, "--threads", threads, "-o", model])
        told = {"command": " ".join(method.command)}
    if method.ranks:
        report = last_report(lines)
        ranked = usage["cpu_seconds"] - report["cpu_seconds"]
        usage["cpu_seconds"] = round(report["cpu_seconds"], 2)
    else:
        lines, evaluation = run_process([*RANKED, model, train, test, threads])
        report, ranked = last_report(lines), evaluation["cpu_seconds"]
    return told | {"measures": report["measures"]} | usage | {"ranking_cpu_seconds": round(ranked, 2)}


if __name__ == "__main__":
    main()
