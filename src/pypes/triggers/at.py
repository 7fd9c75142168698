"""At: one slot, once."""

from functools import lru_cache

from pypes.errors import InvalidInput
from pypes.instants import format_instant, parse_instant
from pypes.triggers.timed import Timed

_instant = lru_cache(maxsize=1024)(parse_instant)


class At(Timed, frozen=True, kw_only=True, tag="at"):
    """A single moment as it is written in an agent's actions."""

    time: str

    @property
    def text(self) -> str:
        """The moment in UTC."""
        return f"at {format_instant(_instant(self.time))}"

    def first_slot(self, now: int) -> int | None:
        """Its slot, unless that was missed before it was saved."""
        slot = _instant(self.time)
        return slot if now - slot <= self.grace_at(slot) else None

    def missed_when_saved(self, now: int) -> int | None:
        """Its slot, if that was already missed when it was saved at `now`."""
        return None if self.first_slot(now) is not None else _instant(self.time)

    def _next(self, moment: int) -> int | None:
        slot = _instant(self.time)
        return slot if slot > moment else None

    def _last(self, moment: int, since: int) -> int | None:
        slot = _instant(self.time)
        return slot if since < slot <= moment else None

    def _count(self, after: int, until: int) -> int:
        return int(after < _instant(self.time) <= until)

    def check(self, now: int) -> None:
        """Refuse what is not a moment; one in the past is accepted, and finished."""
        try:
            parse_instant(self.time)
        except InvalidInput as error:
            raise InvalidInput(error.message, "$.time") from None
        super().check(now)

    def _check_slots(self, now: int) -> None:  # noqa: ARG002 - a past one is accepted
        """Refuse bounds that leave its one slot out."""
        if (why := self.why_not(_instant(self.time))) is not None:
            raise InvalidInput(f"it never fires: {why}", "$.time")
