"""Listening: the TCP port, and the unix socket that is made anew when somebody removes its file."""

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from pypes.config import Config
from pypes.errors import Unavailable
from pypes.log import Log

LOOK_EVERY = 1.0
"""Seconds between two looks whether the socket file is still there: cleaners of /tmp remove such files."""

_ANOTHER_HOST = "name an address of this machine with --host"
_REMEDIES = {
    errno.EADDRINUSE: "stop what uses it (`pypes status` tells whether it is pypes), "
    "or choose another with -p",
    errno.EADDRNOTAVAIL: _ANOTHER_HOST,
    errno.EACCES: "ports below 1024 are for root: choose another with -p",
}


@contextmanager
def bound(config: Config) -> Iterator[socket.socket]:
    """The listening TCP socket; raise `Unavailable` when the port cannot be had."""
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        tcp = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unavailable(f"cannot listen on {config.host}: {error.strerror}; {_ANOTHER_HOST}") from None
    with tcp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tcp.bind(address)
            tcp.listen(2048)
        except OSError as error:
            remedy = _REMEDIES.get(error.errno or 0, "choose another port with -p, or address with --host")
            raise Unavailable(
                f"cannot listen on {config.host} port {config.port} ({error.strerror}): {remedy}"
            ) from None
        tcp.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        yield tcp


@contextmanager
def socket_file(path: Path) -> Iterator[socket.socket]:
    """The unix socket: whoever may open the file may command the daemon."""
    with _unix_socket(path) as unix:
        try:
            yield unix
        finally:
            path.unlink(missing_ok=True)


async def keep_socket_file(path: Path, server: uvicorn.Server, log: Log) -> None:
    """Bind the unix socket again when its file is gone, so that commands reach the daemon."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        if path.exists() or server.should_exit:  # noqa: ASYNC240 - one stat a second
            continue
        try:
            unix = _unix_socket(path)
        except OSError:
            continue  # a full disk, a home that is moved: at the next look
        serving = await loop.create_server(
            lambda: server.config.http_protocol_class(  # type: ignore[call-arg]
                config=server.config, server_state=server.server_state, app_state={}
            ),
            sock=unix,
        )
        server.servers.append(serving)
        log.say("daemon", f"{path} was gone, and is there again")


def address_of(tcp: socket.socket) -> str:
    """The URL under which the daemon answers."""
    host, port = tcp.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _unix_socket(path: Path) -> socket.socket:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{path} is in the way and cannot be removed ({error.strerror}): move it away"
        ) from None
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    previous = os.umask(0o177)
    try:
        unix.bind(str(path))
    finally:
        os.umask(previous)
    unix.listen(1024)
    unix.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    return unix
