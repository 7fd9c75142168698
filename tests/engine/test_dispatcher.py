"""The dispatcher: every held run is sent at its instant, never before, and ends once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec
import pytest
import uvloop

from conftest import NOON, HandClock
from making import NoPerformer, claimed, failure, receipt
from pypes.clock import SECOND, SystemClock
from pypes.engine.dispatcher import NOTED_AFTER, STUCK_AFTER, STUCK_PAUSE, Dispatcher
from pypes.engine.performer import Performer
from pypes.engine.preparing import Preparer
from pypes.engine.sender import Sender
from pypes.model.run import Claimed
from pypes.receipt import Failure, Outcome
from pypes.request import Origin, Request


class Paper:
    """A ticket of the sender that sends nothing."""

    def __init__(self, request: Request, done: Callable[[Outcome], None]) -> None:
        self.request = request
        self.done = done
        self.sent = True
        self.cancelled = False

    def cancel(self) -> bool:
        self.cancelled = True
        return not self.sent


class Outbox:
    """A sender that keeps what it is given."""

    def __init__(self) -> None:
        self.tickets: list[Paper] = []
        self.arrived = asyncio.Event()
        self.has_room = True
        self.warmed: list[tuple[str, int, int]] = []

    def warm(self, origin: Origin, wanted: int, *, within: int) -> None:
        self.warmed.append((str(origin), wanted, within))

    def send(self, request: Request, done: Callable[[Outcome], None]) -> Paper:
        ticket = Paper(request, done)
        ticket.sent = self.has_room
        self.tickets.append(ticket)
        self.arrived.set()
        return ticket

    def answer(self, number: int, outcome: Outcome | None = None) -> None:
        self.tickets[number].done(outcome or receipt(NOON))


class Desk:
    """A dispatcher, its outbox, and what ended."""

    def __init__(self, seats: int = 10, clock: Any = None) -> None:
        self.clock = clock or HandClock()
        self.outbox = Outbox()
        self.ended: list[tuple[str, Outcome]] = []
        self.dispatcher = Dispatcher(
            sender=cast("Sender", self.outbox),
            clock=self.clock,
            seats=seats,
            performer=cast("Performer", NoPerformer()),
            on_end=lambda run, _call, outcome: self.ended.append((run.id, outcome)),
            preparer=cast("Preparer", None),  # nothing here has templates
        )

    async def turn(self) -> None:
        """Let what is due go out."""
        await asyncio.sleep(0.002)


def run_named(name: str, **fields: Any) -> Claimed:
    return msgspec.structs.replace(claimed(**fields), id=name)


def tell(story: Callable[[Desk], Awaitable[None]], **fields: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(10):
            await story(Desk(**fields))

    uvloop.run(run())


def test_a_run_that_is_due_is_sent_with_its_own_words() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a" * 30)])
        await desk.outbox.arrived.wait()
        (ticket,) = desk.outbox.tickets
        assert b"webhook-id: " + b"a" * 30 in ticket.request.data
        assert b"pypes-attempt: 1" in ticket.request.data

    tell(story)


def test_a_run_is_never_sent_before_its_instant_whenever_the_timer_wakes() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a", due_at=NOON + 1000), run_named("b", due_at=NOON + 5)])
        await desk.turn()
        assert desk.outbox.tickets == []
        desk.clock.advance(5)
        await desk.outbox.arrived.wait()
        assert len(desk.outbox.tickets) == 1
        desk.clock.advance(995)
        while len(desk.outbox.tickets) < 2:
            desk.outbox.arrived.clear()
            await desk.outbox.arrived.wait()

    tell(story)


def test_on_a_real_clock_nothing_leaves_early() -> None:
    async def story(desk: Desk) -> None:
        now = desk.clock.now()
        moments = [now + offset for offset in (30_000, 10_000, 20_000, 10_000)]
        desk.dispatcher.add([run_named(str(n), due_at=moment) for n, moment in enumerate(moments)])
        for expected in sorted(moments):
            while len(desk.outbox.tickets) <= sorted(moments).index(expected):
                desk.outbox.arrived.clear()
                await desk.outbox.arrived.wait()
                assert desk.clock.now() >= expected
        assert desk.dispatcher.held == 4

    tell(story, clock=SystemClock())


def test_a_run_ends_once_and_gives_its_seat_back() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a"), run_named("b")])
        assert (desk.dispatcher.free, desk.dispatcher.held) == (8, 2)
        await desk.outbox.arrived.wait()
        desk.outbox.answer(1)
        assert [name for name, _ in desk.ended] == ["b"]
        assert desk.dispatcher.free == 9

    tell(story)


def test_connections_are_warmed_for_what_is_due_soon_and_not_for_what_is_due_now() -> None:
    async def story(desk: Desk) -> None:
        now = desk.clock.now()
        moments = [now, now, now + 5000, now + 7000, now + 7000, now + 9000]
        desk.dispatcher.add([run_named(str(n), due_at=moment) for n, moment in enumerate(moments)])
        ((_, wanted, within),) = desk.outbox.warmed
        assert (wanted, within) == (2, 9000)
        desk.dispatcher.add([run_named("now")])
        assert len(desk.outbox.warmed) == 1

    tell(story)


def test_what_is_revoked_before_it_was_sent_never_is() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a", due_at=NOON + 10), run_named("b", due_at=NOON + 10)])
        desk.dispatcher.revoke(["a", "unknown"])
        desk.clock.advance(10)
        await desk.outbox.arrived.wait()
        await desk.turn()
        assert len(desk.outbox.tickets) == 1
        assert desk.dispatcher.held == 1
        assert desk.ended == []

    tell(story)


def test_what_was_sent_cannot_be_revoked_but_what_waits_for_a_connection_can() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a"), run_named("b")])
        await desk.outbox.arrived.wait()
        desk.outbox.tickets[1].sent = False
        desk.dispatcher.revoke(["a", "b"])
        assert [ticket.cancelled for ticket in desk.outbox.tickets] == [False, True]
        assert desk.dispatcher.held == 1

    tell(story)


def test_a_run_that_is_added_again_is_sent_once_as_it_now_reads() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a", due_at=NOON + 10)])
        desk.dispatcher.add([run_named("a", due_at=NOON + 10, attempt=2)])
        desk.clock.advance(10)
        await desk.outbox.arrived.wait()
        await desk.turn()
        (ticket,) = desk.outbox.tickets
        assert b"pypes-attempt: 2" in ticket.request.data

    tell(story)


def test_what_is_cut_ends_as_cancelled_if_it_was_sent_and_silently_if_not() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("sent"), run_named("ahead", due_at=NOON + SECOND)])
        await desk.outbox.arrived.wait()
        desk.dispatcher.cut(["sent", "ahead", "unknown"])
        ((name, outcome),) = desk.ended
        assert name == "sent"
        assert isinstance(outcome, Failure)
        assert outcome.is_cancelled
        assert desk.outbox.tickets[0].cancelled
        assert desk.dispatcher.held == 0

    tell(story)


@pytest.mark.parametrize("definition", ["{", '{"type":"moon"}', '{"type":"webhook","url":"x"}'])
def test_a_run_that_cannot_be_prepared_fails_and_the_others_go_on(definition: str) -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("bad", definition=definition), run_named("good")])
        await desk.outbox.arrived.wait()
        ((name, outcome),) = desk.ended
        assert name == "bad"
        assert isinstance(outcome, Failure)
        assert not outcome.retryable
        assert outcome.message.startswith("cannot be prepared")

    tell(story)


def test_what_waits_too_long_for_a_connection_gives_its_seat_to_others() -> None:
    async def story(desk: Desk) -> None:
        desk.outbox.has_room = False
        desk.dispatcher.add([run_named("a")])
        await desk.outbox.arrived.wait()
        desk.clock.advance(STUCK_AFTER)
        assert desk.dispatcher.take_stuck() == []
        now = desk.clock.advance(1)
        assert desk.dispatcher.take_stuck() == [("a", now + STUCK_PAUSE)]
        assert desk.dispatcher.held == 0
        assert desk.outbox.tickets[0].cancelled

    tell(story)


def test_what_is_under_way_for_a_while_is_told_once() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a"), run_named("ahead", due_at=NOON + 3600 * SECOND)])
        await desk.outbox.arrived.wait()
        began = desk.clock.now()
        desk.clock.advance(NOTED_AFTER)
        assert desk.dispatcher.take_under_way() == []
        desk.clock.advance(1)
        assert desk.dispatcher.take_under_way() == [("a", began)]
        assert desk.dispatcher.take_under_way() == []

    tell(story)


def test_a_stop_lets_what_is_under_way_end_and_gives_back_the_rest() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("sent"), run_named("ahead", due_at=NOON + SECOND)])
        await desk.outbox.arrived.wait()
        stopping = asyncio.create_task(desk.dispatcher.stop(10))
        await asyncio.sleep(0)
        desk.outbox.answer(0)
        assert await stopping == 0
        assert [name for name, _ in desk.ended] == ["sent"]

    tell(story)


def test_a_stop_cuts_what_does_not_end_in_time() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("slow")])
        await desk.outbox.arrived.wait()
        assert await desk.dispatcher.stop(0.001) == 1
        assert desk.outbox.tickets[0].cancelled
        assert desk.ended == []

    tell(story)


def test_a_stop_with_nothing_held_is_over_at_once() -> None:
    async def story(desk: Desk) -> None:
        assert await desk.dispatcher.stop(10) == 0
        desk.outbox.has_room = True

    tell(story)


def test_a_failure_reaches_whoever_records_it_unchanged() -> None:
    async def story(desk: Desk) -> None:
        desk.dispatcher.add([run_named("a")])
        await desk.outbox.arrived.wait()
        broken = failure(NOON)
        desk.outbox.answer(0, broken)
        assert desk.ended == [("a", broken)]

    tell(story)
