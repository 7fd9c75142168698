"""Questions about alerts: what `on_failure` was told, and what was held back."""

from pypes.store.asking import Asking
from pypes.store.rows import AlertRow


class AlertTx(Asking):
    """One method per question."""

    def alert_of_action(self, action_id: str) -> AlertRow | None:
        """What was last said about an action's failures."""
        row = self.row("alert_of_action", {"action_id": action_id})
        return AlertRow(*row) if row else None

    def hold_alert(self, action_id: str, payload: str) -> int:
        """Count a failure without telling anybody."""
        return self.change("hold_alert", {"action_id": action_id, "payload": payload})

    def save_alert(self, action_id: str, agent: str, payload: str, now: int) -> None:
        """Note that somebody is told now."""
        self.change("save_alert", {"action_id": action_id, "agent": agent, "payload": payload, "now": now})

    def held_alerts(self, before: int, *, limit: int) -> list[AlertRow]:
        """What was held back and last told before a moment."""
        return [AlertRow(*row) for row in self.rows("held_alerts", {"before": before, "limit": limit})]

    def prune_alerts(self, before: int) -> int:
        """Forget actions that have not failed since a moment."""
        return self.change("prune_alerts", {"before": before})
