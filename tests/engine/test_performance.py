"""Runs that are done step by step: what each step sees, what is on disk, where a run goes on."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from model_server import Said
from pypes.store.store import Store

from .scene import Scene, scene

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]
Story = Callable[[Scene], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def tell(with_store: WithStore, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tell a story on a scene whose engine runs; keyword arguments are settings."""

    def on_scene(story: Story, **settings: Any) -> None:
        async def run(store: Store) -> None:
            async with scene(store, home, monkeypatch) as on_it:
                await on_it.start(**settings)
                await story(on_it)

        with_store(run)

    return on_scene


def steps(*steps: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "sequence", "steps": steps, **fields}


def test_a_step_sees_what_came_of_the_one_before(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("Buy milk")]
        on.receiver.body = b'{"mail":"milk is out"}'
        await on.save(
            steps(
                on.hook(),
                on.llm("Summarise {{ previous.json.mail }} ({{ previous.status }})"),
                on.hook({"text": "{{ previous }}"}),
            )
        )
        ended = await on.run()
        assert ended.state == ("succeeded", None)
        assert "Summarise milk is out (200)" in on.model.asked[0].words
        first, second = on.receiver.arrivals
        assert second.body == b'{"text":"Buy milk"}'
        assert [first.run, second.run] == [f"{ended.row.id}-0", f"{ended.row.id}-2"]
        assert [attempt["step"] for attempt in ended.attempts] == [0, 1, 2]
        assert ended.attempts[1]["output"] == "Buy milk"

    tell(story)
