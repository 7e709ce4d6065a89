"""Fuzz what reads files: `python -m tests.attacks.fuzz --minutes 15 [READER ...]`, or `make attack`.

Each reader is given bytes that Atheris (`pip install atheris`) makes of its seeds, led by what the code does with
them; without Atheris they are mutated blindly. Kernels are compiled with bounds checked. What is neither an answer
nor an `E2VError` is a finding: its input is kept under --found, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

#: What Atheris instruments: code that is compiled by Numba has to stay as it is.
_INSTRUMENTED = ["e2v", "json", "gzip", "pickletools", "csv", "zipfile"]
_SLOWEST = 20  # seconds of an input, beyond which it is a finding
_MEMORY = 3000  # MB of the process
_LONGEST = 1 << 13  # bytes of an input


class Findings:
    """Keeps one input for each place in which a reader fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()

    def add(self, data: bytes, error: BaseException) -> None:
        """Keep an input, unless another has failed at the same place."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "/e2v/" in frame.filename or "/attacks/" in frame.filename]
        place = f"{type(error).__name__} {ours[-1].filename}:{ours[-1].lineno}" if ours else repr(error)
        name = hashlib.sha256(place.encode()).hexdigest()[:12]
        if name in self._known:
            return
        self._known.add(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(data)
        said = "".join(traceback.format_exception(error))
        (self._folder / f"{name}.txt").write_text(said, errors="backslashreplace")
        print(f"FINDING {place}: {error!r:.200}", file=sys.stderr, flush=True)


def mutated(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """Some bytes changed, repeated, taken out or put in, or a piece of another input."""
    raw = bytearray(data)
    for _ in range(1 << rng.randrange(4)):
        place = rng.randrange(len(raw) + 1)
        length = 1 << rng.randrange(5)
        match rng.randrange(7):
            case 0:
                raw[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                raw[place : place + length] = b""
            case 2:
                raw[place:place] = rng.randbytes(length)
            case 3:
                raw[place:place] = raw[place : place + length] * rng.randrange(1, 4)
            case 4:
                other = rng.choice(others)
                start = rng.randrange(len(other) + 1)
                raw[place : place + length] = other[start : start + length]
            case 5:
                raw[place : place + length] = rng.choice(_ODD)
            case 6:
                del raw[place:]
    return bytes(raw[:_LONGEST])


_ODD = [
    b"\xff" * 8, b"\x80" + b"\0" * 7, b"\xff\xff\xff\x7f", b"-1", b"0", b"1e999", b"nan", b"9" * 20, b"\0", b"\n",
    b"\r\n", b'"', b"\\", b"\t", b",", b"\x1b]0;", b"\xef\xbb\xbf", b"\xff\xfe", b"[" * 100, b"{}", b"null",
    b"\xc2\x9b", b"\xed\xa0\x80", b"18446744073709551615",
]  # fmt: skip


def blindly(read: Callable[[bytes], None], seeds: list[bytes], seconds: float, most: int, seed: int) -> int:
    """Run a reader on mutated seeds for some seconds, or so many times; how many it were."""
    rng = random.Random(seed)
    until, done = time.monotonic() + seconds, 0
    for data in seeds:
        read(data)
        done += 1
    while done < most and time.monotonic() < until:
        read(mutated(rng.choice(seeds), rng, seeds))
        done += 1
    return done


def _fuzz_one(name: str, seconds: float, corpus: Path, found: Path) -> None:
    """In a process of its own: fuzz a reader, and print how often it was run."""
    os.fsync = lambda descriptor: None
    try:
        import atheris
    except ImportError:
        atheris = None
    from tests.attacks.importing import import_all, import_kernels

    import_kernels()
    instrumented = atheris.instrument_imports(include=_INSTRUMENTED) if atheris else contextlib.nullcontext()
    with instrumented:
        import_all()
    from e2v.errors import E2VError
    from tests.attacks.readers import READERS

    reader = READERS[name]
    findings = Findings(found)
    done = 0
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as scratch:
        folder = Path(scratch)

        def read(data: bytes) -> None:
            nonlocal done
            done += 1
            try:
                reader.read(data, folder)
            except E2VError:
                pass
            except Exception as error:
                findings.add(data, error)

        seeds = reader.seeds()
        for seed in seeds:
            read(seed)  # which compiles kernels before there are limits
        if atheris is None:
            blindly(read, seeds, seconds, 1 << 62, random.randrange(1 << 30))
            print(f"Done {done} runs")
            return
        corpus.mkdir(parents=True, exist_ok=True)
        for data in seeds:
            (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        found.mkdir(parents=True, exist_ok=True)
        options = (
            f"-max_total_time={seconds:.0f}",
            f"-timeout={_SLOWEST}",
            f"-rss_limit_mb={_MEMORY}",
            f"-max_len={_LONGEST}",
            f"-artifact_prefix={found}/",
            "-print_final_stats=0",
            "-verbosity=1",
        )
        atheris.Setup(["fuzz", str(corpus), *options], read)
        atheris.Fuzz()


def _run(name: str, seconds: float, corpus: Path, found: Path) -> tuple[int, int, int]:
    """Executions, findings and exit code of a fuzzing process; one that ends of a finding is started anew."""
    words = [sys.executable, "-m", "tests.attacks.fuzz", "--one", name, "--seconds"]
    place = name.replace(" ", "-")
    until, done, code = time.monotonic() + seconds, 0, 0
    while (left := until - time.monotonic()) > 1 or not done:
        places = ["--corpus", str(corpus / place), "--found", str(found / place)]
        ended = subprocess.run(
            [*words, str(max(left, 1)), *places],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NUMBA_BOUNDSCHECK": "1"},
        )
        said = ended.stdout.decode(errors="replace")
        runs = [int(number) for number in re.findall(r"^(?:Done |#)(\d+)", said, re.MULTILINE)]
        done += max(runs, default=0)
        if ended.returncode and not runs:
            print(said[-3000:])
        for line in said.splitlines():
            if line.startswith(("FINDING", "SUMMARY", "Fatal", "==")):
                print(f"  {name}: {line}", flush=True)
        if not runs:
            return done, 1, ended.returncode
        code = code or ended.returncode
    kept = [path for path in (found / place).glob("*") if path.suffix != ".txt"]
    return done, len(kept), code


def main() -> int:
    """See the module."""
    from tests.attacks.readers import READERS

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}; none is all")
    parser.add_argument("--minutes", type=float, default=15, help="in all, shared evenly")
    parser.add_argument(
        "--corpus",
        type=Path,
        default=Path("~/.cache/e2v-attacks/corpus").expanduser(),
        help="inputs that are gone on from",
    )
    parser.add_argument(
        "--found",
        type=Path,
        default=Path("~/.cache/e2v-attacks/found").expanduser(),
        help="where findings are kept",
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        _fuzz_one(asked.one, asked.seconds, asked.corpus, asked.found)
        return 0
    names = asked.readers or list(READERS)
    failed = False
    for name in names:
        done, kept, code = _run(name, 60 * asked.minutes / len(names), asked.corpus, asked.found)
        failed |= bool(kept or code)
        print(f"{name}\t{done}\t{kept} findings", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
