"""How many questions `e2v serve` answers a second, and how long one waits, beside one process with a pipe.

A server of its own for each model, and clients on the same machine that each ask, wait for the answer, and
ask again, over one connection: single questions (GET) and batches of 100 (POST), of keys drawn by a seed.
Beside it one process of `e2v similar -` or `e2v recommend -` that is fed the same questions. Rounds of all of
them in turn; medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from compare import machine

from e2v import __version__
from e2v.store import open_artifact

CLIENTS = (1, 8, 64)
BATCH = 100
PIPED = 5000
E2V = [sys.executable, "-m", "e2v"]


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--model", "-m", required=True, help="of words, for similar")
    parser.add_argument("--index", required=True, help="for recommend")
    parser.add_argument("--users", required=True, help="for recommend")
    parser.add_argument("--seconds", type=float, default=5, help="of a measurement")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    words = open_artifact(options.model).keys
    users = open_artifact(options.users).keys
    # Words are asked for as often as they occur: their ranks are drawn by Zipf's law.
    ranks = rng.zipf(1.1, 100_000)
    asked = {
        "similar": ["-m", options.model, [words[rank - 1] for rank in ranks[ranks <= len(words)][:PIPED]]],
        "recommend": [
            *("--index", options.index, "--users", options.users),
            [users[row] for row in rng.integers(0, len(users), PIPED)],
        ],
    }
    rounds = [
        each
        for _ in range(options.rounds)
        for name, (*files, keys) in asked.items()
        for each in measure(name, files, keys, options.seconds)
    ]
    rows = []
    for case in dict.fromkeys((each["endpoint"], each["way"]) for each in rounds):
        same = [each for each in rounds if (each["endpoint"], each["way"]) == case]
        figures = {key: [each[key] for each in same] for key in same[0] if key not in ("endpoint", "way")}
        medians = {key: statistics.median(values) for key, values in figures.items()}
        rows.append({"endpoint": case[0], "way": case[1], **medians})
        print(json.dumps(rows[-1]))
    facts = {
        "rows": rows,
        "machine": machine(),
        "note": f"e2v {__version__}; medians of {options.rounds} rounds of {options.seconds:g} s.",
    }
    Path(options.output).write_text(json.dumps(facts, indent=1) + "\n")


def measure(name: str, files: list[str], keys: Sequence[str], seconds: float) -> Iterator[dict[str, Any]]:
    """Questions a second, and how long one waits, in every way of asking."""
    parameter = "keys" if name == "similar" else "user"
    one = [f"GET /{name}?{parameter}={quote(key)} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for key in keys]
    many = []
    for first in range(0, len(keys), BATCH):
        questions = [
            {parameter: [key] if parameter == "keys" else key} for key in keys[first : first + BATCH]
        ]
        body = json.dumps({"questions": questions}).encode()
        many.append(
            f"POST /{name} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
    with serving(files) as port:
        for requests, size in ((one, 1), (many, BATCH)):
            for clients in CLIENTS:
                began = time.perf_counter()
                took = asyncio.run(ask(port, requests, clients, seconds))
                elapsed = time.perf_counter() - began
                p50, p99 = np.percentile(took, [50, 99]) * 1000
                yield {
                    "endpoint": name,
                    "way": f"{clients} clients, {size} a request",
                    "questions_per_second": size * len(took) / elapsed,
                    "p50_ms": p50,
                    "p99_ms": p99,
                }
    lines = "".join(f"{key}\n" for key in keys)
    began = time.perf_counter()
    subprocess.run([*E2V, name, "-", *files], input=lines, text=True, stdout=subprocess.DEVNULL, check=True)
    yield {
        "endpoint": name,
        "way": f"pipe, {len(keys)} lines",
        "questions_per_second": len(keys) / (time.perf_counter() - began),
    }


@contextmanager
def serving(files: list[str]) -> Iterator[int]:
    """A server of these files; its port."""
    command = [*E2V, "serve", "--port", "0", *files]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        match = re.search(r":(\d+);", process.stderr.readline())
        assert match
        try:
            yield int(match[1])
        finally:
            process.terminate()


async def ask(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> list[float]:
    """Seconds that each request took, of clients that go on for so long."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        while (began := time.perf_counter()) < end:
            writer.write(requests[number % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = re.search(rb"content-length: (\d+)", head)
            assert length
            await reader.readexactly(int(length[1]))
            took.append(time.perf_counter() - began)
            number += 1
        writer.close()

    await asyncio.gather(*(client(number * 37) for number in range(clients)))
    return took


if __name__ == "__main__":
    main()
