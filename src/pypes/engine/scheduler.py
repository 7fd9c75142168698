"""Scheduler: the loop that claims what is due, sleeps until the next slot, and is woken by every change."""

from pypes.clock import SECOND
from pypes.engine.claiming import Claim, claim, paced
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.strays import Strays
from pypes.engine.telling import entry_name
from pypes.engine.tools import Tools
from pypes.errors import PypesError

BATCH = 1000
"""Schedules decided in one transaction: long enough to share a sync, short enough not to delay others."""
LONGEST_SLEEP = SECOND
"""Clock steps, suspends and other daemons' writes are noticed at least this often."""
BREATH = 20_000
"""How soon to look again at what another daemon is just deciding."""
NO_SEAT = 50_000
"""How soon to look again when every seat is taken."""


class Scheduler:
    """Claims due slots for this daemon and hands them to the dispatcher."""

    def __init__(
        self, tools: Tools, dispatcher: Dispatcher, *, timed: bool = True, strays: Strays | None = None
    ) -> None:
        self._store = tools.store
        self._clock = tools.clock
        self._owner = tools.owner
        self._log = tools.log
        self._health = tools.health
        self._lease = tools.lease
        self._presence = tools.presence
        self._dispatcher = dispatcher
        self._strays = strays
        self._timed = timed
        self._since = "" if timed else f"{tools.clock.now():014x}"
        self._definitions = tools.store.definitions
        self._reloaded_at = 0
        self._ticked_at = 0
        self._started = False

    async def run(self) -> None:
        """Tick until cancelled."""
        if self._timed and not self._started:
            self._started = True
            await self._say_count("started")
        while True:
            wake_at = await self.tick(self._clock.now())
            await self._sleep_until(wake_at)

    async def reload(self) -> None:
        """Look at once, and say so: nothing is rebuilt, because nothing is remembered here."""
        self._reloaded_at = self._clock.now()
        await self._say_count("reloaded")
        self._store.bell.ring(self._clock.now())

    async def tick(self, now: int) -> int:
        """Claim what is due at `now`, hand it on, and answer when to look again."""
        self._ticked_at = now
        await self._notice_reload(now)
        if not self._may_claim():
            return now + NO_SEAT
        try:
            if self._strays is not None:
                await self._strays.look()
            claimed = await self._store.write(
                lambda tx: claim(
                    tx,
                    now=now,
                    owner=self._owner,
                    limit=min(BATCH, self._dispatcher.free),
                    timed=self._timed,
                    since=self._since,
                )
            )
        except PypesError as error:
            if self._health.report("scheduler", error.message):
                self._log.say("scheduler", f"{error.message}; nothing is claimed until then")
            return now + LONGEST_SLEEP
        if self._health.recover("scheduler"):
            self._log.say("scheduler", "claims again")
        self._dispatcher.add(claimed.runs)
        self._drop_called_off()
        self._say_ends(claimed)
        return self._when_again(claimed, now)

    def _may_claim(self) -> bool:
        """There is a seat, what is done can be recorded, and others rely on this daemon."""
        is_able = self._dispatcher.free > 0 and "recorder" not in self._health.problems
        return is_able and self._lease.holds() and not self._presence.draining

    def _when_again(self, claimed: Claim, now: int) -> int:
        """When the next look is due; not at once, where what is due is in the hands of another daemon."""
        if claimed.next_wake is None:
            return now + LONGEST_SLEEP
        is_left_to_others = self._store.database.dialect.is_shared and not claimed.runs
        return max(claimed.next_wake, now + BREATH) if is_left_to_others else claimed.next_wake

    async def _sleep_until(self, wake_at: int) -> None:
        """Sleep, at most a second, until a moment or until a commit leaves something to do sooner."""
        wake_at = min(wake_at, self._clock.now() + LONGEST_SLEEP)
        while not self._must_say_reload(self._clock.now()):
            wake_at = min(wake_at, self._rung_for(wake_at))
            left = wake_at - self._clock.now()
            if left <= 0 or not await self._store.bell.wait(left / SECOND):
                return
            self._drop_called_off()

    def _rung_for(self, wake_at: int) -> int:
        """When the bell's rings want a tick; looks ahead keep the pace."""
        due_at, look_at = self._store.bell.take_moments()
        if look_at is not None:
            wake_at = min(wake_at, paced(look_at, self._ticked_at))
        return wake_at if due_at is None else min(wake_at, due_at)

    def _drop_called_off(self) -> None:
        """What was paused, replaced or cancelled since the last look is not sent, or is cut."""
        self._dispatcher.revoke(self._store.take_revoked())
        self._dispatcher.cut(self._store.take_cut())

    def _must_say_reload(self, now: int) -> bool:
        """Agents changed, and that was not said yet; at most one line a second says so."""
        is_news = self._timed and self._store.definitions != self._definitions
        return is_news and not 0 <= now - self._reloaded_at < SECOND

    async def _notice_reload(self, now: int) -> None:
        if self._must_say_reload(now):
            self._definitions = self._store.definitions
            self._reloaded_at = now
            await self._say_count("reloaded")

    async def _say_count(self, what: str) -> None:
        try:
            counts = await self._store.read(lambda tx: tx.counts())
        except PypesError:
            return  # a database that is gone for the moment: whoever claims says so
        self._log.say("scheduler", f"{what} with {counts['schedules']} cron action(s)")

    def _say_ends(self, claimed: Claim) -> None:
        for due in claimed.finished:
            entry = entry_name(due.position, due.definition)
            self._log.say("scheduler", f"{entry} finished: it has no next fire", agent=due.agent)
        for due, error in claimed.broken:
            entry = entry_name(due.position, due.definition)
            self._log.say("scheduler", f"{entry} cannot be decided and is paused: {error!r}", agent=due.agent)
