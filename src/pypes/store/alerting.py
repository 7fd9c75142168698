"""Alerts: an agent's `on_failure` webhook, at most once a minute and action, with a count.

An alert is a run of the ledger like any other, of a hidden action that belongs to the agent's options; so it
is durable, retried, and never causes an alert itself.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from pypes.clock import SECOND
from pypes.instants import format_instant
from pypes.model.action import ON_FAILURE, agent_id_of
from pypes.store.ledger import request_row
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx

APART = 60 * SECOND
"""At least this long between two alerts about one action."""


def raise_alert(
    tx: Tx, *, agent: str, action_id: str, now: int, event: str, facts: Callable[[], dict[str, Any]]
) -> None:
    """Tell the agent's `on_failure` of something, or count it if it was told less than a minute ago.

    `facts` are gathered only if there is somebody to tell.
    """
    hook = tx.live_action(agent_id_of(action_id) + ON_FAILURE)
    if hook is None or hook.id == action_id:
        return
    payload = msgspec.json.encode({"event": event, "agent": agent, **facts()}).decode()
    before = tx.alert_of_action(action_id)
    if before is not None and 0 <= now - before.sent_at < APART:
        tx.hold_alert(action_id, payload)
    else:
        _send(tx, hook, agent=agent, action_id=action_id, payload=payload, count=1, now=now)


def send_held(tx: Tx, now: int) -> int:
    """Send what was held back long enough; how many alerts."""
    held = tx.held_alerts(now - APART, limit=100)
    for alert in held:
        hook = tx.live_action(agent_id_of(alert.action_id) + ON_FAILURE)
        if hook is None:
            tx.save_alert(alert.action_id, alert.agent, alert.payload, now)
        else:
            _send(
                tx,
                hook,
                agent=alert.agent,
                action_id=alert.action_id,
                payload=alert.payload,
                count=alert.held,
                now=now,
            )
    return len(held)


def _send(tx: Tx, hook: ActionRow, *, agent: str, action_id: str, payload: str, count: int, now: int) -> None:
    tx.save_alert(action_id, agent, payload, now)
    told = msgspec.json.decode(payload) | {"count": count, "at": format_instant(now)}
    text = msgspec.json.encode(told).decode()
    row = request_row(hook, agent=agent, trigger="on_failure", salt=action_id, now=now, payload=text)
    tx.add_to_count("runs", sum(tx.insert_runs([row])))
    tx.wake(now)
