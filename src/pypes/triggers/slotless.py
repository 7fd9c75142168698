"""What triggers share that no clock could tell of: they have no slots."""

from pypes.triggers.timed import Timed


class Slotless(Timed, frozen=True, kw_only=True):
    """A trigger that something else than the clock sets off."""

    @property
    def has_slots(self) -> bool:
        """It has none that a clock could tell."""
        return False

    def _next(self, moment: int) -> int | None:  # noqa: ARG002 - no moment is ever its slot
        return None

    def _last(self, moment: int, since: int) -> int | None:  # noqa: ARG002 - likewise
        return None

    def _count(self, after: int, until: int) -> int:  # noqa: ARG002 - likewise
        return 0

    def _check_slots(self, now: int) -> None:
        """It has none to check."""
