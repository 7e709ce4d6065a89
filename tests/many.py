"""Runs the command line many times over, each in a process of its own, and starts the interpreter only once.

`python -m tests.many SECONDS` reads a JSON array of argument lists; the present folder is that of each. The
first is run in this process, so that what it imports and compiles need not be again. For each other one a
line with exit code and stderr is printed; a code below 0 is a signal, and one that has not ended after
SECONDS is killed by SIGALRM.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import traceback


def _main(arguments: list[str]) -> int:
    from e2v.cli.app import main

    sys.argv = ["e2v", *arguments]
    try:
        main()
    except SystemExit as error:
        return int(error.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _child(arguments: list[str], errors: int, seconds: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(errors, 2)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    code = 1
    try:
        code = _main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    warm, *calls = json.load(sys.stdin)
    seconds = int(sys.argv[1])
    printed = os.dup(1)
    os.dup2(2, 1)
    _main(warm)
    for call in calls:
        with tempfile.TemporaryFile() as errors:
            child = os.fork()
            if not child:
                _child(call, errors.fileno(), seconds)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            errors.seek(0)
            said = errors.read().decode("utf-8", "surrogateescape")
        os.write(printed, (json.dumps([code, said]) + "\n").encode())
