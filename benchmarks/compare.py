"""Run e2v and its peers in turn on one text, and keep what each took and how good its vectors are.

Whole processes, one at a time, trainers interleaved within a round so that a slow minute of the machine
hits all of them. Quality is taken from the first round's vectors by `e2v eval`, the same for everyone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from e2v.store import ArtifactWriter, Keys

HERE = Path(__file__).parent
PEERS = {"word2vec.c": "word2vec_c", "gensim": "gensim_corpus_file", "fastText": "fasttext_words"}
MODES = {
    "skipgram-negative": ("skipgram", "negative-sampling"),
    "cbow-negative": ("cbow", "negative-sampling"),
    "skipgram-hierarchical": ("skipgram", "hierarchical-softmax"),
    "cbow-hierarchical": ("cbow", "hierarchical-softmax"),
}
E2V = [sys.executable, "-m", "e2v"]


def main() -> None:
    """Measure and write one result file."""
    options = arguments()
    python = str(options.peer_python or sys.executable)
    trainers = [t for t in ("e2v", *PEERS) if t in options.trainers.split(",")]
    modes = options.modes.split(",")
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        folder = Path(scratch)
        corpus = folder / "corpus.e2v"
        subprocess.run([*E2V, "vocab", options.text, "-o", corpus, "--min-count", "5"], check=True)
        for number in range(options.rounds):
            for mode in modes:
                for trainer in trainers:
                    settings = settings_of(mode, options)
                    vectors = folder / f"vectors of {trainer}"  # e2v replaces no file of another kind
                    command = (
                        e2v_command(corpus, vectors, settings)
                        if trainer == "e2v"
                        else [
                            python,
                            str(HERE / "peers" / f"{PEERS[trainer]}.py"),
                            options.text,
                            str(vectors),
                            json.dumps(settings),
                        ]
                    )
                    run = measured(command) | {
                        "trainer": trainer,
                        "mode": mode,
                        "round": number,
                        "settings": settings,
                    }
                    if number == 0 and options.eval:
                        run["quality"] = quality(vectors, trainer, Path(options.eval))
                    words = runs[0]["words"] if runs else run["words"]  # e2v comes first, and counts them
                    runs.append(run | {"words": words})
                    print(json.dumps(run), flush=True)
                    result = {"machine": machine(), "text": text_facts(options.text), "runs": runs}
                    Path(options.output).write_text(json.dumps(result, indent=1) + "\n")
    for mode in modes:
        seconds = {
            t: statistics.median(r["seconds"] for r in runs if (r["trainer"], r["mode"]) == (t, mode))
            for t in trainers
        }
        print(mode, {t: f"{s:.1f} s, {s / seconds['e2v']:.1f}x" for t, s in seconds.items()})


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", help="one sentence a line, words between spaces")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--trainers", default=",".join(("e2v", *PEERS)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--negative", type=int, default=5)
    parser.add_argument("--eval", help="folder with questions-words.txt and wordsim353.tsv")
    parser.add_argument("--peer-python", help="interpreter that has the peers, if not this one")
    return parser.parse_args()


def settings_of(mode: str, options: argparse.Namespace) -> dict[str, Any]:
    """What every trainer is told, in the words the peers' scripts read."""
    arch, loss = MODES[mode]
    return {
        "arch": arch,
        "loss": loss,
        "dim": options.dim,
        "window": 5,
        "negative": options.negative,
        "sample": 1e-4,
        "epochs": options.epochs,
        "min_count": 5,
        "threads": options.threads,
        "lr": 0.05 if arch == "cbow" else 0.025,
    }


def e2v_command(corpus: Path, vectors: Path, settings: dict[str, Any]) -> list[str]:
    """The e2v command for the settings."""
    skipped = {"min_count", "negative"} if settings["loss"] == "hierarchical-softmax" else {"min_count"}
    settings = settings | ({"cbow-gradient": "full"} if settings["arch"] == "cbow" else {})  # as its peers do
    flags = [x for k, v in settings.items() if k not in skipped for x in (f"--{k}", str(v))]
    return [*E2V, "train", str(corpus), "-o", str(vectors), "--progress", "json", *flags]


def measured(command: list[str]) -> dict[str, Any]:
    """Run a process: its own report (the last JSON line printed), wall and CPU seconds, peak memory."""
    lines, usage = run_process(command)
    report = last_report(lines)
    return {
        "seconds": round(report["seconds"], 2),
        "version": report["version"],
        **({"words": report["words"]} if "words" in report else {}),
        **usage,
        "command": [Path(part).name if "/" in part else part for part in command],
    }


def run_process(command: list[str]) -> tuple[list[str], dict[str, float]]:
    """Run a process to its end: the lines it printed, and its wall and CPU seconds and peak memory."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as captured:
        process = subprocess.Popen(command, stdout=captured, stderr=captured)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        captured.seek(0)
        lines = captured.read().decode(errors="replace").splitlines()
    if status != 0:
        code = os.waitstatus_to_exitcode(status)  # of a signal, it is negative
        sys.exit("\n".join([*lines[-20:], f"failed, exit code {code}: {command}"]))
    return lines, {
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }


def last_report(lines: list[str]) -> dict[str, Any]:
    """What a trainer says of its run: the last JSON line it printed."""
    return dict(json.loads([line for line in lines if line.startswith("{")][-1]))


def quality(vectors: Path, trainer: str, evaluation: Path) -> dict[str, float]:
    """Analogies (vocabulary cut to 30,000) and word similarity of the vectors, by `e2v eval`."""
    model = vectors
    if trainer != "e2v":
        model = vectors.with_suffix(".e2v")
        as_artifact(vectors, model)
    tests = ["--analogies", evaluation / "questions-words.txt", "--restrict", "30000"]
    tests += ["--similarity", evaluation / "wordsim353.tsv"]
    rows = subprocess.run(
        [*E2V, "eval", model, *tests, "--format", "json"], check=True, stdout=subprocess.PIPE
    )
    return {row["name"]: row["value"] for row in map(json.loads, rows.stdout.splitlines())}


def as_artifact(vectors: Path, output: Path) -> None:
    """A peer's vectors, in word2vec's binary format, as a file that `e2v eval` reads."""
    data = vectors.read_bytes()
    header, _, rest = data.partition(b"\n")
    count, dim = map(int, header.split())
    keys, rows = [], np.empty((count, dim), np.float32)
    at = 0
    for row in range(count):
        end = rest.index(b" ", at)
        keys.append(rest[at:end].lstrip(b"\n"))
        rows[row] = np.frombuffer(rest, np.float32, dim, end + 1)
        at = end + 1 + 4 * dim
    with ArtifactWriter(output, "vectors", {"tool": "a peer"}) as writer:
        writer.add_keys("keys", Keys.from_strings(keys))
        writer.add("vectors", rows)


def machine() -> dict[str, Any]:
    """The machine in a few words."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next(
            (ln.split(":")[1].strip() for ln in info.read_text().splitlines() if "model name" in ln), cpu
        )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def text_facts(path: str) -> dict[str, Any]:
    """Size and name of the text."""
    return {"name": Path(path).name, "bytes": Path(path).stat().st_size}


if __name__ == "__main__":
    main()
