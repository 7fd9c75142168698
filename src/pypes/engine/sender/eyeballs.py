"""Happy eyeballs (RFC 8305): several addresses are tried side by side, a little apart."""

import asyncio
import socket

HEAD_START = 0.25
"""Seconds that one address has before the next is tried beside it."""


async def connect_any(addresses: list[str], port: int) -> socket.socket:
    """Connect to the first address that answers; one that refuses makes room for the next at once."""
    if len(addresses) == 1:
        return await _connect(addresses[0], port)
    untried, trying, errors = addresses[::-1], set[asyncio.Task[socket.socket]](), list[BaseException]()
    try:
        while untried or trying:
            if untried:
                trying.add(asyncio.create_task(_connect(untried.pop(), port)))
            ended, trying = await asyncio.wait(
                trying, timeout=HEAD_START if untried else None, return_when=asyncio.FIRST_COMPLETED
            )
            winners = [task.result() for task in ended if not task.exception()]
            for loser in winners[1:]:
                loser.close()
            if winners:
                return winners[0]
            errors += [error for task in ended if (error := task.exception())]
        raise errors[0]
    finally:
        for task in trying:
            task.add_done_callback(_close_late)
            task.cancel()


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and not task.exception():
        task.result().close()


async def _connect(address: str, port: int) -> socket.socket:
    connecting = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connecting.settimeout(0)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connecting, (address, port))
    except BaseException:
        connecting.close()
        raise
    return connecting
