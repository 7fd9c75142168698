"""Budget: how much models may use, a run and a day; decided before anything is spent, and pure.

Money is counted in whole billionths of a USD: the cheapest token costs a few of them.
"""

import math
from typing import Literal

import msgspec

from pypes.clock import DAY
from pypes.errors import InvalidInput

NANO = 1_000_000_000
"""Billionths in a USD."""
MOST = 1_000_000_000
"""Of tokens, or USD: beyond it, a limit is a slip of the finger."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What an agent, or all agents of a store together, may use; days are those of UTC."""

    usd_per_run: float | None = None
    tokens_per_run: int | None = None
    usd_per_day: float | None = None
    tokens_per_day: int | None = None
    on_limit: Literal["skip", "pause"] = "skip"
    """What becomes of a run that would go beyond it: it is skipped, or its trigger pauses itself as well."""

    def check(self) -> None:
        """Raise `InvalidInput` for what is no amount."""
        for field in ("usd_per_run", "tokens_per_run", "usd_per_day", "tokens_per_day"):
            amount = getattr(self, field)
            if amount is not None and not 0 <= amount <= MOST:
                raise InvalidInput(f"{field} is between 0 and {MOST}", f"$.{field}")


class Amount(msgspec.Struct, frozen=True):
    """Tokens, and what they cost."""

    tokens: int = 0
    nano_usd: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.tokens + other.tokens, self.nano_usd + other.nano_usd)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a question would like to use."""

    most: Amount
    """Its own limits."""
    least: Amount
    """Its prompt alone, estimated."""
    is_priced: bool
    """False when the price is not known: then no cap in USD can be kept."""


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """One limit, with what is used of it."""

    whose: str
    """As in `0.01 USD a day for this agent`."""
    tokens: int | None
    usd: float | None
    used: Amount = Amount()
    held: Amount = Amount()
    """By questions under way."""


class Refused(msgspec.Struct, frozen=True):
    """The question may not be asked."""

    reason: str
    is_mistake: bool = False
    """True when no amount of waiting helps."""
    is_passing: bool = False
    """True when it is only held by questions under way."""


def allow(wish: Wish, caps: list[Cap]) -> Amount | Refused:
    """How much a question may use under all caps together; refused where not even its prompt fits."""
    allowed = wish.most
    for cap in caps:
        if cap.usd is not None and not wish.is_priced:
            return Refused(_unpriced(cap), is_mistake=True)
        left = Amount(
            _left(cap.tokens, cap.used.tokens + cap.held.tokens),
            _left(None if cap.usd is None else nano(cap.usd), cap.used.nano_usd + cap.held.nano_usd),
        )
        least = max(1, wish.least.tokens)
        if left.tokens < least:
            reason = _reached(cap, f"{cap.tokens} tokens", str(cap.used.tokens), str(cap.held.tokens))
            return Refused(reason, is_passing=left.tokens + cap.held.tokens >= least)
        least = max(1, wish.least.nano_usd)
        if left.nano_usd < least and wish.most.nano_usd:
            used, held = usd_text(cap.used.nano_usd), usd_text(cap.held.nano_usd)
            reason = _reached(cap, f"{cap.usd:g} USD", used, held)
            return Refused(reason, is_passing=left.nano_usd + cap.held.nano_usd >= least)
        allowed = Amount(min(allowed.tokens, left.tokens), min(allowed.nano_usd, left.nano_usd))
    return allowed


def nano(usd: float) -> int:
    """Billionths of a USD, rounded up: rounding must not make anything free."""
    return math.ceil(round(usd * NANO, 3))


def usd_text(nano_usd: int) -> str:
    """An amount for people: 0.00014."""
    return f"{nano_usd / NANO:.6f}".rstrip("0").rstrip(".") or "0"


def day_of(moment: int) -> int:
    """The UTC day of a moment, counted from 1970-01-01."""
    return moment // DAY


def _left(limit: int | None, taken: int) -> int:
    return MOST * NANO if limit is None else limit - taken


def _unpriced(cap: Cap) -> str:
    return (
        f"budget: there is a limit in USD ({cap.usd:g} {cap.whose}), and the price of this model "
        "is not known: give the action a `price`, or limit tokens instead"
    )


def _reached(cap: Cap, limit: str, used: str, held: str) -> str:
    under_way = "" if held == "0" else f", {held} held by questions under way"
    return f"budget: {limit} {cap.whose}, {used} used{under_way}"
