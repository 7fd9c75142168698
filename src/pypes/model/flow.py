"""How inputs become runs: the rules of `debounce`, `batch` and `throttle`; no clock, no database.

Moments are microseconds UTC.
"""

from pypes.triggers.on_input import OnInput, Throttle

MOST_BYTES = 1024 * 1024
"""What is gathered becomes a run when it is as large as templates take, however few it is."""


def let_through(throttle: Throttle | None, free_at: int, now: int) -> tuple[int, int]:
    """When the next run may start, and when the throttle is free again after it.

    The generic cell rate algorithm, as a virtual scheduler (ITU-T I.371, appendix A): runs are `apart` in the
    long run, and up to `burst` of them may start at once after a calm.
    """
    if throttle is None:
        return now, free_at
    start = max(now, free_at - (throttle.burst - 1) * throttle.apart)
    return start, max(free_at, start) + throttle.apart


def gathered_until(trigger: OnInput, *, first_at: int, now: int) -> int:
    """When what was gathered since `first_at`, the newest of it now, becomes a run if nothing more comes."""
    ends = []
    if trigger.calm is not None:
        ends.append(now + trigger.calm)
    if trigger.patience is not None:
        ends.append(first_at + trigger.patience)
    return min(ends, default=now)


def is_full(trigger: OnInput, *, size: int, length: int) -> bool:
    """Whether what was gathered becomes a run at once: a batch that is full, or large."""
    return trigger.batch is not None and (size >= trigger.batch.size or length >= MOST_BYTES)


def gathers(trigger: OnInput) -> bool:
    """Whether inputs wait for others before they become a run."""
    return trigger.debounce is not None or trigger.batch is not None
