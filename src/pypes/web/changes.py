"""Changes: what has changed in the store since a moment, as events: the latest state of each thing.

Nothing is hooked into whoever makes a change: the store is asked, so that it does not matter which daemon
made it. What is committed a little after the moment that stands in it is caught by looking back a while.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pypes.clock import SECOND, Clock
from pypes.errors import Unavailable
from pypes.instants import format_moment
from pypes.store.run_rows import Ended
from pypes.store.store import Store
from pypes.store.tx import Tx
from pypes.web.pulse import MOST_OPEN, Pulse, read_pulse
from pypes.web.roster import standing_of
from pypes.web.shapes import run_shape

REMEMBERED = 60 * SECOND
"""So long what was told is remembered after it was last seen: longer than anything is seen again."""
LOOK_BACK = 3 * SECOND
"""A run is recorded, and an agent saved, at most so long after the moment that stands in it."""
JUST_NOW = SECOND // 4
"""A watch begins with what ended so long ago: a page that was just read may not have seen it."""
MANY = 100
"""More fires a second than this are summed up, as they are in the log."""
MOST_RUNS = 1000
"""Rows that are read at once."""
LOOKED_AT = 5000
MOST_FAILURES = 20
"""While fires are summed up, of so many of the newest runs so many failures a second are told one by one."""
MOST_AGENTS = 50
"""More agents that change at once are told as one event without a name."""

Key = tuple[str, str, int]
"""What was told: whose, its state, and a figure that changes with it."""


class Event(NamedTuple):
    """Something to tell."""

    kind: str
    data: bytes


MANY_CHANGED = b'{"name":null'


class Changed(msgspec.Struct, frozen=True):
    """Many agents at once: their lists are to be read again."""

    name: None
    count: int


class Gone(msgspec.Struct, frozen=True):
    """An agent that was removed."""

    name: str
    at: str


class Changes:
    """Remembers what was told, so that looking back tells nothing twice; nothing before `since` is news."""

    def __init__(self, since: int) -> None:
        self._first = self._since = since
        self._told: dict[Key, int] = {}
        self._each = True

    def read(self, tx: Tx, now: int, *, pulse: bool) -> list[Event]:
        """Everything that is news at `now`; with the pulse of the moment when that is due."""
        since, told = max(self._first, self._since - LOOK_BACK), self._told
        self._told = {key: at for key, at in told.items() if at >= now - REMEMBERED}
        try:
            figures = [self._pulse(tx, now)] if pulse else []
            runs = self._runs(tx, since, now) if self._each else self._failures(tx, now) if pulse else ()
            events = [*runs, *self._agents(tx, since, now), *figures]
        except BaseException:
            self._told = told  # nobody was told: the next look tells it
            raise
        self._since = now
        return events

    def _pulse(self, tx: Tx, now: int) -> Event:
        pulse = read_pulse(tx, now)
        self._each = pulse.fires + pulse.skipped <= MANY
        return lag(msgspec.structs.replace(pulse, each=self._each))

    def _runs(self, tx: Tx, since: int, now: int) -> Iterator[Event]:
        ended = tx.runs_ended(since, MOST_RUNS)
        self._each = len(ended) < MOST_RUNS
        yield from self._ended(tx, ended, now)
        for begun in tx.runs_begun(now, most=MOST_OPEN, limit=MANY):
            if self._is_news((begun.id, "running", begun.attempt), now):
                yield from _run(tx, "run.started", begun.id, now)

    def _failures(self, tx: Tx, now: int) -> Iterator[Event]:
        """While fires are summed up: what failed among the newest runs, which is all of it or a sample."""
        for run_id in reversed(tx.recent_failures(before=now + 1, most=LOOKED_AT, limit=MOST_FAILURES)):
            if self._is_news((run_id, "failed", 0), now):
                yield from _run(tx, "run.finished", run_id, now)

    def _ended(self, tx: Tx, ended: list[Ended], now: int) -> Iterator[Event]:
        for row in reversed(ended):
            if self._is_news((row.id, row.state, row.finished_at), now):
                kind = "run.skipped" if row.state == "skipped" else "run.finished"
                yield from _run(tx, kind, row.id, now)

    def _agents(self, tx: Tx, since: int, now: int) -> Iterator[Event]:
        changed = self._news(tx.agents_changed(since, MOST_RUNS), "saved", now)
        departed = self._news(tx.agents_departed(since, MOST_RUNS), "gone", now)
        if len(changed) + len(departed) > MOST_AGENTS:
            yield Event("agent.changed", msgspec.json.encode(Changed(None, len(changed) + len(departed))))
            return
        for name, at in departed:
            yield Event("agent.deleted", msgspec.json.encode(Gone(name, format_moment(at))))
        for name, _ in changed:
            if (agent := standing_of(tx, name, now)) is not None:
                yield Event("agent.changed", msgspec.json.encode(agent))

    def _news(self, found: list[tuple[str, int]], what: str, now: int) -> list[tuple[str, int]]:
        return [(name, at) for name, at in reversed(found) if self._is_news((name, what, at), now)]

    def _is_news(self, key: Key, now: int) -> bool:
        is_news = key not in self._told
        self._told[key] = now
        return is_news


def _run(tx: Tx, kind: str, run_id: str, now: int) -> Iterator[Event]:
    row = tx.run_by_id(run_id)
    if row is not None:
        yield Event(kind, msgspec.json.encode(run_shape(row, now)))


def lag(pulse: Pulse) -> Event:
    """Figures as an event."""
    return Event("lag", msgspec.json.encode(pulse))


def catch_up(tx: Tx, since: int | None, now: int) -> list[Event]:
    """The current state of all that changed since a moment, and a pulse that says whether that is all."""
    events = [] if since is None else Changes(min(since, now) - LOOK_BACK).read(tx, now, pulse=False)
    missed = len(events) >= MOST_RUNS or any(event.data.startswith(MANY_CHANGED) for event in events)
    return [*events, lag(msgspec.structs.replace(read_pulse(tx, now), missed=missed))]


def written(events: list[Event], now: int) -> bytes:
    """Write events as a stream has them; each carries the moment from which a viewer may resume."""
    return b"".join(
        b"id: %014x\nevent: %b\ndata: %b\n\n" % (now, kind.encode(), data) for kind, data in events
    )


class StoreLook:
    """Looks into the store, in a reader's thread; events are written there too."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._changes = Changes(clock.now() - JUST_NOW)

    async def since(self, moment: int | None) -> bytes:
        """What changed since a moment, and the pulse."""
        now = self._clock.now()
        return await self._store.read(lambda tx: written(catch_up(tx, moment, now), now))

    async def news(self, *, pulse: bool) -> bytes:
        """What changed since the last look."""
        now = self._clock.now()
        try:
            return await self._store.read(lambda tx: written(self._changes.read(tx, now, pulse=pulse), now))
        except Unavailable:
            return b""  # the next look tells what this one could not; /readyz says what is wrong

    async def rung(self, at_most: float) -> bool:
        """Wait for a commit."""
        return await self._store.bell.wait(at_most)
