"""How inputs arrive: they are stored, and fire what waits for them, in one transaction.

So a crash loses no input that was answered, and doubles no run: an input that is there has its runs.
"""

from itertools import compress
from typing import NamedTuple

from pypes.model.flow import gathers
from pypes.store.births import Births
from pypes.store.gathering import Gathered
from pypes.store.listeners import Listener
from pypes.store.matching import Verdict, Verdicts, judge
from pypes.store.rows import AgentRow
from pypes.store.saving import append_inputs
from pypes.store.tx import Tx


class Arrived(NamedTuple):
    """An input, as it was stored."""

    id: str
    value: str


def add_inputs(
    tx: Tx, agent: AgentRow, values: list[str], *, now: int, verdicts: Verdicts | None = None
) -> int:
    """Append inputs (JSON texts) to an agent, and fire its triggers; how many were appended.

    `verdicts` are what triggers said of them beforehand; whoever was rewritten since is asked again.
    """
    inputs = list(map(Arrived, append_inputs(tx, agent.id, values, now), values))
    listeners = tx.lock_listeners(agent.id) if inputs else []
    known = verdicts or {}
    unasked = [listener for listener in listeners if listener.action.definition not in known]
    known = known | judge(unasked, values, agent=agent.name, now=now)
    for listener in listeners:
        _fire(tx, listener, inputs, known[listener.action.definition], agent=agent.name, now=now)
    return len(inputs)


def _fire(
    tx: Tx, listener: Listener, inputs: list[Arrived], verdicts: list[Verdict], *, agent: str, now: int
) -> None:
    births = Births(tx, listener, agent=agent, now=now)
    for reason in dict.fromkeys(verdict.reason for verdict in verdicts if verdict.reason):
        births.skip(sum(verdict.reason == reason for verdict in verdicts), reason)
    matching = list(compress(inputs, (verdict.matches for verdict in verdicts)))
    if matching and listener.is_paused(now):
        births.skip(len(matching), "paused")
    elif gathers(listener.trigger):
        Gathered(tx, listener, births, now=now).take(matching)
    else:
        for each in matching:
            births.add(each.id, f"[{each.value}]")
    births.write()
