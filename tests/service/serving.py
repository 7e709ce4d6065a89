"""A server in a thread of the test, on a port that is free."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from e2v.recommend.settings import RecommendSettings
from e2v.service.application import Application
from e2v.service.served import Files, Served
from e2v.service.server import listening, server_of
from e2v.service.settings import ServeSettings
from e2v.vectors.settings import QuerySettings, SelectionSettings


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, which something in another thread will bring about soon."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.005)


class Client:
    """Asks the server."""

    def __init__(self, port: int, app: Application) -> None:
        self.port = port
        self.app = app

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        """Status and answer of a GET."""
        return self.request("GET", path + ("?" + urlencode(query, doseq=True) if query else ""))

    def post(self, path: str, body: bytes | Mapping[str, Any]) -> tuple[int, Any]:
        """Status and answer of a POST."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, data)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """Status and answer, which is JSON unless it is the metrics."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=300)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.getheader("content-type") == "application/json"
            return answer.status, json.loads(text) if is_json else text.decode()

    def metric(self, name: str) -> float:
        """A figure of the metrics; 0 where it is not there."""
        lines = self.get("/metrics")[1].splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)

    def connection(self) -> socket.socket:
        """A connection, to send what one likes."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=300)

    def raw(self, data: bytes) -> bytes:
        """The answer to these bytes, up to the end of its JSON, or of all that comes."""
        answer = b""
        with self.connection() as connection:
            connection.sendall(data)
            while not answer.endswith(b"}") and (more := connection.recv(1 << 16)):
                answer += more
        return answer


def refused(answer: tuple[int, Any]) -> tuple[int, str]:
    """Status and error; an error has a hint or none, and nothing else."""
    status, said = answer
    assert said.keys() == {"error", "hint"} and "Traceback" not in str(said)
    return status, said["error"]


@contextlib.contextmanager
def serving(
    model: Path | None,
    recommended: Mapping[str, Any] | None = None,
    asked: Mapping[str, Any] | None = None,
    selected: SelectionSettings | None = None,
    **limits: Any,
) -> Iterator[Client]:
    """A server of these files, while the context lasts."""
    settings = ServeSettings(port=0, **limits)
    settings_of = QuerySettings(**(asked or {})), RecommendSettings(**(recommended or {}))
    files = Files(model, *settings_of, selected or SelectionSettings())
    app = Application(Served(files), settings)
    with listening(settings) as listener:
        server = server_of(app)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            until(lambda: server.started)
            yield Client(listener.getsockname()[1], app)
        finally:
            server.should_exit = True
            thread.join()
