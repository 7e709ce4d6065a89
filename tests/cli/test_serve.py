"""`e2v serve` as a process: where it listens, what signals do, what it says."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import E2VError, MissingExtraError
from tests.builders import keyed, write_model
from tests.commands import command


def nearest(port: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/similar?keys=k0&n=1", timeout=300) as answer:
        return str(json.load(answer)["answers"][0]["key"])


def metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=300) as answer:
        return str(answer.read())


def test_signals_and_messages(tmp_path: Path) -> None:
    """SIGHUP has it serve what is in the file now, if it can; SIGTERM ends it, and that is no failure."""
    model = write_model(tmp_path / "m.e2v", keyed(3), np.array([[1, 0], [0.9, 0.1], [0, 1]]))
    line = ["serve", "-m", str(model), "--port", "0", "-v", "--progress", "json"]
    with subprocess.Popen([sys.executable, "-m", "e2v", *line], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr

        def said(kind: str) -> Any:
            return next(each[kind] for each in map(json.loads, process.stderr) if kind in each)

        port = said("note").partition("127.0.0.1:")[2].partition(";")[0]
        assert nearest(port) == "k1"
        request = said("detail")
        assert request.pop("ms") > 0
        assert request == {"client": "127.0.0.1", "method": "GET", "path": "/similar", "status": 200}
        replaced = write_model(tmp_path / "new.e2v", keyed(3), np.array([[1, 0], [0, 1], [0.9, 0.1]]))
        replaced.replace(model)
        assert nearest(port) == "k1"  # until it is told
        process.send_signal(signal.SIGHUP)
        assert said("note").startswith(f"serving {model} (")
        assert nearest(port) == "k2"
        model.unlink()
        process.send_signal(signal.SIGHUP)
        assert "no such file" in said("warning")
        assert nearest(port) == "k2"
        process.send_signal(signal.SIGTERM)
        assert process.wait(300) == 0
        assert all("error" not in json.loads(each) for each in process.stderr)


def test_a_request_under_way_is_waited_for_unless_a_second_signal_comes(tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.e2v", keyed(3), np.eye(3))
    line = ["serve", "-m", str(model), "--port", "0"]
    with subprocess.Popen([sys.executable, "-m", "e2v", *line], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        port = int(process.stderr.readline().partition("127.0.0.1:")[2].partition(";")[0])
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            while "in_flight 2.0" not in metrics(port):  # this one and that
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            assert "ends when 1 request" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        ({"model": "nowhere.e2v"}, 1, "nowhere.e2v: no such file"),
        ({"users": "nowhere.e2v"}, 1, "nowhere.e2v: no such file"),
        ({"port": "70000"}, 2, "port must be between 0 and 65,535, not 70000"),
        ({"host": "256.0.0.1"}, 2, "no address 256.0.0.1; name another with --host"),
    ],
)
def test_what_cannot_be_served(options: dict[str, str], code: int, error: str, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.e2v", keyed(3), np.eye(3))
    with pytest.raises(E2VError, match=error) as raised:
        command("serve", **{"model": model, **options})
    assert raised.value.exit_code == code


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("e2v.service.") and "settings" not in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    with pytest.raises(MissingExtraError, match=r"; pip install starlette uvicorn prometheus-client$"):
        command("serve", model=tmp_path / "m.e2v")
