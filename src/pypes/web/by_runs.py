"""By runs: requests that come from a run, and not from a person; what they may change is little.

Every request of a run carries `pypes-run`, and a webhook also `pypes-slot`: no action can leave them out,
or write them itself.
"""

from starlette.types import Scope

from pypes.errors import Forbidden
from pypes.model.agent import Agent
from pypes.store.delegating import save_for_run
from pypes.store.saving import save_agents
from pypes.store.tx import Tx
from pypes.web.body import header


def run_behind(scope: Scope) -> str | None:
    """The id of the run that a request comes from; None when it comes from a person."""
    run = header(scope, b"pypes-run")
    if run is not None:
        return run.decode("latin-1")
    if header(scope, b"pypes-slot") is not None:
        raise Forbidden("this request comes from a run that does not say which it is")
    return None


def check_person(scope: Scope) -> None:
    """Refuse what no run may ask for, whatever its agent's options say."""
    if run_behind(scope) is not None:
        raise Forbidden("this request comes from a run: let a person do it")


def save_for(tx: Tx, run_id: str | None, agents: list[Agent], now: int) -> int:
    """Save agents for the run that asks for it, or for a person; how many."""
    return save_agents(tx, agents, now) if run_id is None else save_for_run(tx, run_id, agents, now)
