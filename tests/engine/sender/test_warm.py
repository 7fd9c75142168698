"""Connections at rest: for how long they are kept, and how they are made ready for what is due soon."""

import asyncio
import time

from pypes.clock import SECOND
from pypes.engine.sender import AT_ONCE
from pypes.receipt import Receipt

from .conftest import Run
from .rig import ORIGIN, Rig
from .serving import OK, Peer, Server, answers_when_told, client, hangs, post, says
from .test_noise import framed

SOON = SECOND // 2


def test_a_warm_connection_is_open_before_the_request_which_does_not_wait_for_it(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            request = post(server.url)
            pypes.sender.warm(request.origin, 1, within=SOON)
            await server.joined.wait()
            await asyncio.sleep(0.01)  # the attempt ends on our side too
            sent = pypes.send(request)
            assert sent.ticket.sent
            outcome = await sent.outcome
            assert isinstance(outcome, Receipt)
            assert outcome.timing.connect is None
            assert server.accepted == 1

    run(story())


def test_as_many_connections_are_warmed_as_are_wanted_and_allowed(run: Run) -> None:
    async def story() -> None:
        rig = Rig(per_host=4)
        for wanted, expected in (2, 2), (3, 3), (1, 3), (9, 4):
            rig.sender.warm(ORIGIN, wanted, within=SOON)
            await rig.settle()
            assert len(rig.open_wires) == expected
        await rig.finish()

    run(story())


def test_many_connections_are_warmed_a_few_at_a_time_because_what_is_due_now_comes_first(run: Run) -> None:
    async def story() -> None:
        rig = Rig(per_host=1000)
        for _ in range(3):  # each claim tells again what it needs
            rig.sender.warm(ORIGIN, 5 * AT_ONCE, within=SOON)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(rig.wires) <= AT_ONCE
        await rig.have_opened(5 * AT_ONCE)
        await rig.settle()
        assert len(rig.open_wires) == 5 * AT_ONCE
        await rig.finish()

    run(story())


def test_what_is_still_to_be_opened_when_the_sender_closes_never_is(run: Run) -> None:
    async def story() -> None:
        rig = Rig(per_host=1000)
        rig.sender.warm(ORIGIN, 5 * AT_ONCE, within=SOON)
        await rig.finish()
        opened = len(rig.wires)
        await asyncio.sleep(0.02)
        assert len(rig.wires) == opened

    run(story())


def test_connections_that_are_busy_are_not_counted_as_warm(run: Run) -> None:
    async def story() -> None:
        rig = Rig(per_host=3)
        rig.send(b"1")
        await rig.settle()
        rig.sender.warm(ORIGIN, 1, within=SOON)
        await rig.settle()
        assert len(rig.open_wires) == 2
        await rig.finish()

    run(story())


def test_a_warm_connection_that_died_meanwhile_is_replaced_for_the_request(run: Run) -> None:
    async def story() -> None:
        async def gives_up_the_first(peer: Peer) -> None:
            await peer.request()
            if peer.number > 1:
                await peer.say(OK)

        async with Server(gives_up_the_first) as server, client() as pypes:
            request = post(server.url)
            pypes.sender.warm(request.origin, 1, within=SOON)
            await server.joined.wait()
            await asyncio.sleep(0.01)  # the attempt ends on our side too
            assert (await pypes.receipt(request)).status == 200
            assert server.accepted == 2

    run(story())


def test_warming_where_nobody_listens_fails_nobody_and_leaves_nothing(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client() as pypes:
            request = post(server.url)
            server.stop_listening()
            pypes.sender.warm(request.origin, 5, within=SOON)
            await asyncio.sleep(0.05)  # the attempts fail
            assert (await pypes.failure(request)).message.endswith("connection refused")

    run(story())


def test_a_connection_is_not_closed_right_before_it_is_needed(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client(idle=SECOND // 5) as pypes:
            request = post(server.url)
            await pypes.receipt(request)
            pypes.sender.warm(request.origin, 1, within=SOON)
            await asyncio.sleep(0.4)  # longer than idle connections are kept otherwise
            await pypes.receipt(request)
            assert server.accepted == 1

    run(story())


def test_a_connection_is_given_up_before_the_server_has_said_that_it_will(run: Run) -> None:
    async def story() -> None:
        hint = b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok"
        async with Server(says(hint)) as server, client() as pypes:
            for _ in range(3):  # the first is parsed, the others are known
                await pypes.receipt(post(server.url))
            began = time.monotonic()
            await server.emptied.wait()
            assert 0.9 < time.monotonic() - began < 10
            assert server.accepted == 1

    run(story())


def test_a_connection_that_the_server_will_close_too_soon_is_replaced_by_a_warm_one(run: Run) -> None:
    async def story() -> None:
        rig = Rig()
        rig.send(b"1")
        await rig.settle()
        hint = framed(b"1", "length").replace(b"\r\n", b"\r\nKeep-Alive: timeout=3\r\n", 1)
        rig.wires[0].say(hint)
        rig.sender.warm(ORIGIN, 1, within=0)
        await rig.settle()
        assert [wire.is_open for wire in rig.wires] == [True]
        rig.sender.warm(ORIGIN, 1, within=2 * SECOND)
        await rig.settle()
        assert [wire.is_open for wire in rig.wires] == [False, True]
        await rig.finish()

    run(story())


def test_a_closed_sender_warms_nothing(run: Run) -> None:
    async def story() -> None:
        rig = Rig()
        await rig.finish()
        rig.sender.warm(ORIGIN, 1, within=SOON)
        await rig.settle()
        assert rig.wires == []

    run(story())


def test_one_timer_ends_what_is_late_and_lets_the_rest_go_on(run: Run) -> None:
    async def story() -> None:
        async with Server(answers_when_told) as server, client() as pypes:
            patience = (0.4, 0.1, 60.0, 0.1, 0.2)
            sent = [pypes.send(post(server.url, timeout=limit)) for limit in patience]
            began = time.monotonic()
            for number in 1, 3, 4, 0:
                assert not isinstance(await sent[number].outcome, Receipt)
                assert patience[number] - 0.01 < time.monotonic() - began < patience[number] + 5
            for _ in sent:
                server.answers.put_nowait(None)  # those whose client has gone take one too
            assert isinstance(await sent[2].outcome, Receipt)

    run(story())
