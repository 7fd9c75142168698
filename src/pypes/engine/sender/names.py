"""Names: what a host resolves to, and in which order its addresses are tried."""

import asyncio
import socket
from itertools import chain, zip_longest

from pypes.address import is_address
from pypes.engine.sender.beside import in_thread

REMEMBERED = 5.0
"""Seconds for which a resolved name is used again."""
WITHIN = 5.0
"""Seconds in which a name must resolve; a nameserver that hangs takes longer to give up by itself."""
RESOLVERS = 32
"""Names looked up at the same time; more wait."""


class Unresolved(Exception):
    """A name leads nowhere: the message says which, and why."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"the name does not resolve: {host} ({why})")


class Names:
    """Looks each name up once for all who ask at the same time, and shortly after."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(RESOLVERS)
        self._lookups: dict[str, asyncio.Task[list[str]]] = {}

    async def addresses(self, host: str) -> list[str]:
        """The host's addresses, in the order in which to try them; an address is its own."""
        if is_address(host):
            return [host]
        lookup = self._lookups.get(host)
        if lookup is None:
            lookup = self._lookups[host] = asyncio.create_task(self._look_up(host))
            lookup.add_done_callback(lambda done: self._remember(host, done))
        return await asyncio.shield(lookup)

    def close(self) -> None:
        """Wait for no lookup any longer."""
        for lookup in self._lookups.values():
            lookup.cancel()

    async def _look_up(self, host: str) -> list[str]:
        """Ask the system. A lookup that hangs gives its turn to others, although its thread goes on."""
        try:
            async with self._turns, asyncio.timeout(WITHIN):
                return interleaved(await in_thread(lambda: _resolved(host)))
        except TimeoutError:
            raise Unresolved(host, f"no answer within {WITHIN:g} s") from None
        except (OSError, UnicodeError) as error:
            raise Unresolved(host, getattr(error, "strerror", None) or str(error)) from None

    def _remember(self, host: str, lookup: asyncio.Task[list[str]]) -> None:
        if lookup.cancelled() or lookup.exception():
            del self._lookups[host]
        else:
            asyncio.get_running_loop().call_later(REMEMBERED, self._lookups.pop, host)


def interleaved(addresses: list[str]) -> list[str]:
    """Alternate between the families, the resolver's favourite first (RFC 8305 §4): one may not work here."""
    six = [address for address in addresses if ":" in address]
    four = [address for address in addresses if ":" not in address]
    first, second = (six, four) if addresses[:1] == six[:1] else (four, six)
    return [address for address in chain(*zip_longest(first, second)) if address is not None]


def _resolved(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
