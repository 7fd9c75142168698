"""Schedule: the remembered next slot of one timed trigger, and the rules that decide its slots.

`decide` is pure: a slot that is due, or past, becomes a run, a run in line, or a skip with its reason.
The next slot is always computed from a slot, never from now.
"""

import msgspec

from pypes.clock import SECOND
from pypes.instants import parse_duration
from pypes.triggers import TimedTrigger

LOOK_AHEAD = 750_000
"""A slot is claimed this many microseconds before it is due, so that at its instant only the send is left.

Less than a second, so that an every-second schedule is looked at when its previous run is over.
"""
PAUSED_LOOK = 60 * SECOND
"""The skipped slots of a paused schedule are recorded at most this seldom; a resume records the rest."""


class Birth(msgspec.Struct, frozen=True):
    """A slot that will run."""

    slot: int
    in_line: bool = False
    """True when it must wait for the open runs of its schedule that were born before it."""


class Skip(msgspec.Struct, frozen=True):
    """Adjacent slots that will not run, for one reason."""

    first: int
    last: int
    count: int
    reason: str


class Decision(msgspec.Struct, frozen=True):
    """What becomes of the slots that were looked at."""

    births: tuple[Birth, ...] = ()
    skips: tuple[Skip, ...] = ()
    slot: int | None = None
    """The next slot; None when there will never be one again."""


def decide(trigger: TimedTrigger, slot: int, *, now: int, open_runs: int, in_line: int) -> Decision:
    """Decide all slots from `slot` up to now, or `slot` alone when it still lies ahead.

    `open_runs` counts the schedule's waiting and running runs, `in_line` those that wait behind others.
    A slot ahead of which a run is still open stays undecided until its instant.
    """
    if slot > now:
        if open_runs and trigger.overlap != "allow_all":
            return Decision(slot=slot)
        return Decision(births=(Birth(slot),), slot=trigger.next_after(slot))

    newest = trigger.last_before(now, slot - 1) or slot
    live = newest if now - newest <= trigger.grace_at(newest) else None
    births, skips = _catch_up(trigger, slot, newest, live=live, now=now)
    if live is not None:
        open_runs, in_line = open_runs + len(births), in_line + len(births)
        birth = _admit(trigger, live, open_runs=open_runs, in_line=in_line)
        births += [birth] if birth else []
        skips += [] if birth else [Skip(live, live, 1, "overlap")]
    return Decision(tuple(births), tuple(skips), trigger.next_after(newest))


def skip_slots(trigger: TimedTrigger, slot: int, *, until: int, reason: str) -> Decision:
    """Skip every slot from `slot` up to and including `until`, for one reason."""
    newest = trigger.last_before(until, slot - 1)
    if newest is None:
        return Decision(slot=slot)
    skip = Skip(slot, newest, trigger.count(slot - 1, newest), reason)
    return Decision(skips=(skip,), slot=trigger.next_after(newest))


def _admit(trigger: TimedTrigger, slot: int, *, open_runs: int, in_line: int) -> Birth | None:
    """Let a live slot run, wait in line, or (None) be skipped, as `overlap` says."""
    match trigger.overlap:
        case _ if not open_runs:
            return Birth(slot)
        case "allow_all":
            return Birth(slot)
        case "buffer_all":
            return Birth(slot, in_line=True)
        case "buffer_one" if not in_line:
            return Birth(slot, in_line=True)
        case _:
            return None


def _catch_up(
    trigger: TimedTrigger, first: int, newest: int, *, live: int | None, now: int
) -> tuple[list[Birth], list[Skip]]:
    """Split the missed slots, from `first` to the newest that is not live, into those to run and the rest.

    Under `last` a live slot stands for the whole outage: nothing older runs beside it.
    """
    last = newest if live is None else trigger.last_before(live - 1, first - 1)
    if last is None:
        return [], []
    start = _first_to_run(trigger, first, last, live=live, now=now)
    births = [Birth(slot, in_line=True) for slot in _slots(trigger, start, last)]
    if start is not None and start <= first:
        return births, []
    end = last if start is None else trigger.last_before(start - 1, first - 1) or first
    return births, [Skip(first, end, trigger.count(first - 1, end), "missed")]


def _first_to_run(trigger: TimedTrigger, first: int, last: int, *, live: int | None, now: int) -> int | None:
    """The oldest missed slot that `catchup` and `catchup_window` let run, or None."""
    if trigger.catchup == "none" or (trigger.catchup == "last" and live is not None):
        return None
    start = last if trigger.catchup == "last" else _nth_from_last(trigger, first, last)
    if trigger.catchup_window is not None:
        oldest = now - parse_duration(trigger.catchup_window)
        start = start if start >= oldest else trigger.next_after(oldest - 1) or last + 1
    return start if start <= last else None


def _nth_from_last(trigger: TimedTrigger, first: int, last: int) -> int:
    """The slot that begins the newest `catchup_limit` ones, by halving: no backlog is walked."""
    if trigger.count(first - 1, last) <= trigger.catchup_limit:
        return first
    low, high = first, last
    while high - low > 1:
        middle = (low + high) // 2
        if trigger.count(middle, last) >= trigger.catchup_limit:
            low = middle
        else:
            high = middle
    return high


def _slots(trigger: TimedTrigger, start: int | None, last: int) -> list[int]:
    slots = []
    while start is not None and start <= last:
        slots.append(start)
        start = trigger.next_after(start)
    return slots
