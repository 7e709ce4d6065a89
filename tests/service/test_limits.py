"""Nobody shuts others out for long, by silence or by asking much; and /health answers all the while."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from e2v.service import application, connections, server
from e2v.service.served import Served
from tests.builders import keyed, write_model
from tests.service.serving import Client, refused, serving, until

BODY = b'{"questions": [{"keys": ["k1"]}]}'
HEAD = b"POST /similar HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    model = write_model(tmp_path_factory.mktemp("limits") / "m.e2v", keyed(5), np.eye(5))
    with serving(model, max_waiting=1, max_body=1000) as client:
        yield client


def begun(client: Client, sent: bytes = b"", length: int = len(BODY)) -> socket.socket:
    """A connection with a request that is under way, and lacks the rest of its body."""
    before = client.metric("e2v_requests_in_flight")
    connection = client.connection()
    connection.sendall(HEAD % length + sent)
    until(lambda: client.metric("e2v_requests_in_flight") == before + 1)
    return connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_requests_without_a_body_keep_nobody_waiting(client: Client) -> None:
    with begun(client) as first, begun(client):
        assert client.get("/similar", keys="k1")[0] == 200
        assert client.post("/similar", BODY)[0] == 200
        first.sendall(BODY)
        answer = rest(first)
    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["results"][0]["query"] == "k1"


def test_with_too_many_waiting_new_ones_are_sent_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching, go_on, answer = threading.Event(), threading.Event(), Served.answer

    def slowly(*asked: object) -> object:
        searching.set()
        assert go_on.wait(300)
        return answer(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(Served, "answer", slowly)
    with begun(client) as first:
        first.sendall(BODY)
        assert searching.wait(300)
        try:
            assert refused(client.get("/similar", keys="k1"))[0] == 503
            assert client.get("/health")[0] == 200
        finally:
            go_on.set()
        assert rest(first).startswith(b"HTTP/1.1 200")
    assert client.get("/similar", keys="k1")[0] == 200


def test_bodies_of_others_may_take_all_memory_there_is_for_them(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_MAX_BODIES", 1)
    assert client.post("/similar", BODY)[0] == 200
    with begun(client, b" " * 980, 1000):
        until(lambda: client.app._held == 980)
        assert refused(client.post("/similar", BODY))[0] == 503
        assert client.get("/similar", keys="k1")[0] == 200
    until(lambda: client.app._held == 0)
    assert client.post("/similar", BODY)[0] == 200


def test_with_too_many_requests_the_server_still_tells_how_it_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "MAX_REQUESTS", 1)
    with begun(client):
        counted = 'e2v_requests_total{endpoint="lookup",status="503"}'
        assert refused(client.get("/lookup", key="k1"))[0] == 503
        assert client.get("/health")[0] == 200
        assert client.metric(counted) == 1
    until(lambda: client.metric("e2v_requests_in_flight") == 1)
    assert client.get("/lookup", key="k1")[0] == 200


@pytest.mark.parametrize("sent", [b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /"])
def test_whoever_does_not_ask_is_left(client: Client, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(connections, "_PATIENCE", 0.1)
    with client.connection() as connection:
        connection.sendall(sent)
        try:
            answer = rest(connection)
        except ConnectionResetError:
            answer = b""
    assert answer.startswith(b"HTTP/1.1 200") == sent.endswith(b"GET /")


def test_a_request_may_take_longer_than_its_client_to_ask(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_PATIENCE", 0.05)
    with begun(client) as slow, client.connection() as silent:
        assert rest(silent) == b""  # so that the time has passed
        slow.sendall(BODY)
        assert rest(slow).startswith(b"HTTP/1.1 200")


def test_whoever_reads_no_answer_is_left(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_PATIENCE", 0.1)
    connection = connections.Connection.__new__(connections.Connection)
    unsent, closed = [900, 500, 500], []

    class Transport:
        def get_write_buffer_size(self) -> int:
            return unsent.pop(0)

        def abort(self) -> None:
            closed.append(len(unsent))

    class Loop:
        def call_later(self, *_: object) -> None: ...

    connection.transport, connection.loop = Transport(), Loop()  # type: ignore[assignment]
    for _ in range(3):
        connection._waited()
    assert closed == [0]  # when nothing of it had been read since


def test_with_too_many_connections_the_oldest_that_asks_nothing_is_left(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 4)
    monkeypatch.setattr(connections, "_PATIENCE", 3000)
    with begun(client) as busy, ExitStack() as opened:
        silent = [opened.enter_context(client.connection()) for _ in range(6)]
        assert client.get("/health")[0] == 200
        for connection in silent[:3]:
            connection.settimeout(300)  # long before it would be left for its silence
            assert connection.recv(1) == b""
        busy.sendall(BODY)
        assert rest(busy).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("usual", "allowed", "then"),
    [(1024, 500_000, (4096, 500_000)), (1024, -1, (4096, -1)), (256, 1024, (1024, 1024)), (9000, 9000, None)],
)
def test_more_files_may_be_open_where_that_is_allowed(
    usual: int, allowed: int, then: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(server.resource, "getrlimit", lambda _: (usual, allowed))
    monkeypatch.setattr(server.resource, "setrlimit", lambda _, limits: made.append(limits))
    server._allow_files()
    assert made == ([] if then is None else [then])
