"""Heartbeat: says that this daemon is there, and takes over from those of which nothing is heard any more.

There is no leader: whoever sees first that a lease is over gives its daemon up, in one transaction with the
rescue of what it held. A daemon that was given up finds its row gone, drops what it holds, and begins anew.
"""

import asyncio
from collections import deque

from pypes import __version__
from pypes.clock import SharedClock
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.lease import EVERY, TERM
from pypes.engine.taking_over import Takeover, say_takeover, take_over
from pypes.engine.tools import Tools
from pypes.errors import PypesError
from pypes.store.rows import NodeState
from pypes.store.tx import Tx

ROUND = 1.0
"""Seconds between two looks."""
MINUTE = 60
"""Looks after which a start is no longer counted in the rate."""
JUDGING_AFTER = 2 * EVERY
"""Only who was heard for so long without a break judges others: after an outage all must be heard first."""


class Heartbeat:
    """Of one daemon; `place` names its machine and home."""

    def __init__(self, tools: Tools, dispatcher: Dispatcher, *, place: str) -> None:
        self._tools = tools
        self._store = tools.store
        self._clock = tools.clock
        self._presence = tools.presence
        self._lease = tools.lease
        self._dispatcher = dispatcher
        self._place = place
        self._is_shared = tools.store.database.dialect.is_shared
        self._said = 0
        self._sound_since: int | None = None
        self._fires: deque[int] = deque(maxlen=MINUTE)
        self._to_hand_over: list[tuple[str, int]] = []

    async def begin(self) -> None:
        """Say for the first time that this daemon is there; the former ones of its home are dead."""

        def unit(tx: Tx) -> int:
            self._look_at_clock(tx)
            tx.forget_former(self._tools.owner, self._place)
            tx.register_node(self._state())
            return self._clock.monotonic()

        begun = self._clock.monotonic()
        await self._store.write(unit)
        self._heard(begun)

    async def run(self) -> None:
        """Round after round until cancelled."""
        while True:
            self._look_at_oneself()
            await self._round()
            await asyncio.sleep(ROUND)

    async def end(self) -> None:
        """Say that this daemon is gone."""
        await self._store.write(lambda tx: tx.forget_node(self._tools.owner))

    async def _round(self) -> None:
        try:
            if self._is_shared and self._clock.monotonic() - self._said >= EVERY:
                await self._beat()
            if self._presence.draining:
                await self._hand_over()
            if self._may_judge():
                await self._judge()
        except PypesError:
            self._sound_since = None
        self._tell_lease()

    async def _beat(self) -> None:
        def unit(tx: Tx) -> bool | None:
            self._look_at_clock(tx)
            return tx.renew_node(self._state())

        begun = self._clock.monotonic()
        draining = await self._store.write(unit)
        if draining is None:
            await self._begin_anew()
        else:
            self._presence.draining = draining
        self._presence.wants_look = True
        self._heard(begun)

    def _heard(self, begun: int) -> None:
        self._said = begun
        self._presence.seen = self._clock.now() if self._is_shared else 0
        if self._sound_since is None:
            self._sound_since = begun
        self._lease.renew(begun)

    async def _begin_anew(self) -> None:
        """The others took over what was held here: nothing of it may be sent, and no result of it counts."""
        unsent, sent = self._dispatcher.withdraw_all()
        self._tools.figures.results_refused += sent
        self._tools.log.say(
            "cluster",
            "nothing was heard of this daemon for longer than its lease: others took over what it held",
            unsent=unsent,
            under_way=sent,
        )
        await self._store.write(lambda tx: tx.register_node(self._state()))

    def _look_at_clock(self, tx: Tx) -> None:
        if not isinstance(self._clock, SharedClock):
            return
        self._lease.is_steady = tx.set_clock(self._clock)
        self._presence.ahead = self._clock.own_ahead

    def _state(self) -> NodeState:
        now, own = self._clock.now(), self._presence
        return NodeState(
            id=self._tools.owner,
            place=self._place,
            version=__version__,
            started_at=own.started,
            seen_at=now,
            expires_at=now + TERM if self._is_shared else None,
            draining=int(own.draining),
            held=own.held,
            seats=own.seats,
            rate=own.rate,
            ahead=own.ahead,
        )

    def _look_at_oneself(self) -> None:
        fires = self._tools.figures.fires
        self._presence.held = self._dispatcher.held
        self._presence.rate = fires - (self._fires[0] if self._fires else 0)
        self._fires.append(fires)

    async def _hand_over(self) -> None:
        """Give back what is not sent yet, so that others take it without waiting for anything."""
        self._to_hand_over += self._dispatcher.take_unsent()
        if releases := list(self._to_hand_over):

            def unit(tx: Tx) -> None:
                tx.release_runs(releases, self._tools.owner)
                tx.is_news = True

            await self._store.write(unit)
            del self._to_hand_over[: len(releases)]

    def _may_judge(self) -> bool:
        sound = self._sound_since
        return self._is_shared and sound is not None and self._clock.monotonic() - sound >= JUDGING_AFTER

    async def _judge(self) -> None:
        """Give up those whose lease is over, and let everybody take what they held."""

        def unit(tx: Tx) -> tuple[list[str], Takeover]:
            now = self._clock.now()
            given_up = tx.expire_nodes(self._tools.owner, now)
            tx.call_stranded(now)
            return given_up, take_over(tx, owner=self._tools.owner, now=now)

        given_up, takeover = await self._store.write(unit)
        for node in given_up:
            self._tools.log.say("cluster", "nothing is heard of a daemon any more: it is given up", node=node)
        say_takeover(self._tools.log, takeover)

    def _tell_lease(self) -> None:
        """Say once that nothing is started, and once that it is again; then go on."""
        health = self._tools.health
        if self._lease.holds():
            self._dispatcher.go_on()
            if health.recover("lease"):
                self._tools.log.say("cluster", "heard again: starts what is due")
            return
        sentence = (
            "the others may not have heard of this daemon for too long: nothing is started until they have"
            if self._lease.is_steady
            else "this machine's clock and the database's run apart: nothing is started until they agree"
        )
        if health.report("lease", sentence):
            self._tools.log.say("cluster", sentence)
