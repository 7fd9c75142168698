"""Questions about what models have used, by day and scope, and what is held for questions under way."""

from pypes.store.asking import Asking
from pypes.store.run_rows import HeldRow, SpendingRow, SpentRow


class SpendingTx(Asking):
    """One method per question."""

    def spending_of_day(self, scope: str, day: int) -> SpendingRow:
        """What was used in a day, and what is held; nobody else changes it until the transaction ends."""
        self.change("ensure_spending", {"scope": scope, "day": day})
        row = self.row("spending_of_day", {"scope": scope, "day": day})
        return SpendingRow(*row) if row else SpendingRow(0, 0, 0, 0)

    def hold_spending(self, scope: str, day: int, *, tokens: int, nano_usd: int) -> None:
        """Hold something of a day's budget."""
        self.change("hold_spending", {"scope": scope, "day": day, "tokens": tokens, "nano_usd": nano_usd})

    def settle_spending(self, scope: str, held: HeldRow, *, tokens: int, nano_usd: int) -> None:
        """Put what was used in the place of what was held."""
        params = {"scope": scope, "day": held.day, "tokens": tokens, "nano_usd": nano_usd}
        params |= {"held_tokens": held.tokens, "held_nano_usd": held.nano_usd}
        self.change("settle_spending", params)

    def spending_since(self, day: int, *, scope: str | None, limit: int) -> list[SpentRow]:
        """What was used since a day, by one scope or all, newest day first."""
        params = {"day": day, "scope": scope, "limit": limit}
        return [SpentRow(*row) for row in self.rows("spending_since", params)]

    def prune_spending(self, day: int) -> int:
        """Forget the spending of days before a day."""
        return self.change("prune_spending", {"day": day})
