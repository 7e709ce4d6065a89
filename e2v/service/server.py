"""The server: listens, answers until a signal ends it, and opens its files anew when one asks for that."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import socket
from collections.abc import Iterator

import uvicorn

from e2v.errors import E2VError, OutputError, UsageError
from e2v.notices import detail, hint, notice
from e2v.service.application import Application
from e2v.service.served import Files, Served
from e2v.service.settings import ServeSettings

#: Connections at a time; beyond, a client is told to come again.
_CONNECTIONS = 1000

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
    """What serves the application on sockets that it is given.

    The parser of HTTP is h11, which bounds the size of headers; httptools does not.
    """
    return _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS,
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
    with listening(settings) as listener:
        asyncio.run(_serve(app, files, listener))


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
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        notice(f"whoever can reach {host} can ask: there is no authentication")
    return listener


async def _serve(app: Application, files: Files, listener: socket.socket) -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.propagate = False
    logger.addHandler(_ToNotices())
    server = server_of(app)
    reloads: set[asyncio.Task[None]] = set()

    terminals = [descriptor for descriptor in range(3) if os.isatty(descriptor)]

    def stop() -> None:
        server.force_exit = server.should_exit  # the second time
        server.should_exit = True

    def reload() -> None:
        if terminals and not any(map(os.isatty, terminals)):
            stop()  # the terminal was closed, and that is what the signal says
            return
        task = asyncio.create_task(_reload(app, files))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop = asyncio.get_running_loop()
    for number, handler in ((signal.SIGINT, stop), (signal.SIGTERM, stop), (signal.SIGHUP, reload)):
        loop.add_signal_handler(number, handler)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    hint(f"serving at http://{shown}:{port}; Ctrl-C ends it, and SIGHUP has it read its files again")
    await server.serve([listener])


async def _reload(app: Application, files: Files) -> None:
    """Serve what is in the files now; where they cannot be served, go on with what was there."""
    try:
        served = await asyncio.to_thread(Served, files)
    except (E2VError, OSError, MemoryError) as error:
        notice(f"serving what was served before: {error}")
        return
    app.serve(served)
    hint("serving " + ", ".join(f"{each.path} ({each.digest[:12]})" for each in served.artifacts.values()))
