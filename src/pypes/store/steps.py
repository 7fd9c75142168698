"""Questions about the steps of runs that are done step by step, as far as they have come."""

from pypes.store.asking import Asking
from pypes.store.run_rows import HeldRow, StepRow


class StepTx(Asking):
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
