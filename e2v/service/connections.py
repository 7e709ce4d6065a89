"""Connections: how long one may keep the server waiting, and which is closed where there are too many."""

from __future__ import annotations

import asyncio
import math

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from e2v.json_text import json_text

#: Connections at a time; with more, one that asks nothing is closed.
MAX_CONNECTIONS = 1000

#: Seconds in which the next request, or more of the answer, has to get on its way.
_PATIENCE = 20.0


class Connection(H11Protocol):
    """Uvicorn's, but it does not wait forever for a request, or for a client to read its answer.

    The parser of HTTP is h11, which bounds the size of headers; httptools does not.
    """

    _timer: asyncio.TimerHandle | None = None
    _idle_since = math.inf
    _unsent: float = math.inf

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            idle = [each for each in self.connections if isinstance(each, Connection) and each._timer]
            if idle:
                min(idle, key=lambda each: each._idle_since)._close()
        self._wait()

    def handle_events(self) -> None:
        """Take in what came: a request that is whole, but for its body, ends the waiting for it."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_longer()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, with JSON as whatever else is refused, and close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json_text({"error": msg.rstrip("."), "hint": None}).encode()
            headers = [
                ("content-type", "application/json"),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            refusal = (
                h11.Response(status_code=400, headers=headers, reason="Bad Request"),
                h11.Data(data=body),
                h11.EndOfMessage(),
            )
            for event in refusal:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _wait(self) -> None:
        self._wait_no_longer()
        self._idle_since, self._unsent = self.loop.time(), math.inf
        self._timer = self.loop.call_later(_PATIENCE, self._waited)

    def _wait_no_longer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _waited(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:  # the answer is being read
            self._unsent = unsent
            self._timer = self.loop.call_later(_PATIENCE, self._waited)
        else:
            self._close()

    def _close(self) -> None:
        self._wait_no_longer()
        self.transport.abort()
