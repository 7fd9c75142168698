"""Posts that carry an Idempotency-Key: the same key and body give the same answer for a day, and store once.

What was stored under a key is known by a digest that grows with each line, so that a stream that broke off is
continued where it broke: what is there already is compared, not stored again.
"""

from pypes.clock import DAY, SECOND
from pypes.errors import Conflict
from pypes.store.rows import AnsweredRow
from pypes.store.tx import Tx

KEPT = DAY
"""How long an answer is remembered."""
UNDER_WAY = 10 * SECOND
"""A stream that has stored nothing for so long has broken off: another may continue it."""


def begin(tx: Tx, agent_id: str, key: str, *, holder: str, now: int) -> AnsweredRow:
    """Begin a post, or find what became of the one before; raise `Conflict` while that is under way."""
    tx.prune_answers(now - KEPT, limit=100)
    if tx.begin_answer(agent_id, key, holder=holder, now=now):
        return AnsweredRow(digest="", records=0, is_done=0, holder=holder, touched_at=now)
    before = tx.answered_post(agent_id, key)
    if before is None or before.is_done:
        return before or begin(tx, agent_id, key, holder=holder, now=now)
    is_live = 0 <= now - before.touched_at < UNDER_WAY
    if is_live or not tx.take_answer(agent_id, key, before=before.holder, holder=holder, now=now):
        raise Conflict("a post with this Idempotency-Key is under way: wait for its answer")
    return before


def extend(tx: Tx, agent_id: str, key: str, *, so_far: AnsweredRow, now: int) -> None:
    """Say what was stored under a key so far; raise `Conflict` if another stream has taken over."""
    if not tx.extend_answer(agent_id, key, so_far=so_far, now=now):
        raise Conflict("another post with this Idempotency-Key has taken over")
