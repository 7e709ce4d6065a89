"""Fixtures for the whole suite."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from e2v.store import Keys
from tests.forking import READ_LATE, Forking, Result, environment, sync_nothing

settings.register_profile("e2v", deadline=None, derandomize=True)  # the same examples everywhere
settings.load_profile("e2v")
sync_nothing()


Run = Callable[..., Result]


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as tests wait for what they start; each takes half a GB."""
    return min(8, (os.cpu_count() or 1) + 1)


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """A process with all that e2v may import."""
    with Forking(["tests.forked"]) as forking:
        yield forking


@pytest.fixture
def run(tmp_path: Path, forking: Forking) -> Run:
    """Run the real command line in a scratch folder: `run("similar", "king", stdin="...", check=True)`.

    With an environment of its own, given or set by the test, it is started anew unless that is read late.
    """

    def run_e2v(
        *arguments: str | Path,
        stdin: str | bytes = b"",
        check: bool = True,
        cwd: Path = tmp_path,
        env: dict[str, str] | None = None,
        timeout: float = 600,
    ) -> Result:
        words = [str(argument) for argument in arguments]
        data = stdin if isinstance(stdin, bytes) else stdin.encode("utf-8", "surrogateescape")
        wanted = environment() | (env or {})
        own = {name: value for name, value in wanted.items() if forking.environment.get(name) != value}
        if own.keys() <= READ_LATE and forking.environment.keys() <= wanted.keys():
            result = forking.run("e2v", words, cwd, data, timeout, own)
        else:
            done = subprocess.run(
                [sys.executable, "-m", "e2v", *words],
                input=data,
                capture_output=True,
                cwd=cwd,
                env=wanted,
                timeout=timeout,
            )
            stdout, stderr = (s.decode("utf-8", "surrogateescape") for s in (done.stdout, done.stderr))
            result = Result(stdout, stderr, done.returncode)
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
