"""The ASGI application: requests to questions, answers and errors to JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from e2v import __version__
from e2v.errors import E2VError, UnknownKeyError, UsageError, ZeroVectorError
from e2v.json_text import json_text
from e2v.notices import Record, detail, notice
from e2v.service.forms import ENDPOINTS, Asked, Endpoint, RefusedError, of_body, of_query, refuse_query
from e2v.service.metrics import MEDIA_TYPE, Metrics
from e2v.service.openapi import description
from e2v.service.searching import Searching
from e2v.service.served import Served
from e2v.service.settings import ServeSettings

#: Seconds in which a body has to be there.
_PATIENCE = 30.0

#: Requests at a time, whatever they wait for: an answer, or what is missing of their bodies.
MAX_REQUESTS = 1000

#: Bodies of the greatest length that may be held at a time; shorter ones may be more.
_MAX_BODIES = 64

#: Characters of a message; one that repeats what was asked may be as long as that.
_LONGEST = 1000

#: What `_refusal` makes an answer of.
_HANDLED = (E2VError, HTTPException, Exception)

#: Paths beside those of `ENDPOINTS`.
_OTHERS = ("health", "metrics", "openapi.json")

#: Paths that tell how the server does, and answer however much is asked.
_ALWAYS = ("health", "metrics")


class Application:
    """Answers requests, as an ASGI application.

    limits: beyond which a request is refused.
    """

    def __init__(self, served: Served, limits: ServeSettings) -> None:
        self._limits = limits
        self._searching = Searching(served)
        self._metrics = Metrics()
        self._metrics.serves(served.artifacts)
        self._requests = 0
        self._waiting = 0
        self._held = 0  # bytes of bodies
        self._app = self._routed()

    def serve(self, served: Served) -> None:
        """Answer with these files from now on; requests that wait have their answers from either."""
        self._searching.served = served
        self._metrics.serves(served.artifacts)

    def _routed(self) -> ASGIApp:
        routes = [
            Route(f"/{name}", partial(self._ask, name, endpoint), methods=["GET", "POST"])
            for name, endpoint in ENDPOINTS.items()
        ]
        others: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "health": self._health,
            "metrics": self._measured,
            "openapi.json": self._described,
        }
        routes += [Route(f"/{name}", answer) for name, answer in others.items()]
        app = Starlette(routes=routes, exception_handlers=dict.fromkeys(_HANDLED, _refusal))
        app.router.redirect_slashes = False
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever happens, with JSON, and it is counted."""
        if scope["type"] != "http":
            return
        began, status = time.perf_counter(), 0
        path = scope["path"].removeprefix("/")

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._requests += 1
        self._metrics.in_flight.inc()
        try:
            if self._requests > MAX_REQUESTS and path not in _ALWAYS:
                refused = _refusal_of(_busy(f"{MAX_REQUESTS:,} requests are under way"))
                await refused(scope, receive, noting)
            else:
                await self._app(scope, receive, noting)
        except Exception as error:
            notice(f"a request failed: {type(error).__name__}: {error}")
        finally:
            seconds = time.perf_counter() - began
            self._requests -= 1
            self._metrics.in_flight.dec()
            known = path in ENDPOINTS or path in _OTHERS
            self._metrics.answered(path if known else "other", status, seconds)
            detail(_access(scope, status, seconds))

    @property
    def requests(self) -> int:
        """How many are under way."""
        return self._requests

    async def _ask(self, name: str, endpoint: Endpoint, request: Request) -> Response:
        if request.method != "POST":
            asked = of_query(endpoint, request.scope["query_string"], self._limits)
            (body,) = await self._answers(name, asked, alone=True)
            return Response(body, media_type="application/json")
        refuse_query(request.scope["query_string"])
        with self._holding() as held:
            await self._read(request, held)
            asked = of_body(endpoint, bytes(held), self._limits)
            answers = await self._answers(name, asked, alone=False)
        return Response(b'{"results": [' + b", ".join(answers) + b"]}", media_type="application/json")

    async def _answers(self, name: str, asked: Asked, *, alone: bool) -> list[bytes]:
        """The answers to questions of an endpoint, as JSON.

        Raises:
            RefusedError: too many requests wait for theirs.
        """
        if self._waiting >= self._limits.max_waiting:
            raise _busy(f"{self._waiting:,} requests wait for their answers")
        self._waiting += 1
        try:
            self._metrics.asked(name, len(asked.questions))
            future = self._searching.submit(name, asked.questions, asked.answers, alone=alone)
            return await asyncio.wrap_future(future)
        finally:
            self._waiting -= 1

    @contextmanager
    def _holding(self) -> Iterator[bytearray]:
        """A body to be read, whose bytes count as held, by `_read`, until the request is answered."""
        body = bytearray()
        try:
            yield body
        finally:
            self._held -= len(body)

    async def _read(self, request: Request, body: bytearray) -> None:
        """Read the body of a request.

        Raises:
            RefusedError: it is too long, does not come, or too many others are there; the client has left.
        """
        most = self._limits.max_body
        too_long = RefusedError(413, f"the body has more than {most:,} bytes", "ask in several requests")
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
            raise too_long
        try:
            async with asyncio.timeout(_PATIENCE):
                async for chunk in request.stream():
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > most:
                        raise too_long
                    if self._held > _MAX_BODIES * most:
                        raise _busy("too much is asked by others")
        except TimeoutError:
            raise RefusedError(408, f"the body did not come within {_PATIENCE:g} s") from None
        except ClientDisconnect:
            # As nginx has it in its log: nobody is there to be answered.
            raise RefusedError(499, "the client left before it had asked") from None

    async def _health(self, _: Request) -> Response:
        served = self._searching.served
        files = {
            kind: {"file": artifact.path.name, "digest": artifact.digest}
            for kind, artifact in served.artifacts.items()
        }
        return _json(200, {"status": "ok", "version": __version__, "files": files})

    async def _measured(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type=MEDIA_TYPE)

    async def _described(self, _: Request) -> Response:
        return _json(200, description(self._searching.served.endpoints, self._limits))


