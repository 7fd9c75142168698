"""Giving up: requests that are cancelled, and a sender that is closed, leave nothing behind."""

import asyncio

from pypes.receipt import Failure

from .conftest import Run
from .serving import (
    OK,
    Server,
    answers_when_told,
    client,
    hangs,
    post,
    says,
)


def test_a_cancelled_request_that_waits_is_never_sent(run: Run) -> None:
    async def story() -> None:
        async with Server(answers_when_told) as server, client(per_host=1) as pypes:
            first, second, third = (pypes.send(post(server.url, b"[%d]" % n)) for n in (1, 2, 3))
            await server.asked(1)
            assert (first.ticket.sent, second.ticket.sent) == (True, False)
            assert pypes.sender.waiting(first.ticket.origin) == pypes.sender.queued() == 2
            assert pypes.sender.in_flight() == 1
            assert second.ticket.cancel() is True
            assert second.ticket.cancel() is False
            assert pypes.sender.queued() == 1
            server.answers.put_nowait(None)
            server.answers.put_nowait(None)
            await asyncio.gather(first.outcome, third.outcome)
            assert [request[-3:] for request in server.requests] == [b"[1]", b"[3]"]
            assert not second.outcome.done()
            assert pypes.sender.in_flight() == pypes.sender.queued() == 0

    run(story())


def test_a_cancelled_request_that_was_sent_drops_its_connection(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client() as pypes:
            sent = pypes.send(post(server.url, timeout=60))
            await server.asked(1)
            assert sent.ticket.cancel() is False
            await server.emptied.wait()
            assert not sent.outcome.done()
            assert pypes.sender.in_flight() == 0

    run(story())


def test_cancelling_what_is_over_changes_nothing(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            sent = pypes.send(post(server.url))
            await sent.outcome
            assert sent.ticket.cancel() is False
            await pypes.receipt(post(server.url))
            assert server.accepted == 1

    run(story())


def test_cancelling_everybody_before_the_connection_is_open_leaves_nothing(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            sent = [pypes.send(post(server.url)) for _ in range(100)]
            assert all(one.ticket.cancel() for one in sent)
            assert (await pypes.receipt(post(server.url))).status == 200
            assert len(server.requests) == 1

    run(story())


def test_closing_fails_whoever_is_not_finished_and_whoever_comes_later(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client(per_host=1) as pypes:
            sent = [pypes.send(post(server.url)) for _ in range(3)]
            await server.asked(1)
            await pypes.sender.close()
            sent.append(pypes.send(post(server.url)))
            for one in sent:
                failure = await one.outcome
                assert isinstance(failure, Failure)
                assert (failure.message, failure.retryable) == ("pypes is stopping", True)
            await server.emptied.wait()

    run(story())


def test_closing_at_any_moment_of_connecting_ends_everything(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server:
            for moments in range(12):
                async with client() as pypes:
                    sent = [pypes.send(post(server.url)) for _ in range(30)]
                    for _ in range(moments):
                        await asyncio.sleep(0)
                await asyncio.gather(*(one.outcome for one in sent))

    run(story())
