"""What besides training takes time: reading the files of other programs, analogies, phrases.

Whole processes take turns. On a word2vec text file, with the six digits after the point that word2vec writes,
and a .bin of the same random vectors: `e2v import`, which leaves an .e2v file on the disk, every number
checked and digested, and gensim's loader, which leaves the vectors in its memory. On a model of TEXT and the
questions of Google's set: `e2v eval` and gensim's evaluate_word_analogies. On TEXT: `e2v vocab` and `e2v
phrases`. What takes gensim minutes is done in the first round only. A file is read once before, so that
every program finds it in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from compare import E2V, HERE, last_report, machine, run_process

from e2v import __version__

ONSETS = ("", *"bdfghklmnprstvwz", "br", "ch", "st", "th", "tr")
NUCLEI = ("a", "e", "i", "o", "u", "ea", "ou", "é", "ü")
CODAS = ("", "", "n", "r", "s", "t", "ng", "l")


class Case(NamedTuple):
    """A process of one program. reads: its input, where speed is of that. once: it takes long."""

    task: str
    program: str
    command: list[str]
    reads: Path | None = None
    once: bool = False


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", help="one sentence a line, words between spaces")
    parser.add_argument("questions", help="questions-words.txt")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the files of vectors")
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has gensim")
    parser.add_argument("--work", help="where a temporary folder is made: 7 GB of files at full size")
    options = parser.parse_args()
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-", dir=options.work) as scratch:
        folder = Path(scratch)
        make_files(folder, options.rows, options.dim)
        make_model(folder, options.text)
        cases = [
            *import_cases(folder, options.peer_python),
            *analogy_cases(folder, options.questions, options.peer_python),
            *phrase_cases(folder, options.text),
        ]
        for number in range(options.rounds):
            for case in cases:
                if number and case.once:
                    continue
                runs.append({"round": number} | measured(case))
                print(json.dumps(runs[-1]), flush=True)
    shape = {"rows": options.rows, "dim": options.dim}
    result = {"machine": machine(), "vectors": shape, "processes": runs}
    Path(options.output).write_text(json.dumps(result, indent=1) + "\n")


def import_cases(folder: Path, peer_python: str) -> Iterator[Case]:
    """Both programs on both files."""
    for name, form in (("vectors.txt", "text"), ("vectors.bin", "binary")):
        path = folder / name
        task = f"load {path.stat().st_size / 1e9:.2f} GB of word2vec {form}"
        yield Case(task, "e2v", [*E2V, "import", str(path), "-o", str(folder / "imported.e2v")], path)
        script = str(HERE / "peers" / "gensim_load.py")
        yield Case(task, "gensim", [peer_python, script, str(path), form], path, once=form == "text")


def analogy_cases(folder: Path, questions: str, peer_python: str) -> Iterator[Case]:
    """All questions, with the whole vocabulary."""
    task = "answer the analogies"
    yield Case(task, "e2v", [*E2V, "eval", str(folder / "model.e2v"), "--analogies", questions])
    script = str(HERE / "peers" / "gensim_analogies.py")
    yield Case(task, "gensim", [peer_python, script, str(folder / "model.bin"), questions], once=True)


def phrase_cases(folder: Path, text: str) -> Iterator[Case]:
    """Both commands make a corpus of the text."""
    for command in ("vocab", "phrases"):
        corpus = str(folder / "corpus.e2v")
        yield Case("encode text", f"e2v {command}", [*E2V, command, text, "-o", corpus], Path(text))


def measured(case: Case) -> dict[str, Any]:
    """Run a process: what it took, and what it was."""
    if case.reads:
        with case.reads.open("rb") as file:
            while file.read(1 << 24):
                pass
    lines, usage = run_process(case.command)
    peer = case.program == "gensim"
    return {
        "task": case.task,
        "program": case.program,
        "version": last_report(lines)["version"] if peer else __version__,
        **({"bytes": case.reads.stat().st_size} if case.reads else {}),
        **usage,
        "command": [Path(part).name if "/" in part else part for part in case.command],
    }


def make_model(folder: Path, text: str) -> None:
    """A model of a text, and its vectors for gensim."""
    corpus, model = folder / "corpus.e2v", folder / "model.e2v"
    for command in (
        ["vocab", text, "-o", corpus],
        ["train", corpus, "-o", model, "--seed", "1"],
        ["export", model, "--to", "word2vec-binary", "-o", folder / "model.bin"],
    ):
        subprocess.run([*E2V, *command], check=True)


def make_files(folder: Path, n: int, dim: int) -> None:
    """Random vectors, float32[n, dim], as text and as binary records; the same for the same n and dim."""
    rng = np.random.default_rng(1)
    line = b"%s" + b" %f" * dim + b"\n"
    with (folder / "vectors.txt").open("wb") as text, (folder / "vectors.bin").open("wb") as binary:
        for file in (text, binary):
            file.write(b"%d %d\n" % (n, dim))
        for key in words(n):
            vector = rng.normal(0, 0.3, dim).astype(np.float32)
            text.write(line % (key, *vector.tolist()))
            binary.write(b"%s %s\n" % (key, vector.tobytes()))


def words(n: int) -> Iterable[bytes]:
    """n different keys such as texts have: some with capitals, accents, or numbers, some in Chinese."""
    rng = random.Random(1)
    found: dict[bytes, None] = {}
    while len(found) < n:
        if rng.random() < 0.05:
            word = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(rng.choice((1, 2, 2, 3, 4))))
        else:
            n_syllables = rng.choice((1, 2, 2, 3, 3, 4))
            parts = (rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(n_syllables))
            word = "".join(parts)
            if rng.random() < 0.3:
                word = word.capitalize()
            if rng.random() < 0.05:
                word += f"_{rng.randrange(2000)}"
        found[word.encode()] = None
    return found


if __name__ == "__main__":
    main()
