"""A scene for runs that are done step by step: a store, an engine, a receiver, and a scripted model."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from living import Receiver
from making import Json, ledger, save
from model_server import ModelServer
from pypes.clock import SystemClock
from pypes.config import Config
from pypes.engine import engine as module
from pypes.engine.engine import Engine
from pypes.engine.workers import Overdue
from pypes.health import Health
from pypes.log import Log
from pypes.prompt import Answer, Question, Quote
from pypes.store.correcting import backfill
from pypes.store.requesting import request_run
from pypes.store.rows import ActionRow
from pypes.store.run_rows import RunRow
from pypes.store.store import Store
from pypes.store.tx import Tx
from pypes.thinking.asking import ask
from pypes.thinking.pricing import quote

OVER = {"succeeded", "failed", "cancelled", "skipped", "unknown"}


class Nearby:
    """Asks models in this process, with the code of the real one: starting that takes seconds."""

    def __init__(self, _most: int, _environment: dict[str, str]) -> None:
        pass

    @asynccontextmanager
    async def lend(self) -> AsyncIterator["Nearby"]:
        yield self

    async def ask(self, question: Question, *, at_most: float) -> Answer:
        if isinstance(question, Quote):
            return quote(question)
        try:
            async with asyncio.timeout(at_most):
                return await ask(question)
        except TimeoutError:
            raise Overdue from None

    async def close(self) -> None:
        pass


class Ended(NamedTuple):
    """A run that is over, and its attempts as JSON."""

    row: RunRow
    attempts: list[Json]

    @property
    def state(self) -> tuple[str, str | None]:
        return self.row.state, self.row.reason


class Scene:
    def __init__(self, store: Store, home: Path, receiver: Receiver, model: ModelServer) -> None:
        self.store = store
        self.home = home
        self.receiver = receiver
        self.model = model
        self.clock = SystemClock()
        self.engine: Engine | None = None

    async def start(self, **settings: Any) -> None:
        config = Config(home=self.home, **settings)
        log = Log(self.clock)
        self.engine = Engine(self.store, config=config, clock=self.clock, log=log, health=Health())
        await self.engine.start()

    async def stop(self) -> None:
        if self.engine is not None:
            await self.engine.stop()
            self.engine = None

    def llm(self, prompt: str = "What matters?", **fields: Any) -> Json:
        """A question to the scripted model; 1 and 2 USD for a million tokens in and out."""
        given = {"model": "openai:test-model", "base_url": self.model.url, "prompt": prompt}
        return {"type": "llm", **given, "price": {"input": 1, "output": 2}, **fields}

    def hook(self, payload: Any = None, **fields: Any) -> Json:
        given = {} if payload is None else {"payload": payload}
        return {"type": "webhook", "url": self.receiver.url, **given, **fields}

    async def save(self, *actions: Any, **fields: Any) -> None:
        await save(self.store, "a", *actions, now=self.clock.now(), **fields)

    async def request(self, number: int = 0) -> str:
        """Ask for a run by hand; its id."""
        action = await self.action(number)
        unit = partial(
            request_run, action=action, agent="a", salt=str(self.clock.now()), now=self.clock.now()
        )
        return await self.store.write(unit)

    async def run(self, number: int = 0) -> Ended:
        """Run an action by hand, and wait until it is over."""
        return await self.until_over(await self.request(number))

    async def catch_up(self, slot: int, number: int = 0) -> str:
        """Run a past slot of a trigger, with all its retries; the run's id."""
        action, now = await self.action(number), self.clock.now()
        (run_id,) = await self.store.write(
            lambda tx: backfill(tx, action, [slot], agent="a", overlap="allow_all", now=now)
        )
        return run_id

    async def action(self, number: int = 0) -> ActionRow:
        def unit(tx: Tx) -> ActionRow:
            agent = tx.agent_by_name("a")
            assert agent is not None
            return tx.actions_of_agent(agent.id)[number]

        return await self.store.read(unit)

    async def until_over(self, run_id: str) -> Ended:
        return await self.until(run_id, lambda row: row.state in OVER)

    async def until(self, run_id: str, is_so: Callable[[RunRow], bool]) -> Ended:
        """Wait for a run; the bell rings after every commit."""
        while True:
            row = await self.store.read(lambda tx: tx.run_by_id(run_id))
            assert row is not None
            if is_so(row):
                return Ended(row, json.loads(row.attempts))
            await self.store.bell.wait(0.2)

    async def ledger(self) -> list[RunRow]:
        return await self.store.read(ledger)

    async def state(self) -> Any:
        """What the agent remembers."""
        agent_id = (await self.action()).agent_id
        text = await self.store.read(lambda tx: tx.agent_state(agent_id))
        return None if text is None else msgspec.json.decode(text)


@asynccontextmanager
async def scene(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(module, "Workers", Nearby)
    with Receiver().listening() as receiver, ModelServer().listening() as model:
        on_it = Scene(store, home, receiver, model)
        try:
            yield on_it
        finally:
            await on_it.stop()
