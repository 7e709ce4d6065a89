"""The short part of `python -m tests.faults`: each kind of failure once, shared out to three commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.injector import KINDS, compiler

PROJECT = Path(__file__).parents[2]


@pytest.mark.skipif(compiler() is None or sys.platform != "linux", reason="needs Linux and a C compiler, cc")
def test_no_failure_of_the_system_breaks_a_promise() -> None:
    command = [sys.executable, "-m", "tests.faults", "--quick"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    found = re.search(r"(\d+) failures, 0 broken promises", ran.stdout)
    assert found and ran.returncode == 0, ran.stdout + ran.stderr
    assert int(found[1]) > 30


def test_the_library_counts_kinds_of_calls_as_we_do() -> None:
    source = Path(__file__).with_name("inject.c").read_text()
    enum = re.search(r"enum kind \{(.*?)\}", source, re.DOTALL)
    assert enum and [kind.strip().lower() for kind in enum[1].split(",")] == list(KINDS)
