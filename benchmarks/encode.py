"""How long `e2v vocab` takes beside `wc -w`: whole processes in turn, wall and CPU seconds, by threads.

Writes a row for each command: the medians of its rounds, and its wall seconds divided by those of wc in the
same round. Run it on a machine without other work; CPU seconds suffer little from some, wall seconds a lot.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from compare import E2V, machine, run_process


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", help="one sentence a line, words between spaces")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, between commas")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as folder:
        output = str(Path(folder) / "corpus.e2v")
        commands = {"wc -w": ["wc", "-w", options.text]}
        for threads in options.threads.split(","):
            arguments = ["vocab", options.text, "-o", output, "--threads", threads, "--progress", "none"]
            commands[f"e2v vocab --threads {threads}"] = [*E2V, *arguments]
        Path(options.text).read_bytes()  # into the system's cache
        for command in commands.values():
            run_process(command)  # which compiles what is not compiled yet
        rounds = [
            {name: run_process(command)[1] for name, command in commands.items()}
            for _ in range(options.rounds)
        ]
    rows = []
    for name in commands:
        wall = statistics.median(each[name]["wall_seconds"] for each in rounds)
        cpu = statistics.median(each[name]["cpu_seconds"] for each in rounds)
        times = statistics.median(
            each[name]["wall_seconds"] / each["wc -w"]["wall_seconds"] for each in rounds
        )
        row = {
            "command": name,
            "seconds": f"{wall:.2f}",
            "CPU s": f"{cpu:.2f}",
            "of wc's time": f"{times:.2f}",
        }
        rows.append(row)
        print(row, flush=True)
    facts = {"rows": rows, "machine": machine(), "note": f"Medians of {options.rounds} rounds."}
    Path(options.output).write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
