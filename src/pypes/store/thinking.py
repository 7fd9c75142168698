"""Questions about steps under way, about what models have used, and about what agents remember."""

from pypes.store.asking import Asking
from pypes.store.run_rows import HeldRow, SpendingRow, SpentRow, StepRow


class ThinkingTx(Asking):
    """One method per question."""

    def hold_run(self, run_id: str, *, owner: str, attempt: int, started_at: int) -> int:
        """Say that a held run has started; 0 when it is no longer held here."""
        params = {"id": run_id, "owner": owner, "attempt": attempt, "started_at": started_at}
        return self.change("hold_run", params)

    def note_attempts(self, run_id: str, *, owner: str, attempt: int, attempts: str, started_at: int) -> int:
        """Write what a held run has done so far; 0 when it is no longer held here."""
        params = {"id": run_id, "owner": owner, "attempt": attempt, "attempts": attempts}
        return self.change("note_attempts", params | {"started_at": started_at})

    def begin_step(
        self, run_id: str, position: int, *, began_at: int, day: int, tokens: int, nano_usd: int
    ) -> None:
        """Say that a model is about to be asked, and what is held for it."""
        params = {"run_id": run_id, "position": position, "began_at": began_at, "day": day}
        self.change("begin_step", params | {"tokens": tokens, "nano_usd": nano_usd})

    def save_step(
        self, run_id: str, position: int, *, began_at: int, output: str, state: str | None, words: str
    ) -> None:
        """Keep what a step gave."""
        params = {"run_id": run_id, "position": position, "began_at": began_at}
        self.change("save_step", params | {"output": output, "state": state, "words": words})

    def steps_of_run(self, run_id: str) -> list[StepRow]:
        """What a run has done so far, in order."""
        return [StepRow(*row) for row in self.rows("steps_of_run", {"run_id": run_id})]

    def close_open_steps(self, run_id: str) -> list[HeldRow]:
        """Forget what was under way in a run; what it held of budgets."""
        return [HeldRow(*row) for row in self.rows("close_open_steps", {"run_id": run_id})]

    def forget_steps(self, run_id: str) -> int:
        """Forget all steps of a run; how many."""
        return self.change("forget_steps", {"run_id": run_id})

    def prune_steps(self, before: int) -> int:
        """Forget the steps of runs born before a moment that are forgotten themselves."""
        return self.change("prune_steps", {"before": f"{before:014x}"})

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

    def agent_state(self, agent_id: str) -> str | None:
        """What an agent remembers, JSON."""
        row = self.row("agent_state", {"agent_id": agent_id})
        return row[0] if row else None

    def save_state(self, agent_id: str, value: str, now: int) -> None:
        """Let an agent remember something else."""
        self.change("save_state", {"agent_id": agent_id, "value": value, "now": now})

    def delete_state(self, agent_id: str) -> int:
        """Let an agent forget."""
        return self.change("delete_state", {"agent_id": agent_id})
