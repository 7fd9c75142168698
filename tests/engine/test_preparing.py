"""Preparing: runs with templates are rendered before their instant, and called off like any others."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from conftest import NOON, HandClock
from making import NoPerformer, ask, claimed, ledger, receipt, save, webhook
from pypes.clock import SECOND
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.performer import Performer
from pypes.engine.preparing import SLICE, Preparer
from pypes.engine.sender import Sender
from pypes.model.run import Claimed
from pypes.receipt import Outcome
from pypes.secrets import Secrets
from pypes.store.store import Store

from .test_dispatcher import Outbox

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class Desk:
    """A dispatcher that renders, its outbox, and what ended."""

    def __init__(self, store: Store) -> None:
        self.clock = HandClock()
        self.outbox = Outbox()
        self.ended: list[tuple[Claimed, Outcome]] = []
        self.has_ended = asyncio.Event()
        self.dispatcher = Dispatcher(
            sender=cast("Sender", self.outbox),
            clock=self.clock,
            seats=1000,
            on_end=self._end,
            performer=cast("Performer", NoPerformer()),
            preparer=Preparer(store, secrets=Secrets(Path("/nowhere"), environment={}), clock=self.clock),
        )

    def _end(self, run: Claimed, _call: object, outcome: Outcome) -> None:
        self.ended.append((run, outcome))
        self.has_ended.set()

    async def sent(self, number: int) -> list[bytes]:
        """The bodies of the first requests, once there are so many."""
        while len(self.outbox.tickets) < number:
            self.outbox.arrived.clear()
            await asyncio.wait_for(self.outbox.arrived.wait(), 10)
        return [ticket.request.data.partition(b"\r\n\r\n")[2] for ticket in self.outbox.tickets]


def run(number: int = 0, **fields: Any) -> Claimed:
    definition = json.dumps(webhook(payload=["{{ run.id }}", "{{ inputs | length }}"]))
    return claimed(id=f"{NOON:014x}{number:016x}", action_id="a" * 36, definition=definition, **fields)


def test_many_runs_are_rendered_in_slices_and_each_is_sent_once(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        runs = [run(number) for number in range(2 * SLICE + 1)]
        desk.dispatcher.add(runs)
        assert desk.dispatcher.held == len(runs)
        bodies = await desk.sent(len(runs))
        assert sorted(json.loads(body)[0] for body in bodies) == sorted(each.id for each in runs)
        for number in range(len(runs)):
            desk.outbox.answer(number, receipt(NOON))
        assert (desk.dispatcher.held, len(desk.ended)) == (0, len(runs))

    with_store(story)


def test_a_run_is_rendered_ahead_and_sent_at_its_instant_not_before(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        desk.clock.advance(-SECOND)
        desk.dispatcher.add([run()])
        await store.read(ledger)
        await asyncio.sleep(0.05)  # nothing happens, which no event can tell
        assert desk.outbox.tickets == []
        desk.clock.advance(SECOND)
        assert len(await desk.sent(1)) == 1

    with_store(story)


def test_a_run_that_is_called_off_while_it_is_rendered_is_not_sent(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        desk.dispatcher.add([run(1), run(2)])
        desk.dispatcher.revoke([run(1).id])
        desk.dispatcher.cut([])
        (body,) = await desk.sent(1)
        assert json.loads(body)[0] == run(2).id
        assert desk.dispatcher.held == 1

    with_store(story)


def test_a_stop_gives_up_what_is_being_rendered(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        desk.dispatcher.add([run()])
        assert await desk.dispatcher.stop(5) == 0
        assert (desk.dispatcher.held, desk.outbox.tickets) == (0, [])

    with_store(story)


def test_one_run_that_cannot_be_rendered_stops_no_other(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        broken = run(1, payload=None)
        definition = json.dumps(webhook(payload="{{ input.nothing }}"))
        desk.dispatcher.add([claimed(definition=definition, action_id="a" * 36), broken])
        assert len(await desk.sent(1)) == 1
        await asyncio.wait_for(desk.has_ended.wait(), 10)
        ((_, outcome),) = desk.ended
        assert "cannot be prepared: undefined value" in getattr(outcome, "message", "")

    with_store(story)


def test_what_templates_could_see_is_on_disk_before_a_run_is_sent(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", webhook(payload="{{ since_last }}"), inputs=[1, 2])
        row = await store.read(lambda tx: tx.agent_by_name("a"))
        assert row is not None
        newest = await store.read(lambda tx: tx.newest_input(row.id))
        (action,) = await store.read(lambda tx: tx.actions_of_agent(row.id))
        desk = Desk(store)
        desk.dispatcher.add([claimed(agent="a", action_id=action.id, definition=action.definition)])
        assert await desk.sent(1) == [b"[1,2]"]
        seen = await store.read(lambda tx: ask(tx, "SELECT run_id, seen FROM run_inputs"))
        assert seen == [(claimed().id, newest)]

    with_store(story)
