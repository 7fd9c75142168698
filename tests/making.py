"""Short ways to write agents, actions and answers in tests."""

import json
from typing import Any

from conftest import NOON, HandClock
from pypes.clock import SECOND
from pypes.engine.lease import Lease
from pypes.engine.telling import Teller
from pypes.engine.tools import Tools
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
from pypes.model.action import decode_action, step_of
from pypes.model.agent import Agent, parse_agent
from pypes.model.run import Claimed, Settled, settle
from pypes.presence import Presence
from pypes.receipt import Failure, Receipt
from pypes.steps.call import Call
from pypes.steps.rendering import ready
from pypes.steps.webhook import Webhook
from pypes.store.rows import ScheduleRow
from pypes.store.run_rows import RunRow
from pypes.store.runs import LAST_ID
from pypes.store.saving import save_agent
from pypes.store.store import Store
from pypes.store.tx import Tx

Json = dict[str, Any]

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND


def webhook(**fields: Any) -> Json:
    return {"type": "webhook", "url": "http://127.0.0.1:9/hook", **fields}


def cron(expression: str = "* * * * * *", **fields: Any) -> Json:
    return {"type": "cron", "expression": expression, "action": webhook(), **fields}


def every(interval: str = "1s", **fields: Any) -> Json:
    return {"type": "every", "interval": interval, "action": webhook(), **fields}


def body(name: str, *actions: Any, **fields: Any) -> bytes:
    """An agent as it is posted."""
    return json.dumps({"name": name, "actions": actions, **fields}).encode()


def agent(name: str, *actions: Any, now: int = NOON, **fields: Any) -> Agent:
    return parse_agent(body(name, *actions, **fields), now)


async def save(store: Store, name: str, *actions: Any, now: int = NOON, **fields: Any) -> None:
    """Create or replace an agent."""
    parsed = agent(name, *actions, now=now, **fields)
    await store.write(lambda tx: save_agent(tx, parsed, now=now))


def ledger(tx: Tx) -> list[RunRow]:
    """All rows, oldest first."""
    return tx.runs_page(before=LAST_ID, since="", state=None, trigger=None, limit=100_000)[::-1]


def schedules(tx: Tx) -> list[ScheduleRow]:
    return tx.schedules_page("", 100_000)


def receipt(at: int, **fields: Any) -> Receipt:
    """An answer that began and ended at one moment: 200, two bytes, unless said otherwise."""
    given: Json = {"status": 200, "started": at, "finished": at, "bytes": 2, "clipped": False, "body": "ok"}
    return Receipt(**(given | fields))


def failure(at: int, *, retryable: bool = True, **fields: Any) -> Failure:
    return Failure("connection refused", retryable=retryable, started=at, finished=at, **fields)


def settled(run: Claimed, outcome: Receipt | Failure, **retry: Any) -> Settled:
    """What the recorder makes of an outcome, under a webhook with this `retry`."""
    call = ready(Webhook(url="http://127.0.0.1:9/hook"))
    for name, value in retry.items():
        setattr(call, name, value)
    return settle(run, outcome, call)


def claimed(**fields: Any) -> Claimed:
    """A run as it is held, of the slot at noon."""
    given: Json = {
        "id": f"{NOON:014x}0123456789abcdef",
        "agent": "a",
        "action_id": "action",
        "action": 0,
        "definition": json.dumps(cron()),
        "trigger": "cron",
        "slot": NOON,
        "due_at": NOON,
        "attempt": 1,
        "attempts": "[]",
        "next_at": None,
    }
    return Claimed(**(given | fields))


def tools(
    store: Store,
    clock: HandClock,
    *,
    owner: str = "me",
    health: Health | None = None,
    lease: Lease | None = None,
) -> Tools:
    """What the loops of a daemon share."""
    log = Log(clock)
    return Tools(
        store=store,
        clock=clock,
        owner=owner,
        log=log,
        health=health or Health(),
        figures=Figures(),
        teller=Teller(log, clock),
        lease=lease or Lease(clock),
        presence=Presence(node=owner, started=clock.now(), seats=100),
    )


def call_of(definition: str) -> Call:
    """What a webhook's runs share."""
    step = step_of(decode_action(definition))
    assert isinstance(step, Webhook)
    return ready(step)


class NoPerformer:
    """Stands where runs are done step by step, and has none."""

    held = 0

    def add(self, run: Claimed) -> None:
        raise AssertionError(f"{run.id} is a webhook")

    def revoke(self, run_ids: list[str]) -> None:
        pass

    def cut(self, run_ids: list[str]) -> None:
        pass

    def holds(self, _run_id: str) -> bool:
        return False

    def held_ids(self) -> list[str]:
        return []

    def go_on(self) -> None:
        pass

    def take_unbegun(self) -> list[tuple[str, int]]:
        return []

    def drop_all(self) -> None:
        pass

    async def stop(self, _patience: float) -> int:
        return 0


def ask(tx: Tx, sql: str) -> list[Any]:
    """Ask the database itself: about what no question of the store is about."""
    answer = tx._connection.execute(sql)
    return list(answer.fetchall()) if answer.description else []
