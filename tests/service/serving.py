"""A server in a thread of the test, on a port that is free."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from e2v.recommend.settings import RecommendSettings
from e2v.service.application import Application
from e2v.service.served import Files, Served
from e2v.service.server import listening, server_of
from e2v.service.settings import ServeSettings
from e2v.vectors.settings import QuerySettings


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
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.getheader("content-type") == "application/json"
            return answer.status, json.loads(text) if is_json else text.decode()

    def connection(self) -> socket.socket:
        """A connection, to send what one likes."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self, data: bytes) -> bytes:
        """The first of what comes back when these bytes are sent."""
        with self.connection() as connection:
            connection.sendall(data)
            return connection.recv(1 << 16)


@contextlib.contextmanager
def serving(
    model: Path | None,
    recommended: Mapping[str, Any] | None = None,
    asked: Mapping[str, Any] | None = None,
    **limits: Any,
) -> Iterator[Client]:
    """A server of these files, while the context lasts."""
    settings = ServeSettings(port=0, **limits)
    files = Files(model, QuerySettings(**(asked or {})), RecommendSettings(**(recommended or {})))
    app = Application(Served(files), settings)
    with listening(settings) as listener:
        server = server_of(app)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.005)
            yield Client(listener.getsockname()[1], app)
        finally:
            server.should_exit = True
            thread.join()
