"""The speed of learning from sets, beside itembed's: as many pairs of items, as many noise items for each.

itembed draws one other item for each item of a set, in an epoch. e2v draws several, ten in its preset, so
it is given as many times fewer epochs. One thread each: itembed has no more. Processes take turns, and the
models of the first round are ranked with.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from compare import E2V, HERE, machine, measured, run_process

MODES = {"2 contexts, 10 epochs": (2, 10), "10 contexts, 3 epochs": (10, 3)}
SETTINGS = {"dim": 64, "negative": 5, "lr": 0.05, "threads": 1, "seed": 1}


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", help="histories, a corpus.e2v of e2v split")
    parser.add_argument("test", help="what e2v split held out of them")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has itembed")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(HERE.parent)  # the peer's interpreter may lack e2v
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        model = Path(scratch) / "model.e2v"
        for number in range(options.rounds):
            for mode, (contexts, epochs) in MODES.items():
                for trainer in ("e2v", "itembed"):
                    if trainer == "e2v":
                        command = e2v_command(options.train, model, contexts, epochs)
                    else:
                        told = json.dumps(SETTINGS | {"epochs": contexts * epochs})
                        script = str(HERE / "peers" / "itembed_sets.py")
                        command = [options.peer_python, script, options.train, str(model), told]
                    run = measured(command) | {"trainer": trainer, "mode": mode, "round": number}
                    if number == 0:
                        run["quality"] = quality(model, options.train, options.test)
                    runs.append(run | {"settings": SETTINGS})
                    print(json.dumps(runs[-1]), flush=True)
    words = {run["mode"]: run["words"] * MODES[run["mode"]][0] for run in runs if "words" in run}
    runs = [run | {"words": words[run["mode"]]} for run in runs]  # one pair for each context of each item
    Path(options.output).write_text(json.dumps({"machine": machine(), "runs": runs}, indent=1) + "\n")


def e2v_command(train: str, model: Path, contexts: int, epochs: int) -> list[str]:
    """The e2v command; noise is uniform, as itembed's is."""
    settings = SETTINGS | {"set-sample": contexts, "epochs": epochs, "noise-exponent": 0, "sample": 0}
    flags = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    return [*E2V, "train", train, "-o", str(model), "--context", "set", "--progress", "json", *flags]


def quality(model: Path, train: str, test: str) -> dict[str, float]:
    """How well the model ranks what was held out."""
    told = ["--ranking", test, "--corpus", train, "--format", "json"]
    lines, _ = run_process([*E2V, "eval", str(model), *told])
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    return {row["measure"]: row["value"] for row in rows if row["name"] in ("recall", "ndcg")}


if __name__ == "__main__":
    main()
