"""The commands that are attacked, on small files of every sort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Case:
    """A command line, and what there is before.

    line: of the command. before: command lines that make what is there; one that begins with "killed " is
        killed where it would put its last file in its place. then: added to the line that is run after a
        failure. prints: whether what it prints is its result, the same in each run. times: files with
        times in them, which no two runs have in common. aside: what the next run may put aside. once:
        whether it is refused when it has been run. quick: whether it is among those of the short part.
    """

    name: str
    line: str
    before: Sequence[str] = ()
    then: str = ""
    prints: bool = False
    times: Sequence[str] = ()
    aside: Sequence[str] = ()
    once: bool = False
    quick: bool = False


FORMATS = {
    "fasttext": "vec",
    "fasttext-binary": "bin",
    "gensim": "kv",
    "glove": "txt",
    "jsonl": "jsonl",
    "npy": "npy",
    "parquet": "parquet",
    "projector": "folder",
    "safetensors": "st",
    "sqlite": "db",
    "word2vec": "w2v",
    "word2vec-binary": "w2vb",
}

_TRAIN = "train words.e2v --dim 4 --sample 0 --threads 1 --epochs 3"
_KEPT = f"{_TRAIN} --checkpoint-every 1e -o out.e2v"
_TOWER = "tower corpus.e2v --dim 4 --epochs 3 --threads 1 --candidates 8"
_TOWER_KEPT = f"{_TOWER} --checkpoint-every 1e -o out.e2v"
_TUNE = "tune corpus.e2v --trials 2 --threads 1 --fixed dim=4 --fixed epochs=1 -o out.e2v --table out.tsv"

#: Run once, in this order: what the cases read.
INPUTS = (
    "vocab text.txt --min-count 1 -o words.e2v",
    "events log.csv --time time -o corpus.e2v --titles titles.csv:item:title",
    "split corpus.e2v -o part.e2v --held-out held.txt",
    f"{_TRAIN} --subword 3:4 -o model.e2v",
    f"{_TRAIN} --seed 2 -o second.e2v",
    f"{_TOWER} -o tower.e2v",
    "users tower.e2v part.e2v -o users.e2v",
    "index tower.e2v -o items.e2v",
)

#: Those that the cases of the short part read.
QUICK_INPUTS = (INPUTS[0], *INPUTS[3:5])

CASES = (
    Case(
        "vocab",
        "vocab text.txt --threads 1 -o out.e2v",
        ["vocab text.txt --min-count 2 -o out.e2v"],
        quick=True,
    ),
    Case("vocab --save-counts", "vocab text.txt --threads 1 -o out.e2v --save-counts out.txt"),
    Case("vocab, gzip", "vocab text.txt.gz --threads 1 -o out.e2v"),
    Case(
        "vocab --shards",
        "vocab text.txt --shards 2 --threads 1 -o out.e2v",
        ["vocab text.txt --min-count 2 --shards 2 -o out.e2v"],
    ),
    Case("vocab --vocab", "vocab text.txt --threads 1 --vocab model.e2v -o out.e2v"),
    Case(
        "events",
        "events log.csv --time time -o out.e2v --titles titles.csv:item:title",
        ["events log.csv -o out.e2v"],
    ),
    Case("events, JSON lines", "events log.jsonl -o out.e2v"),
    Case("events, Parquet", "events log.parquet -o out.e2v"),
    Case("phrases", "phrases text.txt --threshold 1 --min-count 2 -o out.e2v"),
    Case("phrases --as-text", "phrases text.txt --threshold 1 --min-count 2 --as-text -o out.txt"),
    Case(
        "split",
        "split corpus.e2v -o out.e2v --held-out out.txt",
        ["split corpus.e2v --by random -o out.e2v --held-out out.txt"],
    ),
    Case(
        "train TEXT", "train text.txt --dim 4 --sample 0 --threads 1 --epochs 1 -o out.e2v", then="--resume"
    ),
    Case("train", f"{_TRAIN} -o out.e2v", [f"{_TRAIN} --seed 2 -o out.e2v"], then="--resume"),
    Case("train, checkpoints", _KEPT, [f"{_TRAIN} --seed 2 -o out.e2v"], then="--resume", quick=True),
    Case("train --resume", f"{_KEPT} --resume", [f"killed {_KEPT}"]),
    Case(
        "train, another checkpoint", f"{_TRAIN} -o out.e2v", [f"killed {_KEPT}"], aside=["out.e2v.ckpt.old"]
    ),
    Case(
        "train --update",
        "train text.txt --update model.e2v --threads 1 --epochs 1 -o out.e2v",
        then="--resume",
    ),
    Case("train --loss softmax", f"{_TRAIN} --loss softmax -o out.e2v", then="--resume"),
    Case("tower", f"{_TOWER} -o out.e2v", [f"{_TOWER} --seed 2 -o out.e2v"], then="--resume"),
    Case("tower, checkpoints", _TOWER_KEPT, [f"{_TOWER} --seed 2 -o out.e2v"], then="--resume"),
    Case("tower --resume", f"{_TOWER_KEPT} --resume", [f"killed {_TOWER_KEPT}"]),
    Case("tower --user-features", f"{_TOWER} --user-features users.csv -o out.e2v", then="--resume"),
    Case(
        "svd", "svd corpus.e2v --dim 4 --threads 1 -o out.e2v", ["svd corpus.e2v --dim 4 --seed 2 -o out.e2v"]
    ),
    Case("users", "users tower.e2v corpus.e2v -o out.e2v", ["users tower.e2v part.e2v -o out.e2v"]),
    Case(
        "users --update",
        "users tower.e2v corpus.e2v --update out.e2v -o out.e2v",
        ["users tower.e2v part.e2v -o out.e2v"],
        once=True,
    ),
    Case("index", "index tower.e2v -o out.e2v", ["index model.e2v -o out.e2v"]),
    Case("index --type hnsw", "index tower.e2v --type hnsw --threads 1 --users users.e2v -o out.e2v"),
    Case("merge", "merge model.e2v second.e2v -o out.e2v"),
    Case("align", "align model.e2v second.e2v -o out.e2v", ["align model.e2v model.e2v -o out.e2v"]),
    Case("embed", "embed text.txt -m model.e2v -o out.e2v", ["embed lines.txt -m model.e2v -o out.e2v"]),
    Case(
        "map",
        "map model.e2v --projection pca --threads 1 -o out.html",
        ["map second.e2v --projection pca -o out.html"],
    ),
    Case("tune", _TUNE, times=["out.tsv"], then="--resume"),
    Case("tune --resume", f"{_TUNE} --resume", [f"killed {_TUNE}"], times=["out.tsv"]),
    Case("auto", "auto log.csv --methods popularity,item-knn,svd --threads 1 -o out", once=True),
    Case("auto, tower", "auto log.csv --methods popularity,tower --threads 1 -o out", once=True),
    Case("compare --keep", "compare corpus.e2v --methods popularity,svd --threads 1 --keep out", once=True),
    *(
        Case(
            f"import, {name}",
            f"import vectors.{ending} -o out.e2v",
            ["import second.w2v -o out.e2v"],
        )
        for name, ending in FORMATS.items()
    ),
    *(
        Case(
            f"export --to {name}",
            f"export model.e2v --to {name} -o out.{ending}",
            [f"export second.e2v --to {name} -o out.{ending}"] if name != "fasttext-binary" else (),
            quick=name == "safetensors",
        )
        for name, ending in {**FORMATS, "e2v": "e2v"}.items()
    ),
    Case("export to stdout", "export model.e2v --to parquet -o -", prints=True),
    Case("similar", "similar bread -m model.e2v", prints=True),
    Case("recommend", "recommend --for u1 --index items.e2v --users users.e2v", prints=True),
    Case("eval --ranking", "eval tower.e2v --ranking held.txt --corpus part.e2v --threads 1", prints=True),
    Case("cluster", "cluster model.e2v -k 3 --threads 1", prints=True),
    Case("diff", "diff model.e2v second.e2v --threads 1", prints=True),
    Case("keys", "keys model.e2v", prints=True),
    Case("info", "info model.e2v", prints=True),
    Case("verify", "verify model.e2v", prints=True),
    Case("plan", "plan words.e2v --dim 4"),
)


def cases_named(patterns: Sequence[str], *, quick: bool) -> list[Case]:
    """The cases whose names contain one of the patterns; none are all. quick: those of the short part."""
    chosen = [case for case in CASES if not patterns or any(pattern in case.name for pattern in patterns)]
    return [case for case in chosen if case.quick or not quick]


def write_raw(folder: Path) -> None:
    """What no command makes: text, a log in three formats, titles, features."""
    import gzip
    import json

    import pyarrow as pa
    from pyarrow import parquet

    rng = np.random.default_rng(5)
    words = [
        "bread",
        "butter",
        "cheese",
        "lunch",
        "dinner",
        "wine",
        "beer",
        "paris",
        "rome",
        "tea",
        "new",
        "york",
    ]
    lines = [" ".join(words[i] for i in rng.integers(0, len(words), 12)) for _ in range(80)]
    text = "\n".join(lines) + "\n"
    (folder / "text.txt").write_text(text)
    (folder / "lines.txt").write_text("bread and butter\n")
    (folder / "text.txt.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    rows = []
    for user in range(40):
        first = user % 2 * 10
        for item in dict.fromkeys([*rng.integers(first, first + 10, 6), *rng.integers(0, 20, 2)]):
            rows.append({"user": f"u{user}", "item": f"i{item}", "time": len(rows)})
    table = "".join(f"{row['user']},{row['item']},{row['time']}\n" for row in rows)
    (folder / "log.csv").write_text("user,item,time\n" + table)
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    parquet.write_table(pa.Table.from_pylist(rows), folder / "log.parquet")
    (folder / "titles.csv").write_text("item,title\n" + "".join(f"i{i},Film {i}\n" for i in range(20)))
    (folder / "users.csv").write_text("user,age\n" + "".join(f"u{i},{20 + i}\n" for i in range(40)))
