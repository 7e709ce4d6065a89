"""Whatever is sent, there is an answer of one kind, and the next request is answered too."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from e2v.errors import OutputError, UsageError
from e2v.service.server import listening
from e2v.service.settings import ServeSettings
from tests.builders import keyed, write_model
from tests.service.serving import Client, refused, serving, until

CHUNKED = b"POST /similar HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    rng = np.random.default_rng(3)
    model = tmp_path_factory.mktemp("hostile") / "model.e2v"
    write_model(model, keyed(30), rng.standard_normal((30, 4)))
    with serving(
        model, max_body=5000, max_questions=3, max_keys=4, max_answers=20, max_answers_together=30
    ) as client:
        yield client


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
        (b'{"questions": [{"keys": ["k1"]}, {"keys": ["k1"]}], "n": 16}', 422),
        (b" " * 5001, 413),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_bodies(client: Client, body: bytes, status: int) -> None:
    assert refused(client.post("/similar", body))[0] == status


def test_what_is_no_setting_is_told_with_all_that_are(client: Client) -> None:
    status, said = client.get("/similar", keys="k1", more=1)
    assert (status, said["error"]) == (422, "there is no setting more")
    assert said["hint"].startswith("there are keys, minus, n, only, ")


def test_a_number_of_many_digits_is_called_that(client: Client) -> None:
    status, error = refused(client.post("/similar", b'{"n": ' + b"9" * 4500 + b"}"))
    assert (status, error) == (400, "the body cannot be read: a number has 4,500 digits")


def test_a_question_that_is_none_is_named_by_its_number(client: Client) -> None:
    asked = {"questions": [{"keys": ["k1"]}, {}]}
    assert refused(client.post("/similar", asked)) == (422, "question 2: keys has to be given")


@pytest.mark.parametrize("query", ["n=1", "wrong=1", "n", "keys=k1&n=1"])
def test_a_post_has_everything_in_its_body(client: Client, query: str) -> None:
    status, error = refused(client.post(f"/similar?{query}", {"questions": [{"keys": ["k1"]}]}))
    assert status == 422 and error.startswith(f"'{query.partition('=')[0]}' stands after the path")


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
    ("data", "status"),
    [
        (b"\x00\x01\x02\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"404"),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /similar HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n", b"4"),
        (CHUNKED + b"zz\r\n", b"400"),
        (CHUNKED + b"1770\r\n" + b"x" * 6000 + b"\r\n0\r\n\r\n", b"413"),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000, b"4"),
    ],
    ids=lambda data: repr(data)[:50],
)
def test_bytes_that_are_no_request_are_refused(client: Client, data: bytes, status: bytes) -> None:
    answer = client.raw(data)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert refused((0, json.loads(answer.partition(b"\r\n\r\n")[2])))
    assert client.get("/health")[0] == 200


def test_a_client_that_leaves_is_not_waited_for(client: Client) -> None:
    counted = 'e2v_requests_total{endpoint="lookup",status="499"}'
    with client.connection() as connection:
        connection.sendall(b"POST /lookup HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    until(lambda: client.metric(counted) == 1)
    assert client.metric(counted.replace("499", "500")) == 0
    assert client.get("/similar", keys="k1")[0] == 200


def test_a_failure_of_ours_is_told_as_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("e2v.service.application.notice", said.append)
    monkeypatch.setattr("e2v.service.searching.json_text", lambda _: 1 / 0)
    assert refused(client.get("/similar", keys="k1"))[0] == 500
    until(lambda: said == ["a request failed: ZeroDivisionError: division by zero"])
    monkeypatch.undo()
    assert client.get("/similar", keys="k1")[0] == 200


def test_an_answer_is_sent_at_once() -> None:
    with listening(ServeSettings(port=0)) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_addresses_that_cannot_be_listened_at() -> None:
    with listening(ServeSettings(port=0)) as taken, pytest.raises(OutputError, match="in use"):
        listening(ServeSettings(port=taken.getsockname()[1]))
    with pytest.raises(UsageError, match="no address"):
        listening(ServeSettings(host="nowhere.invalid"))
