"""What recommending takes where items and users are millions: seconds, and memory of its own.

    python benchmarks/catalogue.py FOLDER --items 10000000 --users 10000000 -o FILE
    python benchmarks/catalogue.py FOLDER --items 1000000 --users 100000 --graph -o FILE

FOLDER is given a model, its users and what is made of them, some 0.8 kB for an item (a graph comes on top)
and 0.3 kB for a user; what is there of the same sizes is not made anew. Items are made up, in clusters of
about a thousand, and so are users, each of whom has seen 5.

Memory is what a process had at most, in two parts: its own, and pages of files that it had mapped, which the
system takes back where it needs them, and which processes share.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from compare import E2V, machine
from numpy.typing import NDArray

from e2v.store import ArtifactWriter, Keys, open_artifact

IN_A_CLUSTER, SPREAD, SEEN = 1000, 0.35, 5
BLOCK = 1 << 18  # rows that are made at a time
LOOKED_AT = 0.02  # seconds between two looks at a process's memory


def main() -> None:
    """Measure and write one result file."""
    options = arguments()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    model, users, index = (folder / f"{name}.e2v" for name in ("model", "users", "items"))
    make(model, users, options.items, options.users, options.dim)
    rows: list[dict[str, Any]] = []

    def measure(name: str, command: list[Any], asked: list[str] | None = None) -> None:
        rows.append({"name": name, "asked": len(asked or []), **measured([*E2V, *command], asked)})
        print(json.dumps(rows[-1]), flush=True)
        facts = {"items": options.items, "users": options.users, "dim": options.dim}
        Path(options.output).write_text(
            json.dumps({"machine": machine(), **facts, "rows": rows}, indent=1) + "\n"
        )

    threads = ["--threads", "1"]
    kind = ["--type", "hnsw"] if options.graph else []
    measure("index", ["index", model, "--users", users, "-o", index, *kind, *(threads if kind else [])])
    names = [f"u{row}" for row in np.random.default_rng(3).permutation(options.users)[: max(options.asked)]]
    asked = ["recommend", "-", "--users", users, "--index", index, *threads]
    for number in options.asked:
        measure("recommend", asked, names[:number])
        if options.graph:
            measure("recommend --exact", [*asked, "--exact"], names[:number])
    keys = [f"i{row}" for row in np.random.default_rng(4).permutation(options.items)[: max(options.asked)]]
    for number in options.asked:
        measure("similar", ["similar", "-", "-m", model, *threads], keys[:number])


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="for the files that are made")
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--asked", type=int, nargs="+", default=[1, 64, 512], help="how many are asked for")
    parser.add_argument("--graph", action="store_true", help="an index with a graph")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    return parser.parse_args()


def make(model: Path, users: Path, n_items: int, n_users: int, dim: int) -> None:
    """Write the model and its users, a block at a time, unless they are there."""
    clusters = np.random.default_rng(1).normal(size=(-(-n_items // IN_A_CLUSTER), dim)).astype(np.float32)
    clusters /= np.linalg.norm(clusters, axis=1, keepdims=True)
    if not (model.exists() and len(open_artifact(model).keys) == n_items):
        with ArtifactWriter(model, "model", {"tool": "benchmarks/catalogue.py"}) as writer:
            writer.add_keys("keys", numbered("i", n_items))
            writer.add("counts", np.arange(n_items, 0, -1, dtype=np.int64))
            for name in ("input", "output"):
                stream = writer.stream(name, np.float32, (dim,))
                for block in made_up(clusters, n_items, seed=1):
                    stream.write(block)
    if not (users.exists() and len(open_artifact(users).keys) == n_users):
        random = np.random.default_rng(2)
        made = {"tool": "benchmarks/catalogue.py", "model": {"digest": open_artifact(model).digest}}
        with ArtifactWriter(users, "users", made) as writer:
            writer.add_keys("keys", numbered("u", n_users))
            stream = writer.stream("vectors", np.float32, (dim,))
            for block in made_up(clusters, n_users, seed=2):
                stream.write(block)
            writer.add("seen.items", random.integers(0, n_items, SEEN * n_users, np.int32))
            writer.add("seen.offsets", np.arange(n_users + 1, dtype=np.int64) * SEEN)


def numbered(letter: str, n: int) -> Keys:
    """The letter with the numbers from 0 on."""
    return Keys.from_strings([f"{letter}{row}".encode() for row in range(n)])


def made_up(clusters: NDArray[np.float32], n: int, seed: int) -> Any:
    """Yield blocks float32[m, d] of n vectors of length 1, each near the middle of a cluster."""
    random = np.random.default_rng(seed)
    for first in range(0, n, BLOCK):
        size = min(BLOCK, n - first)
        dim = clusters.shape[1]
        block = random.standard_normal((size, dim), np.float32) * np.float32(SPREAD / dim**0.5)
        block += clusters[random.integers(0, len(clusters), size)]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        yield block


def measured(command: list[Any], asked: list[str] | None) -> dict[str, Any]:
    """Run a process to its end: CPU and wall seconds, memory, and what it printed if it was asked nothing."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as answers:
        questions.write("".join(f"{each}\n" for each in asked or []).encode())
        questions.seek(0)
        process = subprocess.Popen(list(map(str, command)), stdin=questions, stdout=answers, stderr=answers)
        peak = {"RssAnon": 0, "RssFile": 0}
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                name, _, value = line.partition(":")
                if name in peak:
                    peak[name] = max(peak[name], int(value.split()[0]))
            time.sleep(LOOKED_AT)
        wall = time.perf_counter() - began
        answers.seek(0)
        printed = answers.read().decode()
    if status != 0:
        sys.exit(f"{printed[-2000:]}\nfailed: {command}")
    return {
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "wall_seconds": round(wall, 2),
        "own_mb": round(peak["RssAnon"] / 1024),
        "mapped_mb": round(peak["RssFile"] / 1024),
        **({} if asked else {"printed": printed.splitlines()}),
    }


if __name__ == "__main__":
    main()
