"""Fixtures for the whole suite."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from e2v.store import Keys

settings.register_profile("e2v", deadline=None, derandomize=True)  # the same examples everywhere
settings.load_profile("e2v")


@dataclass(frozen=True)
class Result:
    """What a finished `e2v` process printed and how it exited."""

    stdout: str
    stderr: str
    code: int


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the real command line in a scratch folder: `run("similar", "king", stdin="...", check=True)`."""

    def run_e2v(
        *arguments: str | Path,
        stdin: str | bytes = b"",
        check: bool = True,
        cwd: Path = tmp_path,
        env: dict[str, str] | None = None,
        timeout: float = 120,
    ) -> Result:
        inherited = {k: v for k, v in os.environ.items() if k not in ("E2V_MODEL", "COLUMNS")}
        process = subprocess.run(
            [sys.executable, "-m", "e2v", *map(str, arguments)],
            input=stdin if isinstance(stdin, bytes) else stdin.encode("utf-8", "surrogateescape"),
            capture_output=True,
            cwd=cwd,
            env=inherited | (env or {}),
            timeout=timeout,
        )
        stdout, stderr = (s.decode("utf-8", "surrogateescape") for s in (process.stdout, process.stderr))
        result = Result(stdout, stderr, process.returncode)
        if check:
            assert result.code == 0, f"exit {result.code}: {result.stderr}"
        return result

    return run_e2v


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked up among keys while the test runs."""
    asked: list[str] = []
    find = Keys.find

    def recording(keys: Keys, key: str | bytes) -> int:
        asked.append(str(key))
        return find(keys, key)

    monkeypatch.setattr(Keys, "find", recording)
    return asked
