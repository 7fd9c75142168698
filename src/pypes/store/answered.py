"""Questions about posts of inputs that carried an Idempotency-Key."""

from pypes.store.asking import Asking
from pypes.store.rows import AnsweredRow


class AnsweredTx(Asking):
    """One method per question."""

    def answered_post(self, agent_id: str, key: str) -> AnsweredRow | None:
        """What became of a post with this key."""
        row = self.row("answered_post", {"agent_id": agent_id, "key": key})
        return AnsweredRow(*row) if row else None

    def begin_answer(self, agent_id: str, key: str, *, holder: str, now: int) -> int:
        """Begin a post; 0 when there was one with this key."""
        return self.change("begin_answer", {"agent_id": agent_id, "key": key, "holder": holder, "now": now})

    def take_answer(self, agent_id: str, key: str, *, before: str, holder: str, now: int) -> int:
        """Continue a post that broke off; 0 when somebody else did."""
        params = {"agent_id": agent_id, "key": key, "before": before, "holder": holder, "now": now}
        return self.change("take_answer", params)

    def extend_answer(self, agent_id: str, key: str, *, so_far: AnsweredRow, now: int) -> int:
        """Say what was stored so far; 0 when another stream has taken over."""
        return self.change(
            "extend_answer", {"agent_id": agent_id, "key": key, "now": now, **so_far._asdict()}
        )

    def release_answers(self, touched: int) -> int:
        """Let streams be continued that seem to be under way; how many."""
        return self.change("release_answers", {"touched": touched})

    def prune_answers(self, before: int, limit: int) -> int:
        """Forget answers that were given before a moment."""
        return self.change("prune_answers", {"before": before, "limit": limit})

    def delete_answers(self, agent_id: str) -> int:
        """Forget what was answered for an agent."""
        return self.change("delete_answers", {"agent_id": agent_id})
