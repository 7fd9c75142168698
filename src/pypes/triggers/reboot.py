"""Reboot: once per daemon start. It has no slots of its own: the start is its slot."""

from pypes.triggers.slotless import Slotless


class Reboot(Slotless, frozen=True, kw_only=True, tag="reboot"):
    """What runs when the daemon starts; also written as cron `@reboot`."""

    @property
    def text(self) -> str:
        """The word itself."""
        return "reboot"

    def _why_not(self, moment: int) -> str | None:  # noqa: ARG002 - no moment is ever its slot
        return "its slots are the starts of the daemon"
