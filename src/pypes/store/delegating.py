"""Delegating: what a run may do to agents, where the options of its own agent let it.

It may create agents, and change those that runs of its agent have created: no others, so that the depth is
one. What it creates has a cap, looks up no secrets, and spends the budget of its creator.
"""

from pypes.decoding import decode
from pypes.errors import Forbidden, InvalidInput
from pypes.model.action import agent_id_of, step_of
from pypes.model.agent import Agent
from pypes.model.options import Options
from pypes.store.rows import AgentRow
from pypes.store.saving import save_agent
from pypes.store.tx import Tx


def save_for_run(tx: Tx, run_id: str, agents: list[Agent], now: int) -> int:
    """Create or replace agents as a run asks; the number saved. Raise `Forbidden` for what it may not."""
    creator, cap = _creator(tx, run_id)
    for agent in agents:
        _check_own(creator, tx.agent_to_change(agent.name))
        _check_created(agent)
    for number, agent in enumerate(agents):
        save_agent(tx, agent, now=now, number=number, created_by=creator.id)
    count = sum(max(1, len(tx.actions_of_agent(row.id))) for row in tx.agents_created_by(creator.id))
    if count > cap:
        raise Forbidden(
            f"the agents that runs of `{creator.name}` create may have {cap} action(s) together "
            f"(options.may_schedule), and would have {count}: change or remove one of them first"
        )
    return len(agents)


def check_may_remove(tx: Tx, run_id: str, name: str) -> None:
    """Raise `Forbidden` unless a run may remove the agent of a name."""
    creator, _ = _creator(tx, run_id)
    _check_own(creator, tx.agent_to_change(name))


def check_may_pause(tx: Tx, run_id: str, name: str) -> None:
    """Raise `Forbidden` unless a run may pause and resume the agent of a name; its own it may."""
    creator, _ = _creator(tx, run_id)
    if name != creator.name:
        _check_own(creator, tx.agent_to_change(name))


def _creator(tx: Tx, run_id: str) -> tuple[AgentRow, int]:
    """The agent that a run belongs to, held, and its cap."""
    run = tx.run_by_id(run_id)
    row = tx.agent_to_change(run.agent) if run else None
    action = tx.action_of_run(run_id)
    if row is None or action is None or agent_id_of(action.id) != row.id:
        raise Forbidden("this request comes from a run that is not known here, or whose agent is gone")
    options: Options = decode(row.options, Options)
    if options.may_schedule is None:
        raise Forbidden(
            f"this request comes from a run, which changes no schedules without options.may_schedule of its "
            f"agent, `{row.name}`: let a person set it or do it, or post to an agent's inputs instead"
        )
    return row, options.may_schedule


def _check_own(creator: AgentRow, row: AgentRow | None) -> None:
    if row is not None and row.created_by != creator.id:
        raise Forbidden(
            f"this request comes from a run of `{creator.name}`, which may change the agents that its runs "
            f"have created, and `{row.name}` is none of them"
        )


def _check_created(agent: Agent) -> None:
    for option in ("may_schedule", "budget"):
        if getattr(agent.options, option) is not None:
            raise InvalidInput(
                f"an agent that a run creates has no `{option}`: it spends its creator's budget, "
                "and creates no others",
                f"$.options.{option}",
            )
    for index, entry in enumerate(agent.entries):
        if entry.action is not None and step_of(entry.action).uses_secrets:
            raise InvalidInput("an agent that a run creates looks up no secrets", f"$.actions[{index}]")
    if agent.options.on_failure is not None and agent.options.on_failure.uses_secrets:
        raise InvalidInput("an agent that a run creates looks up no secrets", "$.options.on_failure")
