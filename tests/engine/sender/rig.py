"""A sender whose connections end in the test's hands: bytes and ends come in any order that it likes."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from pypes.address import AddressRules
from pypes.clock import SECOND, SystemClock
from pypes.engine.sender import Sender
from pypes.engine.sender.connect import Connector, Phases
from pypes.engine.sender.connection import Connection
from pypes.receipt import Failure, Receipt
from pypes.request import Origin, Request

ORIGIN = Origin("http", "127.0.0.1", 9)


class Wire:
    """One connection, seen from the other side."""

    def __init__(self, protocol: Connection) -> None:
        self._protocol = protocol
        self.asked: list[bytes] = []
        self.answered = 0
        self.unwritten = 0
        """Bytes that the system has not taken yet."""
        self.is_open = True
        protocol.connection_made(cast("asyncio.BaseTransport", self))

    def write(self, data: bytes) -> None:
        self.asked.append(data)

    def get_write_buffer_size(self) -> int:
        return self.unwritten

    def abort(self) -> None:
        self.end(None)

    def say(self, data: bytes) -> None:
        """Bytes arrive, unless the sender has closed."""
        if self.is_open:
            self._protocol.data_received(data)

    def end(self, error: Exception | None) -> None:
        """The connection ends, by whomever; the protocol hears of it in the loop's next turn."""
        if self.is_open:
            self.is_open = False
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, error)


class Rig:
    """A sender, its wires, and what came of each request."""

    def __init__(self, **options: Any) -> None:
        self.wires: list[Wire] = []
        self.outcomes: dict[bytes, list[Receipt | Failure]] = {}
        self.most_open = 0
        self.opened = asyncio.Event()
        defaults: dict[str, Any] = {"clock": SystemClock(), "rules": AddressRules(allow_private=True)}
        self.sender = Sender(**(defaults | options))
        self.sender.connector = cast("Connector", self)

    def proxy_for(self, origin: Origin) -> None:
        """Stand in for the connector: every way is direct …"""

    async def open(self, _: Origin, protocol: Callable[[], Connection]) -> Phases:
        """… and open at once."""
        self.wires.append(Wire(protocol()))
        self.most_open = max(self.most_open, len(self.open_wires))
        self.opened.set()
        return Phases(None, 1, None)

    @property
    def open_wires(self) -> list[Wire]:
        return [wire for wire in self.wires if wire.is_open]

    def send(self, name: bytes, *, method: str = "POST") -> None:
        told = self.outcomes[name] = []
        self.sender.send(Request(ORIGIN, name, 60 * SECOND, method), told.append)

    async def settle(self) -> None:
        """Let everything happen that is due."""
        for _ in range(6):
            await asyncio.sleep(0)

    async def have_opened(self, count: int) -> None:
        """Wait for so many connections."""
        while len(self.wires) < count:
            self.opened.clear()
            await self.opened.wait()

    async def finish(self) -> None:
        """Close; whoever was not answered hears of it."""
        await self.sender.close()
        assert not self.open_wires
        assert (self.sender.in_flight(), self.sender.queued()) == (0, 0)
        assert all(len(told) == 1 for told in self.outcomes.values()), self.outcomes

    def close(self) -> None:
        """The sender closes its connector."""


def answers_of(rig: Rig) -> dict[bytes, str]:
    """What each request got as a body, where it got an answer."""
    return {
        name: outcome.body
        for name, told in rig.outcomes.items()
        for outcome in told
        if isinstance(outcome, Receipt)
    }
