"""Budgets: what a question may use is held before it is asked, and settled when it is known what it used.

Both happen in the store, in one transaction each, so that all daemons that share it keep one budget.
"""

from pypes.decoding import decode
from pypes.model.budget import Amount, Budget, Cap, Refused, Wish, allow, nano
from pypes.model.options import Options
from pypes.receipt import Spent
from pypes.store.rows import HeldRow
from pypes.store.tx import Tx

ALL = ""
"""The scope of all agents together."""


def reserve(
    tx: Tx, wish: Wish, *, agent_id: str, of_all: Budget, in_run: Amount, day: int
) -> Amount | Refused:
    """Hold what a question may use of all budgets that it falls under.

    `of_all` is the daemon's own budget, `in_run` what the run has used before.
    """
    payer, own = payer_of(tx, agent_id)
    caps = [
        Cap(whose="a run for this agent", tokens=own.tokens_per_run, usd=own.usd_per_run, used=in_run),
        Cap(whose="a run", tokens=of_all.tokens_per_run, usd=of_all.usd_per_run, used=in_run),
        _cap_of_day(tx, payer, own, "a day for this agent", day),
        _cap_of_day(tx, ALL, of_all, "a day for all agents", day),
    ]
    allowed = allow(wish, caps)
    if isinstance(allowed, Amount):
        for scope in (payer, ALL):
            tx.hold_spending(scope, day, tokens=allowed.tokens, nano_usd=allowed.nano_usd)
    return allowed


def settle(tx: Tx, held: HeldRow, *, agent_id: str, used: Amount | None) -> None:
    """Write what a question has used; None when that cannot be known: then all that was held counts."""
    used = Amount(held.tokens, held.nano_usd) if used is None else used
    payer, _ = payer_of(tx, agent_id)
    for scope in (payer, ALL):
        tx.settle_spending(scope, held, tokens=used.tokens, nano_usd=used.nano_usd)


def payer_of(tx: Tx, agent_id: str) -> tuple[str, Budget]:
    """Whose budget an agent spends, its own or its creator's, and that; without limits if there is none."""
    row = tx.payer_of_agent(agent_id)
    if row is None:
        return agent_id, Budget()
    payer, options = row
    read: Options = decode(options, Options)
    return payer, read.budget or Budget()


def amount_of(spent: Spent) -> Amount:
    """What was used, in the units of the store; an unknown price counts as nothing."""
    return Amount(spent.tokens, 0 if spent.usd is None else nano(spent.usd))


def _cap_of_day(tx: Tx, scope: str, budget: Budget, whose: str, day: int) -> Cap:
    row = tx.spending_of_day(scope, day)
    return Cap(
        whose=whose,
        tokens=budget.tokens_per_day,
        usd=budget.usd_per_day,
        used=Amount(row.tokens, row.nano_usd),
        held=Amount(row.held_tokens, row.held_nano_usd),
    )
