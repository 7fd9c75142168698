"""How timed triggers are paused and resumed; the slots in between are recorded as skipped."""

from pypes.errors import InvalidInput, NotFound
from pypes.model.action import TRIGGER_TYPES, UNRECOGNIZED, decode_action
from pypes.store.rows import ActionRow
from pypes.store.scheduling import pause_schedule, resume_schedule
from pypes.store.tx import Tx


def pause(
    tx: Tx, agent: str, action: int | str | None, *, note: str | None, until: int | None, now: int
) -> int:
    """Pause one timed trigger of an agent, or all; how many are paused now. Finished ones stay finished."""
    return sum(
        pause_schedule(tx, row.id, row.definition, note=note, until=until, now=now)
        for row in _timed_actions(tx, agent, action)
    )


def resume(tx: Tx, agent: str, action: int | str | None, *, now: int) -> int:
    """Let paused triggers of an agent fire again; how many did."""
    tx.is_news = True
    return sum(resume_schedule(tx, row, agent=agent, now=now) for row in _timed_actions(tx, agent, action))


def end_pauses(tx: Tx, action_ids: list[str], now: int) -> int:
    """Let triggers without slots fire again whose pause has ended by itself; how many."""
    rows = [row for action_id in action_ids if (row := tx.live_action(action_id))]
    return sum(resume_schedule(tx, row, agent="", now=now) for row in rows)


def find_action(actions: list[ActionRow], action: int | str) -> ActionRow:
    """The action at an index, or with an `id`; raise `NotFound` if there is none."""
    for row in actions:
        if row.position == action or (isinstance(action, str) and _id_of(row) == action):
            return row
    raise NotFound(f"the agent has no action `{action}`: name its index, or its id")


def _timed_actions(tx: Tx, agent: str, action: int | str | None) -> list[ActionRow]:
    row = tx.agent_to_change(agent)
    if row is None:
        raise NotFound(f"there is no agent `{agent}`")
    actions = tx.actions_of_agent(row.id)
    if action is None:
        return [each for each in actions if _is_timed(each)]
    chosen = find_action(actions, action)
    if not _is_timed(chosen):
        raise InvalidInput(f"action {action} is a {chosen.type}: only triggers can be paused", "$.action")
    return [chosen]


def _is_timed(row: ActionRow) -> bool:
    return row.type in TRIGGER_TYPES


def _id_of(row: ActionRow) -> str | None:
    return None if row.type == UNRECOGNIZED else decode_action(row.definition).id
