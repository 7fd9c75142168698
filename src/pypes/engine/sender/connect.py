"""From an origin to an open connection: resolve, check every address, connect to a checked one, secure it."""

import asyncio
import errno
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

from pypes.address import AddressRules, is_address
from pypes.clock import Clock
from pypes.engine.sender.beside import in_thread
from pypes.engine.sender.eyeballs import connect_any
from pypes.engine.sender.names import Names, Unresolved
from pypes.engine.sender.tunnel import NoTunnel, open_tunnel
from pypes.errors import InvalidInput
from pypes.proxy import Proxy
from pypes.request import Origin

CONNECT_WITHIN = 10.0
"""Seconds in which one of the addresses must reply; and a proxy that is asked for a tunnel."""
TLS_WITHIN = 10.0
"""Seconds for the handshake."""

GLIMPSE = 1.0
"""Seconds in which a name is judged that a proxy will resolve."""
TO_A_PROXY = AddressRules(allow_private=True)
"""Who configured it wants it, wherever it stands; only what is never a target is no proxy either."""

Protocol = Callable[[], asyncio.Protocol]


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
    """A proxy's tunnel included."""
    tls: int | None


class Connector:
    """Opens connections, to addresses that the rules allow only."""

    def __init__(
        self, *, clock: Clock, rules: AddressRules, ssl_context: ssl.SSLContext | None, proxy: Proxy | None
    ) -> None:
        self._tick = clock.monotonic
        self._rules = rules
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._trust: asyncio.Future[ssl.SSLContext] | None = None
        self._names = Names()

    def proxy_for(self, origin: Origin) -> Proxy | None:
        """The proxy that leads to the origin, if it is not reached directly."""
        return self._proxy if self._proxy and self._proxy.serves(origin) else None

    async def open(self, origin: Origin, protocol: Protocol) -> Phases:
        """Connect the protocol to the origin, or raise CannotConnect."""
        proxy = self.proxy_for(origin)
        way = f"{origin} through the proxy {proxy.origin}" if proxy else str(origin)
        try:
            return await self._open(origin, proxy, way, protocol)
        except InvalidInput as refusal:
            raise CannotConnect(refusal.message, retryable=False) from None
        except Unresolved as error:
            raise CannotConnect(str(error)) from None
        except NoTunnel as refusal:
            message = f"cannot connect to {way}: {refusal.message}"
            raise CannotConnect(message, retryable=refusal.retryable) from None
        except ssl.SSLCertVerificationError as error:
            message = f"TLS: certificate verify failed: {error.verify_message} ({origin})"
            raise CannotConnect(message, retryable=False) from None
        except ssl.SSLError as error:
            raise CannotConnect(f"TLS: {_tls_reason(error)} ({origin})") from None
        except OSError as error:
            starved = error.errno in (errno.EMFILE, errno.ENFILE)
            raise CannotConnect(f"cannot connect to {way}: {_reason(error)}", starved=starved) from None

    def close(self) -> None:
        """Wait for no lookup any longer."""
        self._names.close()

    async def _open(self, origin: Origin, proxy: Proxy | None, way: str, protocol: Protocol) -> Phases:
        tick = self._tick
        context = await self._context() if origin.scheme == "https" else None
        start = tick()
        addresses = await (self._through(proxy, origin) if proxy else self._direct(origin))
        resolved = tick()
        async with _within(CONNECT_WITHIN, f"cannot connect to {way}: no reply"):
            connected = await connect_any(addresses, (proxy.origin if proxy else origin).port)
        try:
            if proxy and context:
                async with _within(CONNECT_WITHIN, f"cannot connect to {way}: no tunnel"):
                    await open_tunnel(connected, proxy, origin)
            reached = tick()
            async with _within(TLS_WITHIN, f"TLS: no handshake with {origin}"):
                await asyncio.get_running_loop().create_connection(
                    protocol, sock=connected, ssl=context, server_hostname=origin.host if context else None
                )
        except BaseException:
            connected.close()
            raise
        named = not is_address((proxy.origin if proxy else origin).host)
        return Phases(
            resolve=resolved - start if named else None,
            connect=reached - resolved,
            tls=tick() - reached if context else None,
        )

    async def _direct(self, origin: Origin) -> list[str]:
        self._rules.check_name(origin.host)
        return _allowed(self._rules, origin.host, await self._names.addresses(origin.host))

    async def _through(self, proxy: Proxy, origin: Origin) -> list[str]:
        """The proxy's addresses. It resolves the target itself; what can be seen from here is judged here."""
        self._rules.check_host(origin.host)
        for address in await self._glimpse(origin.host):
            self._rules.check(origin.host, address)
        return _allowed(TO_A_PROXY, proxy.origin.host, await self._names.addresses(proxy.origin.host))

    async def _glimpse(self, host: str) -> list[str]:
        """What the host resolves to here, if it does: behind a proxy it often does not."""
        with suppress(Unresolved, TimeoutError):
            async with asyncio.timeout(GLIMPSE):
                return await self._names.addresses(host)
        return []

    async def _context(self) -> ssl.SSLContext:
        """Load the system's trust store when first needed, off the loop: it takes tens of milliseconds."""
        if self._ssl_context is None:
            self._trust = self._trust or in_thread(_trusting_context)
            self._ssl_context = await asyncio.shield(self._trust)
        return self._ssl_context


def _allowed(rules: AddressRules, host: str, addresses: list[str]) -> list[str]:
    """Keep the addresses that may be connected to; if there is none, raise the first refusal."""
    allowed, refusals = [], []
    for address in addresses:
        try:
            rules.check(host, address)
            allowed.append(address)
        except InvalidInput as refusal:
            refusals.append(refusal)
    if not allowed:
        raise refusals[0]
    return allowed


@asynccontextmanager
async def _within(seconds: float, otherwise: str) -> AsyncIterator[None]:
    """Give a phase so many seconds."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise CannotConnect(f"{otherwise} within {seconds:g} s") from None
        raise  # the system's own patience with a connection


def _trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _reason(error: OSError) -> str:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "too many open files: raise the limit (ulimit -n)"
    return os.strerror(error.errno).lower() if error.errno else str(error) or "the connection was closed"


def _tls_reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
