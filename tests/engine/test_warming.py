"""Warming, whole: what the dispatcher holds for a slot ahead finds its connection open."""

import asyncio
import json
from typing import cast

import msgspec
import uvloop

from making import NoPerformer, claimed, every, webhook
from pypes.address import AddressRules
from pypes.clock import SECOND, SystemClock
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.performer import Performer
from pypes.engine.preparing import Preparer
from pypes.engine.sender import Sender
from pypes.receipt import Outcome, Receipt

from .sender.serving import OK, Server, says


def test_a_slot_does_not_wait_for_its_connection() -> None:
    async def story() -> None:
        ended: asyncio.Queue[Outcome] = asyncio.Queue()
        clock = SystemClock()
        sender = Sender(clock=clock, rules=AddressRules(allow_private=True))
        dispatcher = Dispatcher(
            sender=sender,
            clock=clock,
            seats=10,
            on_end=lambda _run, _call, outcome: ended.put_nowait(outcome),
            preparer=cast("Preparer", None),  # nothing here has templates
            performer=cast("Performer", NoPerformer()),
        )
        async with Server(says(OK)) as server, asyncio.timeout(20):
            due_at = clock.now() + SECOND
            definition = json.dumps(every(action=webhook(url=server.url)))
            run = claimed(definition=definition, trigger="every", due_at=due_at)
            dispatcher.add([msgspec.structs.replace(run, id=str(number)) for number in range(3)])
            while server.accepted < 3:
                server.joined.clear()
                await server.joined.wait()
            for _ in range(3):
                receipt = await ended.get()
                assert isinstance(receipt, Receipt)
                assert receipt.timing.connect is None
                assert receipt.started >= due_at
            assert server.accepted == 3
        await sender.close()

    uvloop.run(story())
