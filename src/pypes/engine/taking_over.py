"""Taking over: runs whose holder is no longer among the nodes are let be taken again."""

from typing import NamedTuple

from pypes.engine.tools import Tools
from pypes.log import Log
from pypes.store.answering import UNDER_WAY
from pypes.store.ledger import call_next
from pypes.store.tx import Tx


class Takeover(NamedTuple):
    """What became of the runs of daemons that died."""

    rescued: int
    failed: int


def take_over(tx: Tx, *, owner: str, now: int) -> Takeover:
    """Let runs be taken again whose holder is no longer among the nodes."""
    failed = tx.fail_crashers(owner, now)
    rescued = tx.rescue_runs(owner, now)
    tx.release_answers(now - UNDER_WAY)
    for action_id in failed:
        call_next(tx, action_id, now)
    if rescued or failed:
        tx.wake(now)
    return Takeover(rescued, len(failed))


def say_takeover(log: Log, takeover: Takeover) -> None:
    """Say it, if there was anything."""
    if takeover.rescued:
        log.say("scheduler", f"{takeover.rescued} unfinished run(s) of a daemon that died are taken again")
    if takeover.failed:
        log.say("scheduler", f"{takeover.failed} run(s) were open in too many crashes and are failed")


async def rescue(tools: Tools) -> None:
    """At a start: who held runs and is not among the nodes is proved dead; they are taken again at once."""
    now = tools.clock.now()
    takeover = await tools.store.write(lambda tx: take_over(tx, owner=tools.owner, now=now))
    say_takeover(tools.log, takeover)
