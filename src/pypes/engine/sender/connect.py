"""From an origin to an open connection: resolve, check every address, connect to a checked one, secure it."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

import msgspec

from pypes.address import AddressRules, is_address
from pypes.clock import Clock
from pypes.errors import InvalidInput
from pypes.request import Origin

REMEMBERED = 5.0
"""Seconds for which a resolved name is used again."""
HEAD_START = 0.25
"""Seconds that one address has before the next is tried beside it (RFC 8305)."""
RESOLVERS = 32
"""Names looked up at the same time; more wait."""

T = TypeVar("T")


class CannotConnect(Exception):
    """There is no connection: `message` says why, `retryable` whether trying again could help.

    `starved` says that this process may open no more files, which closing idle connections would change.
    """

    def __init__(self, message: str, *, retryable: bool = True, starved: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.starved = starved


class Phases(msgspec.Struct, frozen=True):
    """How long the way to a connection took, in microseconds; None for what did not happen."""

    resolve: int | None
    connect: int
    tls: int | None


class Connector:
    """Opens connections, to addresses that the rules allow only."""

    def __init__(self, *, clock: Clock, rules: AddressRules, ssl_context: ssl.SSLContext | None) -> None:
        self._clock = clock
        self._rules = rules
        self._ssl_context = ssl_context
        self._trust: asyncio.Future[ssl.SSLContext] | None = None
        self._turns = asyncio.Semaphore(RESOLVERS)
        self._lookups: dict[str, asyncio.Task[list[str]]] = {}

    async def open(self, origin: Origin, protocol: Callable[[], asyncio.Protocol]) -> Phases:
        """Connect the protocol to the origin, or raise CannotConnect."""
        try:
            return await self._open(origin, protocol)
        except InvalidInput as refusal:
            raise CannotConnect(refusal.message, retryable=False) from None
        except socket.gaierror as error:
            raise CannotConnect(f"the name does not resolve: {origin.host} ({error.strerror})") from None
        except ssl.SSLCertVerificationError as error:
            message = f"TLS: certificate verify failed: {error.verify_message} ({origin})"
            raise CannotConnect(message, retryable=False) from None
        except ssl.SSLError as error:
            raise CannotConnect(f"TLS: {_tls_reason(error)} ({origin})") from None
        except OSError as error:
            starved = error.errno in (errno.EMFILE, errno.ENFILE)
            raise CannotConnect(f"cannot connect to {origin}: {_reason(error)}", starved=starved) from None

    def close(self) -> None:
        """Wait for no lookup any longer."""
        for lookup in self._lookups.values():
            lookup.cancel()

    async def _open(self, origin: Origin, protocol: Callable[[], asyncio.Protocol]) -> Phases:
        tick = self._clock.monotonic
        named = not is_address(origin.host)
        context = await self._context() if origin.scheme == "https" else None
        start = tick()
        addresses = self._allowed(origin.host, await self._resolve(origin.host) if named else [origin.host])
        resolved = tick()
        connected = await connect_any(addresses, origin.port)
        reached = tick()
        await _attach(protocol, connected, context, origin.host)
        return Phases(
            resolve=resolved - start if named else None,
            connect=reached - resolved,
            tls=tick() - reached if context else None,
        )

    def _allowed(self, host: str, addresses: list[str]) -> list[str]:
        """Keep the addresses that may be connected to; if there is none, raise the first refusal."""
        allowed, refusals = [], []
        for address in addresses:
            try:
                self._rules.check(host, address)
                allowed.append(address)
            except InvalidInput as refusal:
                refusals.append(refusal)
        if not allowed:
            raise refusals[0]
        return allowed

    async def _resolve(self, host: str) -> list[str]:
        """Look a name up once for all who ask at the same time, and shortly after."""
        lookup = self._lookups.get(host)
        if lookup is None:
            lookup = self._lookups[host] = asyncio.create_task(self._look_up(host))
            lookup.add_done_callback(lambda done: self._remember(host, done))
        return await asyncio.shield(lookup)

    async def _look_up(self, host: str) -> list[str]:
        async with self._turns:
            return await _in_thread(lambda: _addresses(host))

    def _remember(self, host: str, lookup: asyncio.Task[list[str]]) -> None:
        if lookup.cancelled() or lookup.exception():
            del self._lookups[host]
        else:
            asyncio.get_running_loop().call_later(REMEMBERED, self._lookups.pop, host)

    async def _context(self) -> ssl.SSLContext:
        """Load the system's trust store when first needed, off the loop: it takes tens of milliseconds."""
        if self._ssl_context is None:
            self._trust = self._trust or _in_thread(_trusting_context)
            self._ssl_context = await asyncio.shield(self._trust)
        return self._ssl_context


def _in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Work beside the loop, in a thread that never delays the end of the process as an executor's would."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where T allows it

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as caught:  # noqa: BLE001  whatever it is, the loop's side must hear of it
            error = caught
        with suppress(RuntimeError):  # the loop may be gone
            loop.call_soon_threadsafe(settle, result, error)

    Thread(target=run, daemon=True).start()
    return future


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


async def connect_any(addresses: list[str], port: int) -> socket.socket:
    """Connect to the first address that answers; each is tried beside the earlier ones after a head start."""
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


async def _attach(
    protocol: Callable[[], asyncio.Protocol],
    connected: socket.socket,
    context: ssl.SSLContext | None,
    host: str,
) -> None:
    """Hand the socket to the loop, after the TLS handshake if there is to be one."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(
            protocol, sock=connected, ssl=context, server_hostname=host if context else None
        )
    except BaseException:
        connected.close()
        raise


def _reason(error: OSError) -> str:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "too many open files: raise the limit (ulimit -n)"
    return os.strerror(error.errno).lower() if error.errno else str(error) or "the connection was closed"


def _tls_reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
