"""Posting: inputs are stored in batches as they arrive, the next read once the last are on disk."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from hashlib import blake2b

from starlette.requests import Request

from pypes.decoding import check_json
from pypes.errors import InvalidInput, MalformedJson, PypesError
from pypes.store.answering import UNDER_WAY, begin, extend
from pypes.store.arriving import add_inputs
from pypes.store.matching import Verdicts, judge
from pypes.store.rows import AnsweredRow
from pypes.store.tx import Tx
from pypes.web.answers import BadLine
from pypes.web.body import SMALL, Line, header, read_lines
from pypes.web.finding import find_agent
from pypes.web.services import Services

LONGEST_KEY = 255
OTHER_BODY = "this Idempotency-Key was used for another body: choose a new one"


def key_in(request: Request) -> str | None:
    """The Idempotency-Key of a request, if it has one."""
    raw = header(request.scope, b"idempotency-key")
    if raw is None:
        return None
    key = raw.decode("latin-1").strip()
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidInput(f"an Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters")
    return key


async def store_one(services: Services, name: str, key: str | None, body: bytes) -> int:
    """Store one value, once for each key; how many the answer tells."""
    value = (await _checked(body)).decode()
    now = services.clock.now()
    if key is None:
        return await services.store.write(lambda tx: add_inputs(tx, find_agent(tx, name), [value], now=now))
    done = AnsweredRow(_digest([value]).hexdigest(), 1, is_done=1, holder=_holder(services), touched_at=now)

    def unit(tx: Tx) -> int:
        agent = find_agent(tx, name)
        before = begin(tx, agent.id, key, holder=done.holder, now=now)
        if before.is_done or before.records:
            return _same(before, done).records
        add_inputs(tx, agent, [value], now=now)
        extend(tx, agent.id, key, so_far=done, now=now)
        return done.records

    return await services.store.write(unit)


class Posting:
    """A stream of inputs into one agent; with a key it continues what broke off, and stores nothing twice."""

    def __init__(self, services: Services, name: str, key: str | None, stored: AnsweredRow) -> None:
        self._services = services
        self._name = name
        self._key = key
        self._stored = stored
        """What is on disk under the key."""
        self._hash = _digest([])
        self._read = stored._replace(digest=self._hash.hexdigest(), records=0)
        """What was read of the stream."""
        self._now = 0

    @classmethod
    async def begin(cls, services: Services, name: str, key: str | None) -> "Posting":
        """Find the agent, and what became of a post with this key."""
        now = services.clock.now()
        fresh = AnsweredRow("", 0, is_done=0, holder=_holder(services), touched_at=now)
        if key is None:
            await services.store.read(lambda tx: find_agent(tx, name))
            return cls(services, name, key, fresh)
        stored = await services.store.write(
            lambda tx: begin(tx, find_agent(tx, name).id, key, holder=fresh.holder, now=now)
        )
        return cls(services, name, key, stored._replace(holder=fresh.holder))

    async def store_all(self, request: Request) -> int:
        """Store the whole stream; how many inputs it has."""
        async for _ in self.store(request):
            pass
        return self._stored.records

    async def store(self, request: Request) -> AsyncIterator[int]:
        """Store the stream, and tell after each batch how many inputs are on disk."""
        try:
            async for lines in read_lines(request, longest=self._services.config.max_body):
                await self._store_lines(lines)
                yield self._stored.records
            await self._finish()
        except BadLine as bad:
            await self._let_go()
            raise BadLine(bad.error, bad.line, records_created=self._stored.records) from None
        except BaseException:
            await asyncio.shield(self._let_go())
            raise

    async def _store_lines(self, lines: list[Line]) -> None:
        values, bad = await _checked_lines(lines)
        await self._store(values)
        if bad is not None:
            raise bad

    async def _store(self, values: list[str]) -> None:
        """Store a batch, but for those of its values that a broken stream has stored."""
        known = min(max(0, self._stored.records - self._read.records), len(values))
        self._count(values[:known])
        if self._read.records == self._stored.records:
            _same(self._stored, self._read)
        if fresh := values[known:]:
            self._refuse_if(self._stored.is_done)
            self._count(fresh)
            await self._append(fresh)
            self._stored = self._read

    async def _append(self, values: list[str]) -> None:
        # Inputs are sorted by their moments: a clock that steps back must not mix up a stream.
        now = self._now = max(self._services.clock.now(), self._now + 1)
        verdicts = await self._services.store.read(lambda tx: _judge(tx, self._name, values, now))

        def unit(tx: Tx) -> None:
            agent = find_agent(tx, self._name)
            add_inputs(tx, agent, values, now=now, verdicts=verdicts)
            if self._key is not None:
                extend(tx, agent.id, self._key, so_far=self._read, now=now)

        await self._services.store.write(unit)

    def _count(self, values: list[str]) -> None:
        for value in values:
            self._hash.update(value.encode() + b"\n")
        records = self._read.records + len(values)
        self._read = self._read._replace(digest=self._hash.hexdigest(), records=records)

    async def _finish(self) -> None:
        self._refuse_if(self._read.records != self._stored.records)
        if self._key is not None and not self._stored.is_done:
            await self._write_down(self._read._replace(is_done=1), self._services.clock.now())

    async def _let_go(self) -> None:
        """A stream that broke off may be continued at once."""
        if self._key is not None and not self._stored.is_done:
            with contextlib.suppress(PypesError):
                await self._write_down(self._stored, self._services.clock.now() - UNDER_WAY)

    async def _write_down(self, so_far: AnsweredRow, now: int) -> None:
        key = self._key or ""
        await self._services.store.write(
            lambda tx: extend(tx, find_agent(tx, self._name).id, key, so_far=so_far, now=now)
        )

    def _refuse_if(self, is_other: object) -> None:
        if is_other:
            raise InvalidInput(OTHER_BODY)


def _judge(tx: Tx, name: str, values: list[str], now: int) -> Verdicts:
    """Ask conditions beforehand, in a reader's thread: the writer is everybody's."""
    agent = find_agent(tx, name)
    return judge(tx.listeners(agent.id), values, agent=agent.name, now=now)


def _same(before: AnsweredRow, now: AnsweredRow) -> AnsweredRow:
    """What was stored under a key must be what is posted now."""
    is_known = before.is_done or before.records
    if is_known and (before.records, before.digest) != (now.records, now.digest):
        raise InvalidInput(OTHER_BODY)
    return before


def _digest(values: list[str]) -> "blake2b":
    digest = blake2b(digest_size=16)
    for value in values:
        digest.update(value.encode() + b"\n")
    return digest


def _holder(services: Services) -> str:
    return f"{services.presence.node}/{secrets.token_hex(6)}"


async def _checked(body: bytes) -> bytes:
    return check_json(body) if len(body) <= SMALL else await asyncio.to_thread(check_json, body)


async def _checked_lines(lines: list[Line]) -> tuple[list[str], BadLine | None]:
    if all(len(line) <= SMALL for _, line in lines):
        return _values_before_mistake(lines)
    return await asyncio.to_thread(_values_before_mistake, lines)


def _values_before_mistake(lines: list[Line]) -> tuple[list[str], BadLine | None]:
    values = []
    for number, line in lines:
        try:
            values.append(check_json(line).decode())
        except (MalformedJson, InvalidInput) as error:
            return values, BadLine(InvalidInput(error.message), number)
    return values, None
