"""All attacks, the long ones too, and then the fuzzer for some minutes: `python -m tests.attacks --minutes 15`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.attacks import fuzz
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
    sys.exit(fuzz.main() or int(failed > 0))