def status_of(error: E2VError) -> int:
    """The status of HTTP that says what an error is about."""
    if isinstance(error, RefusedError):
        return error.status
    if isinstance(error, UnknownKeyError):
        return 404
    return 422 if isinstance(error, UsageError | ZeroVectorError) else 500


def _busy(message: str) -> RefusedError:
    """What a request is told that would be answered at another time."""
    return RefusedError(503, message, "ask again in a second")


async def _refusal(_: Request, error: Exception) -> Response:
    return _refusal_of(error)


def _refusal_of(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        hint = "see /openapi.json" if error.status_code in (404, 405) else None
        return _error(error.status_code, error.detail.lower(), hint, error.headers)
    if not isinstance(error, E2VError):
        return _error(500, "it went wrong, and that is no fault of the request", None)
    error = error.spelled(str)
    status = status_of(error)
    return _error(status, error.message, error.hint, {"retry-after": "1"} if status == 503 else None)


def _error(status: int, message: str, hint: str | None, headers: Mapping[str, str] | None = None) -> Response:
    shown = message if len(message) <= _LONGEST else message[:_LONGEST] + "..."
    return _json(status, {"error": shown, "hint": hint}, headers)


def _json(status: int, value: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    return Response(json_text(value), status, headers, "application/json")


def _access(scope: Scope, status: int, seconds: float) -> Record:
    """A request in the log: who asked where, how it ended and how long it took.

    What was asked is not in it: the query string has ids of users, which do not belong in a log.
    """
    client = scope.get("client")
    path = scope.get("raw_path", b"").decode("latin-1")
    facts = {
        "client": client[0] if client else "-",
        "method": scope["method"],
        "path": path if len(path) <= _LONGEST else path[:_LONGEST] + "...",
        "status": status,
        "ms": round(1000 * seconds, 1),
    }
    return Record("{client} {method} {path} {status} {ms:.1f} ms".format_map(facts), facts)
