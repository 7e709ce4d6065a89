"""Runs attacks, one after the other in this process and in little memory, and writes down what became of each.

`python -m tests.attacks.running FOLDER NAME ...` writes a .json beside the folder of each, with code, stdout and
stderr, when its command has ended: one without crashed, and ended those after it as well.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shlex
import signal
import sys
import time
from pathlib import Path

from tests.attacks.attack import Attack

_SECONDS = 120  # after which a command is taken to have no end
_MEMORY = 512 << 20  # bytes beyond what the process has: threads reserve some, and use little of it


def prepare(name: str, attack: Attack, folder: Path) -> None:
    """Make the files of an attack, in a folder of its own."""
    inside = place(name, folder)
    inside.mkdir()
    content = attack.content if isinstance(attack.content, bytes) else attack.content()
    for other, data in {Path(name).name: content, **attack.beside}.items():
        (inside / other).write_bytes(data)


def place(name: str, folder: Path) -> Path:
    """The folder of an attack."""
    return folder / name.replace("/", "+").replace(".", "-")


def run(name: str, attack: Attack, folder: Path) -> None:
    """Run the command of an attack in its folder, and write down what became of it."""
    from e2v import notices
    from e2v.cli.app import app
    from e2v.cli.shared.messages import MessageSettings, set_up, tell
    from e2v.cli.shared.streams import prepare_streams

    inside, name = place(name, folder), Path(name).name
    os.chdir(inside)
    outputs = [os.open(inside / f".{number}", os.O_CREAT | os.O_RDWR) for number in (1, 2)]
    before = [os.dup(number) for number in (1, 2)]
    for number, output in enumerate(outputs, 1):
        os.dup2(output, number)
    prepare_streams()
    notices._listeners[:] = [tell]
    began = time.process_time()
    code: object = 1
    try:
        app(shlex.split(attack.command.replace("FILE", name)), prog_name="e2v")
    except SystemExit as left:
        code = left.code or 0
    except BaseException as error:
        import traceback

        traceback.print_exception(error)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    set_up(MessageSettings())
    for number, descriptor in enumerate(before, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    said = [(inside / f".{number}").read_bytes().decode("utf-8", "surrogateescape") for number in (1, 2)]
    for output in outputs:
        os.close(output)
    left = sorted(str(path.relative_to(inside)) for path in inside.rglob("*"))
    made = [path for path in left if path not in {name, ".1", ".2", *attack.beside}]
    found = {
        "code": code,
        "stdout": said[0],
        "stderr": said[1],
        "made": made,
        "seconds": time.process_time() - began,
    }
    inside.with_suffix(".json").write_text(json.dumps(found))


def limit_memory() -> None:
    """Let this process have little more memory than it has."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(
        resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGE_SIZE") + _MEMORY, resource.RLIM_INFINITY)
    )


def main() -> None:
    """See the module."""
    from tests.attacks.all import ATTACKS

    folder, *names = sys.argv[1:]
    for name in names:
        prepare(name, ATTACKS[name], Path(folder))
    gc.freeze()  # what is imported need not be looked at each time
    for name in names:
        signal.alarm(_SECONDS)
        limit_memory()
        run(name, ATTACKS[name], Path(folder))


if __name__ == "__main__":
    main()
