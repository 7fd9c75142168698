"""A ledger with something in it, made as an engine would."""

from typing import Any

from conftest import NOON
from making import cron, failure, receipt, settled
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.model.run import Claimed, run_id
from pypes.store.run_rows import NewRun

from .client import Client


def a_run(slot: int, name: str = "a", **fields: Any) -> NewRun:
    """A run that waits, of an action that nothing else belongs to."""
    return NewRun(
        id=run_id(slot, name, "timed"),
        agent=name,
        action_id=name,
        action=0,
        type="webhook",
        trigger="cron",
        slot=slot,
        effective=slot,
        state="waiting",
        due_at=slot,
        owner=None,
    )._replace(**fields)


def a_skip(slot: int, name: str, *, last: int, count: int = 1) -> dict[str, Any]:
    """Slots that were skipped because a run was open."""
    row = a_run(slot, name)._asdict()
    return row | {"slot_to": last if count > 1 else None, "slots": count, "reason": "overlap", "now": last}


async def fire(client: Client, moment: int) -> list[Claimed]:
    """Claim what is due at a moment, as an engine would."""
    store = client.services.store
    return (await store.write(lambda tx: claim(tx, now=moment, owner="here", limit=100))).runs


async def end(client: Client, run: Claimed, said: Any) -> None:
    await client.services.store.write(lambda tx: tx.settle_runs([settled(run, said)], "here"))


async def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/runs{query}")).json()["items"]
    return found


async def a_ledger(client: Client) -> None:
    """Six seconds of two agents; of `b`, the even ones failed."""
    await client.post("/agents", [{"name": "a", "actions": [cron()]}, {"name": "b", "actions": ["", cron()]}])
    for second in range(1, 7):
        moment = NOON + second * SECOND
        for run in await fire(client, moment):
            fails = run.agent == "b" and second % 2 == 0
            await end(client, run, failure(moment, retryable=False) if fails else receipt(moment))
