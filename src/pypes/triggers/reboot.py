"""Reboot: once per daemon start. It has no slots of its own: the start is its slot."""

from pypes.triggers.timed import Timed


class Reboot(Timed, frozen=True, kw_only=True, tag="reboot"):
    """What runs when the daemon starts; also written as cron `@reboot`."""

    @property
    def text(self) -> str:
        """The word itself."""
        return "reboot"

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

    def _why_not(self, moment: int) -> str | None:  # noqa: ARG002 - likewise
        return "its slots are the starts of the daemon"

    def _check_slots(self, now: int) -> None:
        """It has none to check."""
