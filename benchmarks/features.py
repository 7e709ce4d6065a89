"""What features of items are worth: for items with many events, with few, and with none.

One item in twenty is held out whole, as if it were new: it is in the table of features and in no history. Of
what is left each user's last item is held out, or of sets a fifth. Each method learns with the features and
without them, and is measured by `e2v eval` on three groups: all held-out items, those with fewer than five
events, and the new ones, which are ranked among all items and among themselves. Whole processes, one at a
time; `--methods` measures some anew and keeps the rest of the result file.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from compare import E2V, machine, run_process
from items import arguments

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.events.held_out import read_held_out, write_held_out
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.described import DescribedCorpus
from e2v.corpus.histories import Histories, user_histories

K = 20
SEED = 1
NEW_SHARE = 0.05
FEW = 5
#: Of whom what their attributes alone are worth is measured.
MOST_USERS = 5000


@dataclass(frozen=True)
class Dataset:
    """inputs, split: what e2v events and e2v split are told. features: of items. about: for the page."""

    inputs: tuple[str, ...]
    features: str
    split: tuple[str, ...]
    about: str


DATASETS: Mapping[str, Dataset] = {
    "beauty": Dataset(
        ("baskets.txt", "--layout", "baskets", "--ordered"),
        "items.tsv:1:3",
        ("--by", "last-out"),
        "Amazon Beauty, histories in the order of time; of an item its categories and brand are known.",
    ),
    "movielens": Dataset(
        (
            *("ratings.csv", "--user", "user_id", "--item", "movie_id", "--time", "timestamp"),
            *("--rating", "rating", "--min-rating", "3.5"),
        ),
        "movies.csv",
        ("--by", "last-out"),
        "MovieLens latest-small, ratings of 3.5 and more in the order of time; of a film the words of its "
        "title, with the year, and its genres are known.",
    ),
    "tafeng": Dataset(
        ("baskets.train.txt", "--layout", "baskets"),
        "items.tsv:1:3=category",
        ("--by", "random", "--share", "0.2", "--seed", "1"),
        "Baskets of Ta-Feng, a grocer; of a product its category is known.",
    ),
}

METHODS: Mapping[str, tuple[str, ...]] = {
    "tower": ("tower", "--dim", "64"),
    "svd": ("svd", "--dim", "64"),
    "item2vec": ("train", "--context", "set", "--preset", "items"),
}


def main() -> None:
    """Measure and write one result file, anew after each method."""
    options = arguments(__doc__, DATASETS).parse_args()
    dataset = DATASETS[options.dataset]
    source, output = Path(options.folder), Path(options.output)
    kept = json.loads(output.read_text())["groups"] if output.exists() else []
    found = {row["method"]: row for row in kept}
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        folder = Path(options.work or scratch)
        features = str(source / dataset.features)
        facts = prepare(dataset, source, folder)
        names = options.methods.split(";") if options.methods else ["by attributes", *METHODS]
        for method in names:
            for name, more in ((method, []), (f"{method} with features", ["--item-features", features])):
                if method == "by attributes":
                    row = {"measures": by_attributes(folder, features)}
                else:
                    row = measure(METHODS[method], more, folder, options)
                found[name] = {"method": name} | row
                print(json.dumps(found[name]), flush=True)
                result = {
                    "machine": machine(),
                    "about": dataset.about,
                    **facts,
                    "groups": list(found.values()),
                }
                output.write_text(json.dumps(result, indent=1) + "\n")
                if method == "by attributes":
                    break


def prepare(dataset: Dataset, source: Path, folder: Path) -> dict[str, int]:
    """Take the new items out of the histories, hold out, and choose who is asked; unless it is done."""
    names = ("corpus.e2v", "rest.tsv", "rest.e2v", "train.e2v", "warm.txt", "few.txt", "new.txt")
    corpus, rest, left, train, warm, few, new = (folder / name for name in names)
    if not train.exists():
        text, *flags = dataset.inputs
        run_process([*E2V, "events", str(source / text), *flags, "--min-count", "1", "-o", str(corpus)])
        opened = open_corpus(corpus)
        users, histories = user_histories(opened)
        is_new = np.random.default_rng(SEED).random(len(opened.keys)) < NEW_SHARE
        for path, chosen in ((rest, ~is_new), (new, is_new)):
            write_held_out(path, lines(opened, users, histories, chosen))
        order = ["--ordered"] if opened.ordered else []
        run_process(
            [*E2V, "events", str(rest), "--layout", "user-items", *order, "--min-count", "1", "-o", str(left)]
        )
        run_process([*E2V, "split", str(left), "-o", str(train), "--held-out", str(warm), *dataset.split])
    learned = open_corpus(train)
    rare = {key for key, n in zip(learned.keys, learned.counts.tolist(), strict=True) if n < FEW}
    asked = ((user, [item for item in items if item in rare]) for user, items in read_held_out(warm).items())
    write_held_out(few, ((user, items) for user, items in asked if items))
    held_out = {item for items in read_held_out(new).values() for item in items}
    return {"items": len(learned.keys), "new_items": len(held_out), "users": len(user_histories(learned)[0])}


def lines(corpus: Corpus, users: list[str], histories: Histories, chosen: np.ndarray) -> Any:
    """Users and those of their items that are chosen; bool[V]."""
    keys = list(corpus.keys)
    for user, history in zip(users, histories, strict=True):
        items = [keys[item] for item in history.tolist() if chosen[item]]
        if items:
            yield user, items


def measure(
    command: tuple[str, ...], features: list[str], folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Learn, rank each group, and say what learning took."""
    train, model = str(folder / "train.e2v"), str(folder / "model.e2v")
    name, *settings = command
    words = [name, train, *settings, "--threads", str(options.threads), *features]
    _, usage = run_process([*E2V, *words, "-o", model])
    groups = [("warm", "warm.txt", "none"), ("few", "few.txt", "none"), ("new, among all", "new.txt", "also")]
    if features:
        groups += [("warm, new ones among them", "warm.txt", "also"), ("new, among new", "new.txt", "only")]
    found = {}
    for group, file, which in groups:
        ranking = ["--ranking", str(folder / file), "--corpus", train, "-n", str(K), "--new-items", which]
        lines, _ = run_process([*E2V, "eval", model, *ranking, "--format", "json"])
        found[group] = measures_in(lines)
    return {"command": " ".join(command), "measures": found} | usage


