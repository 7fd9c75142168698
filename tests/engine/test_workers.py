"""Workers: real model processes, kept warm, bounded in number, and killed when they take too long."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from model_server import ModelServer, Said
from pypes.engine.worker import WorkerDied, environment_for
from pypes.engine.workers import NotStarted, Overdue, Workers
from pypes.prompt import Answer, Price, Prompt, Reply


def tell(story: Callable[[Workers, ModelServer], Awaitable[None]], most: int = 2) -> None:
    async def run() -> None:
        with ModelServer().listening() as model:
            workers = Workers(most)
            try:
                async with asyncio.timeout(60):
                    await story(workers, model)
            finally:
                await workers.close()

    uvloop.run(run())


def prompt(model: ModelServer) -> Prompt:
    return Prompt(
        provider="openai",
        model="test-model",
        base_url=model.url,
        prompt="hi",
        requests=1,
        tokens=1000,
        price=Price(1, 1),
    )


async def ask(workers: Workers, model: ModelServer, seconds: float) -> Answer:
    async with workers.lend() as lent:
        return await lent.ask(prompt(model), at_most=seconds)


def children() -> list[str]:
    """The model processes that are alive."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            parent = (folder / "stat").read_text().split()[3]
            if parent == str(os.getpid()) and "pypes.thinking" in (folder / "cmdline").read_text():
                found.append(folder.name)
    return found


def test_a_process_is_kept_for_the_next_question_and_killed_when_it_takes_too_long() -> None:
    async def story(workers: Workers, model: ModelServer) -> None:
        assert children() == []
        assert isinstance(await ask(workers, model, 30), Reply)
        (first,) = children()
        assert isinstance(await ask(workers, model, 30), Reply)
        assert children() == [first]
        model.gate.clear()
        with pytest.raises(Overdue):
            await ask(workers, model, 0.1)
        assert children() == []
        model.gate.set()
        assert isinstance(await ask(workers, model, 30), Reply)
        await workers.close()
        assert children() == []

    tell(story)


def test_who_is_cancelled_takes_the_process_along_and_never_are_there_too_many() -> None:
    async def story(workers: Workers, model: ModelServer) -> None:
        model.gate.clear()
        asking = [asyncio.create_task(ask(workers, model, 30)) for _ in range(3)]
        await asyncio.to_thread(model.wait_for, 1)
        assert len(children()) == 1
        asking[0].cancel()
        await asyncio.gather(asking[0], return_exceptions=True)
        await asyncio.to_thread(model.wait_for, 2)
        assert len(children()) == 1
        model.gate.set()
        assert all(isinstance(answer, Reply) for answer in await asyncio.gather(*asking[1:]))

    tell(story, most=1)


def test_a_process_that_dies_meanwhile_is_said_and_replaced() -> None:
    async def story(workers: Workers, model: ModelServer) -> None:
        model.gate.clear()
        asking = asyncio.create_task(ask(workers, model, 30))
        await asyncio.to_thread(model.wait_for, 1)
        os.kill(int(children()[0]), 9)
        with pytest.raises(WorkerDied):
            await asking
        model.gate.set()
        model.script = [Said("again")]
        assert isinstance(await ask(workers, model, 30), Reply)

    tell(story)


def test_where_no_process_can_be_started_nothing_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pypes.engine.worker.sys.executable", "/bin/false")

    async def story(workers: Workers, model: ModelServer) -> None:
        with pytest.raises(NotStarted):
            await ask(workers, model, 1)
        assert model.asked == []

    tell(story)


def test_a_process_knows_no_key_and_no_setting_of_ours() -> None:
    ours = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "PYPES_TOKEN": "t",
        "PYPES_SECRET_X": "x",
        "OPENAI_API_KEY": "k",
        "AWS_SECRET_ACCESS_KEY": "a",
    }
    assert environment_for(ours) == {"PATH": "/bin"}
