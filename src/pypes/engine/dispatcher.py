"""Dispatcher: holds claimed runs until their instant, then hands them to the sender.

Requests are rendered when runs are claimed, so that at the instant only the send is left.
"""

import asyncio
from collections.abc import Callable, Iterable

from pypes.clock import SECOND, Clock
from pypes.engine.agenda import Agenda
from pypes.engine.handing import Handing
from pypes.engine.held import PLAIN, Held, ready_call
from pypes.engine.performer import Performer
from pypes.engine.preparing import Prepared, Preparer
from pypes.engine.sender import Sender
from pypes.engine.warming import Due, warm
from pypes.errors import InvalidInput, PypesError, Unavailable
from pypes.model.run import Claimed
from pypes.receipt import Failure, Outcome
from pypes.steps.call import Call
from pypes.steps.rendering import Unrendered

STUCK_AFTER = 5 * SECOND
"""A run whose host has had no connection free for so long gives its seat to others …"""
STUCK_PAUSE = 15 * SECOND
"""… and comes back after this long."""
NOTED_AFTER = SECOND // 4
"""What takes longer is noted as started: most fires are over before that, and cost no write of their own."""

Told = Callable[[Claimed, Call, Outcome], None]


class Dispatcher:
    """Sends each held run at its instant, never before; `on_end` hears of every outcome once."""

    def __init__(
        self,
        *,
        sender: Sender,
        clock: Clock,
        seats: int,
        on_end: Told,
        preparer: Preparer,
        performer: Performer,
        may_start: Callable[[], bool] = lambda: True,
    ) -> None:
        self._sender = sender
        self._performer = performer
        self._clock = clock
        self._seats = seats
        self._on_end = on_end
        self._preparer = preparer
        self._held: dict[str, Held] = {}
        self._handing = Handing(clock, send=self._send, may_start=may_start)
        self._agenda = Agenda(clock, on_due=self._handing.add)
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def held(self) -> int:
        """How many runs this daemon holds: ahead of their instant, queued or under way."""
        return len(self._held) + self._performer.held

    @property
    def free(self) -> int:
        """How many more runs this daemon may hold."""
        return self._seats - self.held

    @property
    def is_busy(self) -> bool:
        """Whether requests are due that are not sent yet."""
        return bool(self._handing) or self._sender.queued() > 0

    def add(self, runs: Iterable[Claimed]) -> None:
        """Prepare claimed runs; each is sent at its `due_at`, or now if that is past."""
        due: list[Due] = []
        unrendered = []
        for run in runs:
            try:
                held = self._prepare(run)
            except (PypesError, ValueError) as error:
                self._refuse(run, error)
                continue
            if held is None:
                self._performer.add(run)
                continue
            self._held[run.id] = held
            if held.request is None:
                unrendered.append(held)
            else:
                self._agenda.add(held)
                due.append((run.due_at, held.request.origin))
        if unrendered:
            self._preparer.prepare(unrendered, self._rendered)
        if self._held:
            self._idle.clear()
        self._agenda.arm()
        warm(self._sender, due, self._clock.now())

    def revoke(self, run_ids: Iterable[str]) -> None:
        """Do not send these, if that can still be helped."""
        run_ids = list(run_ids)
        self._performer.revoke(run_ids)
        for run_id in run_ids:
            held = self._held.get(run_id)
            if held is not None and (not held.is_sent):
                self._withdraw(held)

    def cut(self, run_ids: Iterable[str]) -> None:
        """Drop what is under way for runs that were called off; each ends as cancelled."""
        run_ids = list(run_ids)
        self._performer.cut(run_ids)
        for run_id in run_ids:
            held = self._held.get(run_id)
            if held is None:
                continue
            was_sent = held.is_sent
            self._withdraw(held)
            if was_sent:
                now = self._clock.now()
                cancelled = Failure(
                    "cancelled", retryable=False, started=held.since, finished=now, is_cancelled=True
                )
                self._on_end(held.run, held.call, cancelled)

    def take_stuck(self) -> list[tuple[str, int]]:
        """Give up the seats of runs whose host has none free; their ids, and when each shall come back."""
        now = self._clock.now()
        stuck = [
            held
            for held in self._held.values()
            if held.ticket is not None and not held.ticket.sent and now - held.since > STUCK_AFTER
        ]
        for held in stuck:
            self._withdraw(held)
        return [(held.run.id, now + STUCK_PAUSE) for held in stuck]

    def take_under_way(self) -> list[tuple[str, int]]:
        """Runs that are under way for a while already and were not told before; ids, and when each began."""
        now = self._clock.now()
        slow = [
            held
            for held in self._held.values()
            if held.is_sent and not held.is_noted and now - held.since > NOTED_AFTER
        ]
        for held in slow:
            held.is_noted = True
        return [(held.run.id, held.since) for held in slow]

    def go_on(self) -> None:
        """This daemon may start things: what had to wait in the middle of a queue begins."""
        self._sender.go_on()
        self._performer.go_on()

    def holds(self, run_id: str) -> bool:
        """Whether a run is held here."""
        return run_id in self._held or self._performer.holds(run_id)

    def held_ids(self) -> list[str]:
        """The runs that are held here."""
        return [*self._held, *self._performer.held_ids()]

    def take_unsent(self) -> list[tuple[str, int]]:
        """Give up the seats of all that is not sent yet; their ids, and when each is due."""
        unsent = [held for held in self._held.values() if not held.is_sent]
        for held in unsent:
            self._withdraw(held)
        return [(held.run.id, held.run.due_at) for held in unsent] + self._performer.take_unbegun()

    def withdraw_all(self) -> tuple[int, int]:
        """Drop everything, also what is under way; how many were not sent yet, and how many were."""
        unsent = len(self.take_unsent())
        sent = list(self._held.values())
        for held in sent:
            self._withdraw(held)
        self._performer.drop_all()
        return unsent, len(sent)

    async def stop(self, patience: float) -> int:
        """Let what is under way end, at most `patience` seconds; how many exchanges were cut."""
        self._handing.stop()
        self._agenda.stop()
        self.take_unsent()
        performing = asyncio.create_task(self._performer.stop(patience))
        try:
            async with asyncio.timeout(patience):
                await self._idle.wait()
        except TimeoutError:
            pass
        cut = list(self._held.values())
        for held in cut:
            self._withdraw(held)
        return len(cut) + await performing

    def _rendered(self, held: Held, prepared: Prepared | Exception) -> None:
        """Take a request that is ready now, unless its run was called off meanwhile."""
        if self._held.get(held.run.id) is not held:
            return
        if isinstance(prepared, Exception):
            self._forget(held)
            self._refuse(held.run, prepared)
            return
        held.call, held.request = prepared
        self._agenda.add(held)
        self._agenda.arm()
        warm(self._sender, [(held.run.due_at, prepared.request.origin)], self._clock.now())

    def _prepare(self, run: Claimed) -> Held | None:
        """A request that is ready to be sent, or is rendered first; None for a run that is done in steps."""
        call = ready_call(run.definition)
        if call is None:
            return None
        if isinstance(call, Unrendered):
            return Held(run, call, None)
        moment = max(run.due_at, self._clock.now())
        request = call.request(
            run_id=run.id, attempt=run.attempt, slot=run.slot, now=moment, payload=run.payload
        )
        return Held(run, call, request)

    def _refuse(self, run: Claimed, error: Exception) -> None:
        """A run that cannot be prepared fails, like one that cannot be sent."""
        at = max(run.due_at, self._clock.now())
        is_passing = isinstance(error, Unavailable)
        place = f" ({error.path})" if isinstance(error, InvalidInput) and error.path else ""
        failure = Failure(
            f"cannot be prepared: {error}{place}", retryable=is_passing, started=at, finished=at
        )
        self._on_end(run, PLAIN, failure)

    def _withdraw(self, held: Held) -> None:
        if held.ticket is not None:
            held.ticket.cancel()
        self._forget(held)

    def _forget(self, held: Held) -> None:
        self._held.pop(held.run.id, None)
        if not self._held:
            self._idle.set()

    def _send(self, held: Held, now: int) -> None:
        if self._held.get(held.run.id) is held and held.request is not None:
            held.since = now
            held.ticket = self._sender.send(held.request, lambda outcome: self._ended(held, outcome))

    def _ended(self, held: Held, outcome: Outcome) -> None:
        self._forget(held)
        self._on_end(held.run, held.call, outcome)