def measures_in(lines: list[str]) -> dict[str, tuple[float, float, float]]:
    """Each metric with its 95% confidence interval, from what e2v eval printed."""
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    return {row["name"]: (row["value"], row["low"], row["high"]) for row in rows}


def by_attributes(folder: Path, features: str) -> dict[str, Any]:
    """Recall of the new items among themselves: by what is popular, by what the user had, by chance."""
    learned = open_corpus(folder / "train.e2v")
    described = DescribedCorpus(learned, FeatureColumns.parse(features))
    held_out = read_held_out(folder / "new.txt")
    offsets, columns, weights = described.parts
    n, known = len(described.attributes), described.n_known
    dense = np.zeros((len(described.keys), n), np.float32)
    dense[np.repeat(np.arange(len(dense)), np.diff(offsets)), columns] = weights
    popular = described.counts[:known] @ dense[:known] / np.maximum(dense[:known].sum(axis=0), 1e-9)
    new = {item: row for row, item in enumerate(described.keys[known:])}
    of_new = dense[known:]
    users, histories = user_histories(learned)
    asked = [row for row, user in enumerate(users) if user in held_out]
    asked = np.random.default_rng(SEED).permutation(asked)[:MOST_USERS].tolist()
    values: dict[str, list[float]] = {"popular": [], "profile": []}
    for row in asked:
        wanted = set(held_out[users[row]])
        profile = dense[histories[row]].mean(axis=0)
        scores = {"popular": of_new @ popular, "profile": of_new @ profile}
        for name, of_items in scores.items():
            best = set(np.argsort(-of_items, kind="stable")[:K].tolist())
            hits = sum(new.get(item, -1) in best for item in wanted)
            values[name].append(hits / len(wanted))
    chance = min(1.0, K / len(new))
    means = {name: {"recall": float(np.mean(each))} for name, each in values.items()}
    return means | {"chance": {"recall": chance}}


if __name__ == "__main__":
    main()
