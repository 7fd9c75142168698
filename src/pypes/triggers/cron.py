"""Cron: slots by a cron expression in a time zone."""

from pypes import cron
from pypes.cron import DstPolicy, Timetable
from pypes.errors import InvalidInput
from pypes.triggers.timed import Timed


class Cron(Timed, frozen=True, kw_only=True, tag="cron"):
    """A cron trigger as it is written in an agent's actions."""

    expression: str
    timezone: str = "UTC"
    dst: DstPolicy = "vixie"

    @property
    def text(self) -> str:
        """The expression as it was typed."""
        return self.expression

    @property
    def zone(self) -> str:
        """The zone in which the expression is read."""
        return self.timezone

    @property
    def timing(self) -> tuple[object, ...]:
        """What decides its slots."""
        return (*super().timing, self.dst)

    @property
    def timetable(self) -> Timetable:
        """The expression in its zone, shared between all triggers of the same words."""
        return cron.timetable(self.expression, self.timezone, self.dst)

    def _next(self, moment: int) -> int | None:
        return self.timetable.next_after(moment)

    def _last(self, moment: int, since: int) -> int | None:
        return self.timetable.last_before(moment, since)

    def _count(self, after: int, until: int) -> int:
        return self.timetable.count(after, until)

    def _why_not(self, moment: int) -> str | None:
        return self.timetable.why_not(moment)

    def check(self, now: int) -> None:
        """Refuse what cannot be read, an unknown zone, and what would never fire again after `now`."""
        try:
            cron.check_zone(self.timezone)
        except InvalidInput as error:
            raise InvalidInput(error.message, "$.timezone") from None
        try:
            cron.parse(self.expression)
            cron.check_future(self.timetable, now)
        except InvalidInput as error:
            raise InvalidInput(error.message, "$.expression") from None
        super().check(now)

    def policy(self) -> dict[str, object]:
        """Every policy with its default spelt out."""
        return {"timezone": self.timezone, "dst": self.dst} | super().policy()
