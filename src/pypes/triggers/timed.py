"""What all timed triggers share: the step they wrap, and the policies about slots that cannot simply run."""

from typing import Literal

import msgspec

from pypes.clock import SECOND
from pypes.errors import InvalidInput
from pypes.instants import format_duration, parse_duration
from pypes.steps import Step

DEFAULT_GRACE = 10 * SECOND
"""Up to this late a slot is *late*, and simply runs; or up to the interval, if that is shorter."""

Catchup = Literal["last", "all", "none"]
Overlap = Literal["skip", "buffer_one", "buffer_all", "allow_all"]


class Timed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trigger whose slots are instants. All moments are microseconds UTC."""

    action: Step
    id: str | None = None
    catchup: Catchup = "last"
    catchup_limit: int = 1000
    catchup_window: str | None = None
    grace: str | None = None
    overlap: Overlap = "skip"

    @property
    def text(self) -> str:
        """What stands between the backquotes of log lines."""
        raise NotImplementedError

    @property
    def timing(self) -> tuple[str, ...]:
        """What decides its slots: two triggers of equal timing have the same ones."""
        raise NotImplementedError

    def next_after(self, moment: int) -> int | None:
        """The first slot strictly after `moment`, or None when there is none."""
        raise NotImplementedError

    def last_before(self, moment: int, since: int) -> int | None:
        """The newest slot at or before `moment` and strictly after `since`."""
        raise NotImplementedError

    def count(self, after: int, until: int) -> int:
        """How many slots lie after `after` and not after `until`."""
        raise NotImplementedError

    def check(self, now: int) -> None:  # noqa: ARG002 - kinds that end need it
        """Raise `InvalidInput` with the place of the first thing that cannot be done."""
        for field in ("catchup_window", "grace"):
            self._check_duration(field)
        if not 1 <= self.catchup_limit <= 100_000:
            raise InvalidInput("catchup_limit is between 1 and 100000", "$.catchup_limit")
        try:
            self.action.check()
        except InvalidInput as error:
            raise error.under("$.action") from None

    def _check_duration(self, field: str) -> None:
        text = getattr(self, field)
        if text is not None:
            try:
                parse_duration(text)
            except InvalidInput as error:
                raise InvalidInput(error.message, f"$.{field}") from None

    def grace_at(self, slot: int) -> int:
        """How late `slot` may be and still simply run, in microseconds."""
        if self.grace is not None:
            return parse_duration(self.grace)
        following = self.next_after(slot)
        return DEFAULT_GRACE if following is None else min(DEFAULT_GRACE, following - slot)

    def policy(self) -> dict[str, object]:
        """Every policy with its default spelt out, as `GET /schedules` shows it."""
        return {
            "catchup": self.catchup,
            "catchup_limit": self.catchup_limit,
            "catchup_window": self.catchup_window,
            "grace": self.grace or f"{format_duration(DEFAULT_GRACE)}, or the interval if shorter",
            "overlap": self.overlap,
        }
