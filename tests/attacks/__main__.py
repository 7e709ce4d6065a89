"""All attacks, the long ones too, and then the fuzzer for some minutes: `python -m tests.attacks --minutes 15`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.attacks import fuzz
from tests.attacks.all import ATTACKS
from tests.attacks.running import place
from tests.attacks.test_attacks import problem


def attack() -> int:
    """Run the attacks, and print those that are not refused as they should be; how many they are."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ATTACKS:
            done = subprocess.run([sys.executable, "-m", "tests.attacks.running", folder, name])
            path = place(name, Path(folder)).with_suffix(".json")
            what = problem(name, json.loads(path.read_text())) if path.exists() else f"exit {done.returncode}"
            if what:
                failed += 1
                print(f"{name}: {what}", flush=True)
    print(f"{len(ATTACKS)} attacks, {failed} not refused as they should be", flush=True)
    return failed


if __name__ == "__main__":
    failed = attack()
    sys.exit(fuzz.main() or int(failed > 0))
