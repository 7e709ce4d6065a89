"""All attacks, the long ones too, and then the fuzzer for some minutes: `python -m tests.attacks --minutes 15`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.attacks.all import ATTACKS
from tests.attacks.test_attacks import problem, ran
from tests.forking import Forking


def attack() -> int:
    """Run the attacks, and print those that are not refused as they should be; how many they are."""
    with tempfile.TemporaryDirectory() as folder, Forking(["tests.forked"]) as forking:
        found = ran(list(ATTACKS), Path(folder), forking)
    problems = {name: what for name in ATTACKS if (what := problem(name, found[name]))}
    for name, what in problems.items():
        print(f"{name}: {what}", flush=True)
    print(f"{len(ATTACKS)} attacks, {len(problems)} not refused as they should be", flush=True)
    return len(problems)


if __name__ == "__main__":
    failed = attack()
    # In a process of its own: what this one has imported could not be instrumented any more.
    fuzzed = subprocess.run([sys.executable, "-m", "tests.attacks.fuzz", *sys.argv[1:]])
    sys.exit(fuzzed.returncode or int(failed > 0))
