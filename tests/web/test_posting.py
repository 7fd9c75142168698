"""Posts with an Idempotency-Key: the same answer for the same body, and nothing is stored twice."""

from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
import pytest
from starlette.requests import ClientDisconnect

from conftest import HandClock
from making import DAY, webhook
from pypes.clock import SECOND
from pypes.web import body, posting
from pypes.web.body import Line

from .client import NDJSON, Answer, Client
from .conftest import Tell

LINES = [b'{"n":%d}\n' % number for number in range(6)]


async def values(client: Client) -> list[Any]:
    page = (await client.get("/agents/a/inputs")).json()
    return [item["value"] for item in page["items"]][::-1]


async def one(client: Client, value: Any, key: str = "k", name: str = "a") -> Answer:
    headers = {"idempotency-key": key}
    return await client.send("POST", f"/agents/{name}/inputs", msgspec.json.encode(value), headers=headers)


async def many(client: Client, *parts: bytes, key: str = "k", **headers: str) -> Answer:
    cast("HandClock", client.services.clock).advance(1)  # inputs of one moment have no order
    given = {"content-type": NDJSON, "idempotency-key": key, **headers}
    return await client.send("POST", "/agents/a/inputs", parts, headers=given)


async def agents(client: Client) -> None:
    await client.post("/agents", {"name": "a", "actions": [{"type": "on_input", "action": webhook()}]})
    await client.post("/agents", {"name": "b"})


async def runs(client: Client) -> int:
    return len((await client.get("/runs?limit=1000")).json()["items"])


def test_the_same_key_and_body_store_once_and_answer_alike(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        for _ in range(3):
            answer = await one(client, {"n": 1})
            assert (answer.status, answer.json()) == (200, {"records_created": 1})
        assert await values(client) == [{"n": 1}]
        assert await runs(client) == 1

    with_app(story)


def test_the_same_key_with_another_body_is_refused(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        await one(client, 1)
        for answer in (await one(client, 2), await many(client, b"1\n2\n"), await many(client, b"2\n")):
            assert answer.status == 422
            assert "used for another body" in answer.detail
        assert await values(client) == [1]
        assert (await one(client, 2, key="other")).status == 200
        assert (await one(client, 2, name="b")).status == 200

    with_app(story)


def test_a_key_is_remembered_for_a_day(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        await one(client, 1)
        clock.advance(DAY - SECOND)
        await one(client, 1)
        clock.advance(2 * SECOND)
        await one(client, 2)
        assert await values(client) == [1, 2]

    with_app(story)


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(with_app: Tell, key: str) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        answer = await one(client, 1, key=key or " ")
        assert answer.status == 422
        assert await values(client) == []

    with_app(story)


def test_a_whole_stream_is_stored_once(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        for parts in (LINES, [b"".join(LINES)], [b"".join(LINES[:4]), b"".join(LINES[4:])]):
            assert (await many(client, *parts)).json() == {"records_created": 6}
        assert await values(client) == [{"n": number} for number in range(6)]
        assert await runs(client) == 6
        for other in (LINES[:5], [*LINES, b"7\n"], [b"9\n", *LINES[1:]]):
            assert (await many(client, *other)).status == 422
        assert len(await values(client)) == 6

    with_app(story)


def test_an_empty_stream_is_a_body_like_any_other(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        for _ in range(2):
            assert (await many(client, b"\n")).json() == {"records_created": 0}
        for answer in (await one(client, 1), await many(client, b"1\n")):
            assert answer.status == 422
        assert await values(client) == []

    with_app(story)


def test_a_stream_that_broke_off_is_continued_where_it_broke(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks_after = [2, 1, 3]

    async def breaking(request: Any, **options: Any) -> AsyncIterator[list[Line]]:
        left = breaks_after.pop(0) if breaks_after else 99
        async for lines in read_lines(request, **options):
            if not left:
                raise ClientDisconnect
            left -= 1
            yield lines

    read_lines = body.read_lines
    monkeypatch.setattr(posting, "read_lines", breaking)

    async def story(client: Client) -> None:
        await agents(client)
        for stored in (2, 2, 3):
            with pytest.raises(ValueError, match="unpack"):  # nobody is left to be answered
                await many(client, *LINES)
            assert len(await values(client)) == stored
        assert (await many(client, *LINES)).json() == {"records_created": 6}
        assert await values(client) == [{"n": number} for number in range(6)]
        assert await runs(client) == 6

    with_app(story)


def test_a_stream_with_a_bad_line_is_continued_once_that_is_mended(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        refused = await many(client, b"1\n2\nx\n4\n")
        assert (refused.status, refused.json()["records_created"]) == (422, 2)
        changed = await many(client, b"1\n3\n3\n4\n")
        assert changed.status == 422
        assert (await many(client, b"1\n2\n3\n4\n")).json() == {"records_created": 4}
        assert await values(client) == [1, 2, 3, 4]

    with_app(story)


def test_while_a_stream_is_under_way_its_key_is_taken(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        first = await posting.Posting.begin(client.services, "a", "k")
        await first._store(["1", "2"])
        for answer in (await one(client, 1), await many(client, b"1\n2\n")):
            assert answer.status == 409
            assert "under way" in answer.detail
        clock.advance(11 * SECOND)
        assert (await many(client, b"1\n2\n3\n")).json() == {"records_created": 3}
        with pytest.raises(Exception, match="taken over"):
            await first._store(["3"])
        assert await values(client) == [1, 2, 3]

    with_app(story)


def test_progress_is_told_while_a_stream_is_read(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pypes.web.progress.APART", 0)

    async def story(client: Client) -> None:
        await agents(client)
        answer = await many(client, *LINES[:3], accept=NDJSON)
        assert (answer.status, answer.headers["content-type"]) == (200, NDJSON)
        told = [msgspec.json.decode(line)["records_created"] for line in answer.body.splitlines()]
        assert told == [1, 2, 3, 3]
        broken = await many(client, b"1\n", b"x\n", key="other", accept=NDJSON)
        last = msgspec.json.decode(broken.body.splitlines()[-1])
        assert (last["records_created"], last["line"]) == (1, 2)
        assert last["detail"].startswith("line 2: ")
        assert (await client.post("/agents/nobody/inputs")).status in {400, 404}

    with_app(story)


def test_what_was_answered_is_forgotten_with_its_agent(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await agents(client)
        await one(client, 1)
        await client.send("DELETE", "/agents/a")
        await agents(client)
        assert (await one(client, 2)).status == 200
        assert await values(client) == [2]

    with_app(story)
