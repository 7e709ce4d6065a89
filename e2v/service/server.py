"""The server: listens, answers until a signal ends it, and opens its files anew when one asks for that."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import math
import os
import resource
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import uvicorn

from e2v.errors import E2VError, OutputError, UsageError
from e2v.notices import counted, detail, hint, notice
from e2v.service.application import Application
from e2v.service.connections import Connection
from e2v.service.served import Files, Served
from e2v.service.settings import ServeSettings
from e2v.settings import option_name

#: Files that are open at most: connections, twice as many that come at once, and what is served.
_FILES = 4096

#: Seconds in which a failure is not told of again.
_QUIET = 10.0

#: Seconds that answers under way are waited for when the server ends.
_PATIENCE = 30


class _Server(uvicorn.Server):
    """Uvicorn's, with signals left to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class _ToNotices(logging.Handler):
    """What uvicorn logs, as details."""

    def emit(self, record: logging.LogRecord) -> None:
        detail(record.getMessage())


def server_of(app: Application) -> uvicorn.Server:
    """What serves the application on sockets that it is given."""
    return _Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_PATIENCE,
        )
    )


def run(files: Files, settings: ServeSettings) -> None:
    """Serve until SIGTERM or Ctrl-C; SIGHUP opens the files anew.

    Raises:
        InputError: a file is missing, of another kind or another model.
        OutputError: the address is taken, or not ours to listen at.
    """
    app = Application(Served(files), settings)
    _allow_files()
    with listening(settings) as listener:
        asyncio.run(_serve(app, files, listener))


def _allow_files() -> None:
    """Have as many files open as are needed, where less are usual and more allowed."""
    usual, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    if usual < _FILES and usual != resource.RLIM_INFINITY:
        most = _FILES if allowed == resource.RLIM_INFINITY else min(_FILES, allowed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, allowed))


def listening(settings: ServeSettings) -> socket.socket:
    """A socket that listens where the settings say.

    Raises:
        UsageError: there is no such address. OutputError: it is taken, or not ours to listen at.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        host = str(address[0])
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(f"there is no address {settings.host}", "name another with --host") from error
    try:
        listener = socket.create_server((host, address[1]), family=family, backlog=2048)
    except OSError as error:
        raise OutputError(
            f"cannot listen at {settings.host} port {settings.port}: {os.strerror(error.errno or 0)}",
            "name another --port, or --host",
        ) from error
    # Head and body are sent apart: by Nagle's algorithm the body waits until the head is acknowledged, 40 ms.
    # Connections inherit this; asyncio sets it only where a socket's protocol is given.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        notice(f"whoever can reach {host} can ask: there is no authentication")
    return listener


async def _serve(app: Application, files: Files, listener: socket.socket) -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.propagate = False
    logger.addHandler(_ToNotices())
    server = server_of(app)
    reload_asked = asyncio.Event()
    terminals = [descriptor for descriptor in range(3) if os.isatty(descriptor)]

    def stop() -> None:
        server.force_exit = server.should_exit  # the second time
        if app.requests and not server.should_exit:
            under_way = counted(app.requests, "request")
            hint(
                f"ends when {under_way} are answered, {_PATIENCE} s at most; a second signal ends it at once"
            )
        server.should_exit = True

    def reload() -> None:
        if terminals and not any(map(os.isatty, terminals)):
            stop()  # the terminal was closed, and that is what the signal says
            return
        reload_asked.set()

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_Failures())
    for number, handler in ((signal.SIGINT, stop), (signal.SIGTERM, stop), (signal.SIGHUP, reload)):
        loop.add_signal_handler(number, handler)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    hint(f"serving at http://{shown}:{port}; Ctrl-C ends it, and SIGHUP has it read its files again")
    reloads = loop.create_task(_reload_when(reload_asked, app, files))
    await server.serve([listener])
    reloads.cancel()


class _Failures:
    """Tells what went wrong where nobody waits for it, as in accepting; the same not again at once."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def __call__(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Tell of a failure, as asyncio describes it, in a line."""
        message, error, now = context["message"], context.get("exception"), time.monotonic()
        if now - self._told.get(message, -math.inf) >= _QUIET:
            self._told[message] = now
            notice(f"{message}: {_in_words(error)}" if error else message)


def _in_words(error: BaseException) -> str:
    """An error in a line, as the command line has it."""
    if isinstance(error, E2VError):
        return str(error.spelled(option_name))
    return str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


async def _reload_when(asked: asyncio.Event, app: Application, files: Files) -> None:
    """Open the files anew when it is asked for: one time after the other, so that the last is the newest.

    However often it is asked for meanwhile, they are opened once more.
    """
    while True:
        await asked.wait()
        asked.clear()
        await _reload(app, files)


async def _reload(app: Application, files: Files) -> None:
    """Serve what is in the files now; where they cannot be served, go on with what was there."""
    try:
        served = await asyncio.to_thread(Served, files)
        app.serve(served)
    except Exception as error:
        notice(f"serving what was served before: {_in_words(error)}")
        return
    hint("serving " + ", ".join(f"{each.path} ({each.digest[:12]})" for each in served.artifacts.values()))
