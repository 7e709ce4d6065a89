"""What happens at no call in particular: a SIGKILL at any moment, files that may not grow, readers."""

from __future__ import annotations

import os
import random
import resource
import time
from pathlib import Path
from typing import Any

from tests.faults.injector import KILL_BEFORE
from tests.faults.points import Attack
from tests.faults.runs import Runner, Tree, restore

#: Those that are killed, each so often as the others.
KILLED = (
    *(
        "vocab",
        "events",
        "train, checkpoints",
        "tower, checkpoints",
        "import, word2vec",
        "export --to sqlite",
    ),
    *("export --to safetensors", "users", "index", "map"),
)
#: Seconds between two looks of a reader: fifty that never wait leave no processor to whoever replaces.
_PAUSE = 0.5
#: How many bytes a file may have: none, some, and all but a few of most outputs.
SIZES = (0, 100, 1000, 4096, 5000, 6000, 8000, 12_000)


def kills(attack: Attack, count: int, seed: int) -> None:
    """Kill the command at random moments of its life."""
    rng = random.Random(f"{seed} {attack.case.name}")
    began = time.monotonic()
    attack.run(f"{attack.case.line} -q", counted=False)
    seconds = time.monotonic() - began
    for _ in range(count):
        restore(attack.folder, attack.before)
        moment = rng.uniform(0, 1.2 * seconds)
        ran = attack.run(f"{attack.case.line} -q", counted=False, kill_after=moment)
        attack.judge(ran, f"killed after {moment:.3f} s", KILL_BEFORE if ran.code < 0 else 0)


def limits(attack: Attack) -> None:
    """Have no file become longer than so many bytes."""
    for size in SIZES:
        restore(attack.folder, attack.before)

        def limited(size: int = size) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

        ran = attack.run(f"{attack.case.line} -q", counted=False, prepare=limited)
        attack.judge(ran, f"files of {size:,} bytes at most")


def readers(root: Path, inputs: Tree, count: int, replacements: int) -> dict[str, Any]:
    """Have processes read a file, whole, while it is replaced again and again by two others in turn."""
    from e2v.store import verify

    folder = root / "readers"
    folder.mkdir()
    restore(folder, inputs)
    run = Runner(folder, root / "streams")
    lines = [f"users tower.e2v {corpus}.e2v -o out.e2v -q" for corpus in ("corpus", "part")]
    digests = []
    for line in lines:
        assert run(line, counted=False).code == 0
        digests.append((folder / "out.e2v").read_bytes())
    children, ours = [], []
    for _ in range(count):
        result, given = os.pipe()
        parent = os.getpid()
        child = os.fork()
        if not child:
            _read_on(folder, given, digests, verify, parent)
        os.close(given)
        children.append(child)
        ours.append(result)
    failed = sum(run(lines[number % 2], counted=False).code != 0 for number in range(replacements))
    (folder / "end").touch()
    for child in children:
        os.waitpid(child, 0)
    said = [os.read(result, 1000).decode() for result in ours]
    reads = [int(text) if text.isdigit() else 0 for text in said]
    found = [text for text in said if not text.isdigit()] + ["a replacement failed"] * failed
    return {"reads": sum(reads), "replacements": replacements, "readers": count, "found": found}


def _read_on(folder: Path, given: int, contents: list[bytes], verify: Any, parent: int) -> None:
    """Verify and read the file until the end, or ours, and hand over how often, or what was wrong."""
    said, reads = "", 0
    try:
        while os.getppid() == parent and not (folder / "end").exists():
            time.sleep(_PAUSE)
            assert (folder / "out.e2v").read_bytes() in contents, "a mixture"
            for _ in verify(folder / "out.e2v"):
                raise AssertionError("verify found something")
            reads += 1
        said = str(reads)
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    finally:
        os.write(given, said.encode()[:900])
        os._exit(0)
