"""A Ray that a run starts for itself, and how it fails: with a module that stands for Ray."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest

from e2v import own_ray, ray_cluster
from e2v.errors import ClusterError
from e2v.own_ray import OwnRay
from e2v.progress import Progress
from e2v.ray_cluster import Connection

#: A Ray of two processes, one of them in a process group of its own.
RAY = """
import os, subprocess, sys, types
def init(_temp_dir, num_cpus, **_):
    os.mkdir(f"{_temp_dir}/session")
    for process_group in (None, 0):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=process_group)
    os.environ["RAY_AUTH_MODE"] = "token"
def get_runtime_context():
    return types.SimpleNamespace(gcs_address="127.0.0.1:1234")
"""
SLOW = "import time\ndef init(**_): time.sleep(600)\n"
FAILING = "def init(**_): raise Exception('The node timed out.\\nIt is busy.')\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Ray keeps what it has."""
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setenv("RAY_TMPDIR", str(kept))
    monkeypatch.setattr(own_ray, "_MOST_CHARACTERS", 1000)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return kept


def write(folder: Path, source: str) -> None:
    (folder.parent / "ray.py").write_text(source)


def left(ray: OwnRay) -> list[int]:
    return own_ray._processes(ray._process.pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("ends", ["closed", "run killed", "its process killed"])
def test_it_is_out_of_reach_of_signals_to_the_run_and_leaves_nothing(folder: Path, ends: str) -> None:
    write(folder, RAY)
    ray = OwnRay(2)
    assert (ray.address, ray.auth_mode) == ("127.0.0.1:1234", "token")
    assert os.getsid(ray._process.pid) == ray._process.pid != os.getsid(0)
    assert len(left(ray)) == 3
    if ends == "run killed":  # which closes what it has open
        assert ray._process.stdin
        ray._process.stdin.close()
        ray._process.wait(30)
    else:
        if ends == "its process killed":
            ray._process.send_signal(signal.SIGKILL)
        ray.close()
    assert left(ray) == []
    assert list(folder.iterdir()) == []
    ray.close()


def test_one_that_does_not_start_is_a_line(folder: Path) -> None:
    write(folder, FAILING)
    with pytest.raises(ClusterError, match=r"Ray does not start on this machine: The node timed out\.; try"):
        ray_cluster._started(1)
    assert list(folder.iterdir()) == []


def test_an_interrupt_while_it_starts_ends_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, SLOW)
    made: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def interrupted(*args: object, **options: object) -> object:
        made.append(popen(*args, **options))  # type: ignore[call-overload]

        def interrupt() -> bytes:
            raise KeyboardInterrupt

        assert made[0].stdout
        stdout = types.SimpleNamespace(readline=interrupt, close=made[0].stdout.close)
        monkeypatch.setattr(made[0], "stdout", stdout, raising=False)
        return made[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        OwnRay(1)
    assert made[0].returncode is not None
    assert list(folder.iterdir()) == []


@pytest.fixture
def joining(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The module of Ray in this process."""
    ray = types.ModuleType("ray")
    ray.is_initialized = lambda: False  # type: ignore[attr-defined]
    ray.shutdown = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray", ray)
    return ray


def test_where_nobody_listens_it_is_not_asked(joining: types.ModuleType) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        said: list[Progress] = []
        with pytest.raises(ClusterError, match=f"no Ray cluster at {address}: Connection refused"):
            Connection(address, 1, said.append)
    assert [progress.task for progress in said] == ["joining the cluster"]


def test_what_it_writes_past_python_is_not_shown_and_says_that_it_wants_a_token(
    joining: types.ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    def init(**_: object) -> None:
        os.write(2, b"[gcs_client.cc] RPC error: InvalidAuthToken: missing or incorrect\n")
        raise ConnectionError("Failed to connect")

    joining.init = init  # type: ignore[attr-defined]
    with pytest.raises(ClusterError, match=r"asks for a token.*; set RAY_AUTH_MODE=token"):
        Connection("auto", 1)
    assert capfd.readouterr() == ("", "")


def test_its_handler_of_sigterm_does_not_stay(joining: types.ModuleType) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def init(**_: object) -> None:
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(number))
        os.kill(os.getpid(), signal.SIGTERM)

    joining.init = init  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        Connection("auto", 1)
    assert signal.getsignal(signal.SIGTERM) is before
