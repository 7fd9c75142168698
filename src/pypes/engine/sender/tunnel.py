"""Tunnel: asks a proxy for a way to an origin, over which TLS is then spoken with the origin itself."""

import asyncio
import socket

from pypes.engine.sender.answer import Answer
from pypes.engine.sender.heads import END_OF_HEAD
from pypes.proxy import Proxy
from pypes.request import Origin

PIECE = 16_384


class NoTunnel(Exception):
    """The proxy does not open the way. `retryable` says whether it might another time."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable


async def open_tunnel(connected: socket.socket, proxy: Proxy, origin: Origin) -> None:
    """Ask over the connection to the proxy; afterwards it leads to the origin."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connected, proxy.tunnel_request(origin))
    answer, data = Answer(clip=0), b""
    answer.expect(bodiless=True)  # RFC 9110 §9.3.6: whatever follows a 2xx is the origin's
    while not (answer.ready or answer.complaint):
        data = await loop.sock_recv(connected, PIECE)
        if not data:
            raise NoTunnel("it closed the connection")
        answer.feed(data)
    _judge(answer, data)


def _judge(answer: Answer, data: bytes) -> None:
    if answer.complaint:
        raise NoTunnel(answer.complaint)
    status = answer.status
    if not 200 <= status <= 299:
        raise NoTunnel(f"it answers {status} to CONNECT", retryable=status >= 500 or status in (408, 429))
    if not data.endswith(END_OF_HEAD):
        raise NoTunnel("it says more than it was asked")
