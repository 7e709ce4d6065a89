"""Whatever is sent, there is an answer of one kind, and the next request is answered too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import OutputError, UsageError
from e2v.service.server import listening
from e2v.service.settings import ServeSettings
from tests.builders import keyed, write_model
from tests.service.serving import Client, serving

CHUNKED = b"POST /similar HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    rng = np.random.default_rng(3)
    model = tmp_path_factory.mktemp("hostile") / "model.e2v"
    write_model(model, keyed(30), rng.standard_normal((30, 4)))
    with serving(model, max_body=5000, max_questions=3, max_keys=4, max_answers=20) as client:
        yield client


def refused(answer: tuple[int, Any]) -> tuple[int, str]:
    """Status and error; an error has a hint or none, and nothing else."""
    status, said = answer
    assert said.keys() == {"error", "hint"} and "Traceback" not in str(said)
    return status, said["error"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("keys=k1&n=0", 422),
        ("keys=k1&n=21", 422),
        ("keys=k1&n=" + "9" * 5000, 422),
        ("keys=k1&n=1e3", 422),
        ("keys=k1&n=nan", 422),
        ("keys=k1&n=2&n=3", 422),
        ("keys=k1&wrong=1", 422),
        ("keys=k1&__class__=1", 422),
        ("", 422),
        ("keys=", 404),
        ("minus=k1", 422),
        ("&&&=&", 422),
        ("keys=k1&keys=k1&keys=k1&keys=k1&keys=k1", 422),
        ("&".join(["keys=k1"] * 2000), 422),
        ("keys=nowhere", 404),
        ("keys=%FF%FE", 404),
        ("keys=%00", 404),
        ("keys=%ED%A0%80", 404),
        ("keys=" + "x" * 20_000, 404),
        ("keys={keys}", 404),
    ],
)
def test_queries(client: Client, query: str, status: int) -> None:
    assert refused(client.request("GET", f"/similar?{query}"))[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"questions": [{"keys": ["\xff"]}]}', 400),
        (b"[" * 4000, 400),
        (b'{"questions": ' + b'{"a":' * 900, 400),
        (b'{"questions": [{"keys": [NaN]}]}', 400),
        (b'{"questions": [{"keys": ["k1"]}], "n": Infinity}', 400),
        (b'{"n": ' + b"9" * 4900 + b"}", 400),
        (b'{"questions": [{"keys": ["k1"], "keys": ["k2"]}]}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b"3", 422),
        (b"{}", 422),
        (b'{"questions": {}}', 422),
        (b'{"questions": [1]}', 422),
        (b'{"questions": [{}]}', 422),
        (b'{"questions": [{"keys": []}]}', 422),
        (b'{"questions": [{"keys": null}]}', 422),
        (b'{"questions": [{"keys": [["k1"]]}]}', 422),
        (b'{"questions": [{"keys": [{"k": 1}]}]}', 422),
        (b'{"questions": [{"keys": [true]}]}', 422),
        (b'{"questions": [{"keys": [1.5]}]}', 422),
        (b'{"questions": [{"keys": ["k1"], "n": 3}]}', 422),
        (b'{"questions": [{"keys": ["k1", "k1", "k1", "k1", "k1"]}]}', 422),
        (b'{"questions": [{"keys": ["k1"]}], "n": 1e400}', 422),
        (b'{"questions": [{"keys": ["k1"]}], "n": true}', 422),
        (b'{"questions": [{"keys": ["k1"]}], "n": [3]}', 422),
        (b'{"questions": [{"keys": ["k1"]}], "more": 3}', 422),
        (b'{"questions": [{"keys": ["k1"]}, {"keys": ["k1"]}, {"keys": ["k1"]}, {"keys": ["k1"]}]}', 422),
        (b" " * 5001, 413),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_bodies(client: Client, body: bytes, status: int) -> None:
    assert refused(client.post("/similar", body))[0] == status


def test_what_is_odd_but_can_be_answered(client: Client) -> None:
    assert client.post("/similar", {"questions": []}) == (200, {"results": []})
    lone = client.post("/similar", b'{"questions": [{"keys": ["\\ud800"]}]}')
    assert lone[0] == 200 and lone[1]["results"][0]["query"] == "\ud800"
    assert client.get("/similar", keys="k1", n=20)[0] == 200


@pytest.mark.parametrize("path", ["/%FF%FE", "/%00", "/..%2fpasswd", "/similar/", "/" + "x" * 9000, "//"])
def test_paths(client: Client, path: str) -> None:
    assert refused(client.request("GET", path))[0] == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_methods(client: Client, method: str) -> None:
    assert refused(client.request(method, "/similar?keys=k1"))[0] == 405


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"1770\r\n" + b"x" * 6000 + b"\r\n0\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000,
    ],
    ids=lambda data: repr(data)[:50],
)
def test_bytes_that_are_no_request_are_refused(client: Client, data: bytes) -> None:
    try:
        answer = client.raw(data)
    except ConnectionError:  # closed before it had said all
        answer = b""
    assert answer == b"" or answer.split()[1][:1] == b"4", answer[:200]
    assert client.get("/health")[0] == 200


def test_a_client_that_leaves_is_not_waited_for(client: Client) -> None:
    with client.connection() as connection:
        connection.sendall(b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert client.get("/similar", keys="k1")[0] == 200


def test_a_failure_of_ours_is_told_as_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr("e2v.service.application.notice", said.append)
    monkeypatch.setattr("e2v.service.searching.json_text", lambda _: 1 / 0)
    assert refused(client.get("/similar", keys="k1"))[0] == 500
    assert said == ["a request failed: ZeroDivisionError: division by zero"]
    monkeypatch.undo()
    assert client.get("/similar", keys="k1")[0] == 200


def test_with_too_many_waiting_new_ones_are_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_model(tmp_path / "m.e2v", keyed(5), np.eye(5))
    with serving(model, max_waiting=1) as client, client.connection() as slow:
        slow.sendall(b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: 36\r\nConnection: close\r\n\r\n")
        while "in_flight 2.0" not in client.get("/metrics")[1]:
            pass
        assert refused(client.get("/similar", keys="k1"))[0] == 503
        assert client.get("/health")[0] == 200
        slow.sendall(b'{"questions": [{"keys": ["k1"]}]}   ')
        answer = b"".join(iter(lambda: slow.recv(1 << 16), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["results"][0]["query"] == "k1"
        assert client.get("/similar", keys="k1")[0] == 200


def test_addresses_that_cannot_be_listened_at() -> None:
    with listening(ServeSettings(port=0)) as taken, pytest.raises(OutputError, match="in use"):
        listening(ServeSettings(port=taken.getsockname()[1]))
    with pytest.raises(UsageError, match="no address"):
        listening(ServeSettings(host="nowhere.invalid"))
