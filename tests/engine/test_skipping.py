"""An overloaded daemon skips much; on a shared store that costs as many statements as skipping little."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from conftest import NOON
from making import cron, ledger, save, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.store.store import Store

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


async def overrun(store: Store, schedules: int) -> None:
    """Every-second schedules, each with an open run at the time of its second slot."""
    for number in range(schedules):
        await save(store, f"a{number}", cron(action=webhook(url=f"http://127.0.0.1:9/{number}")))
    await store.write(lambda tx: claim(tx, now=NOON + SECOND, owner="me", limit=1000))


@pytest.mark.parametrize("schedules", [3, 60])
def test_skips_take_as_many_statements_however_many_they_are(
    with_shared: WithStore, schedules: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pypes.store.postgres import Connection  # noqa: PLC0415 - the driver is an extra

    asked: list[str] = []
    execute = Connection.execute

    def counted(self: Connection, query: Any, *given: Any, **options: Any) -> Any:
        asked.append(str(query))
        return execute(self, query, *given, **options)

    async def story(store: Store) -> None:
        await overrun(store, schedules)
        monkeypatch.setattr(Connection, "execute", counted)
        for second in (2, 3):
            asked.clear()
            await store.write(partial(claim, now=NOON + second * SECOND, owner="me", limit=1000))
        monkeypatch.setattr(Connection, "execute", execute)
        assert len(asked) < 15, asked
        rows = await store.read(ledger)
        skipped = [row for row in rows if row.state == "skipped"]
        assert [(row.reason, row.slots) for row in skipped] == [("overlap", 2)] * schedules

    with_shared(story)
