"""Schedule: the remembered next slot of one timed trigger, and the rules that decide its slots.

`decide` is pure: a slot that is due, or past, becomes a run, a run in line, or a skip with its reason.
The next slot is always computed from a slot, never from now.
"""

import msgspec

from pypes.clock import SECOND
from pypes.triggers import TimedTrigger

LOOK_AHEAD = 600_000
"""A slot is claimed this many microseconds before it is due, so that at its instant only the send is left.

Less than a second, so that an every-second schedule is looked at when its previous run is over.
"""
PAUSED_LOOK = 60 * SECOND
"""The skipped slots of a paused schedule are recorded at most this seldom; a resume records the rest."""


MOST_TOLD_APART = 1000
"""So many missed slots are looked at one by one for `exclude`; longer ranges are only counted."""


class Birth(msgspec.Struct, frozen=True, gc=False):
    """A slot that will run."""

    slot: int
    in_line: bool = False
    """True when it must wait for the open runs of its schedule that were born before it."""


class Skip(msgspec.Struct, frozen=True, gc=False):
    """Adjacent slots that will not run, for one reason."""

    first: int
    last: int
    count: int
    reason: str


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What becomes of the slots that were looked at."""

    births: tuple[Birth, ...] = ()
    skips: tuple[Skip, ...] = ()
    slot: int | None = None
    """The next slot; None when there will never be one again."""
    cancels: bool = False
    """True when the runs that are open now give way to the newest birth."""


def decide(
    trigger: TimedTrigger, slot: int, *, seed: str, now: int, open_runs: int, in_line: int
) -> Decision:
    """Decide all slots from `slot` up to now, or `slot` alone when it still lies ahead.

    `seed` spreads the schedule's runs behind their slots; `open_runs` counts its waiting and running runs,
    `in_line` those that wait behind others. A slot ahead of which a run is open stays undecided until its
    instant.
    """
    if trigger.effective(slot, seed) > now:
        return _decide_ahead(trigger, slot, open_runs)
    newest = trigger.last_before(now, slot - 1) or slot
    if trigger.effective(newest, seed) > now:
        newest = trigger.last_before(newest - 1, slot - 1) or slot
    is_live = now - trigger.effective(newest, seed) <= trigger.grace_at(newest)
    live = newest if is_live else None
    stands = live is not None and not _objection(trigger, live, open_runs=open_runs, in_line=in_line)
    births, skips = _catch_up(trigger, slot, newest, live=live, stands=stands, now=now)
    following = trigger.next_after(newest)
    if live is None:
        return Decision(tuple(births), tuple(skips), following)
    if reason := _objection(trigger, live, open_runs=open_runs + len(births), in_line=in_line + len(births)):
        return Decision(tuple(births), (*skips, Skip(live, live, 1, reason)), following)
    is_open = bool(open_runs or births)
    waits = is_open and trigger.overlap in {"buffer_one", "buffer_all"}
    cancels = is_open and trigger.overlap == "cancel_other"
    return Decision((*births, Birth(live, in_line=waits)), tuple(skips), following, cancels)


def skip_slots(trigger: TimedTrigger, slot: int, *, until: int, reason: str) -> Decision:
    """Skip every slot from `slot` up to and including `until`, for one reason."""
    newest = trigger.last_before(until, slot - 1)
    if newest is None:
        return Decision(slot=slot)
    skip = Skip(slot, newest, trigger.count(slot - 1, newest), reason)
    return Decision(skips=(skip,), slot=trigger.next_after(newest))


def _decide_ahead(trigger: TimedTrigger, slot: int, open_runs: int) -> Decision:
    if trigger.excludes(slot):
        return Decision(skips=(Skip(slot, slot, 1, "excluded"),), slot=trigger.next_after(slot))
    if open_runs and trigger.overlap != "allow_all":
        return Decision(slot=slot)
    return Decision(births=(Birth(slot),), slot=trigger.next_after(slot))


def _objection(trigger: TimedTrigger, slot: int, *, open_runs: int, in_line: int) -> str | None:
    """Why a live slot does not run; None when it runs or waits in line."""
    if trigger.excludes(slot):
        return "excluded"
    if not open_runs or trigger.overlap in {"allow_all", "buffer_all", "cancel_other"}:
        return None
    return None if trigger.overlap == "buffer_one" and not in_line else "overlap"


def _catch_up(
    trigger: TimedTrigger, first: int, newest: int, *, live: int | None, stands: bool, now: int
) -> tuple[list[Birth], list[Skip]]:
    """Split the missed slots, from `first` to the newest that is not live, into those to run and the rest.

    Under `last` a live slot that runs stands for the whole outage: nothing older runs beside it.
    """
    last = newest if live is None else trigger.last_before(live - 1, first - 1)
    if last is None:
        return [], []
    start = None if stands and trigger.catchup == "last" else _first_to_run(trigger, first, last, now)
    births, excluded = [], []
    for slot in _slots(trigger, start, last):
        if trigger.excludes(slot):
            excluded.append(Skip(slot, slot, 1, "excluded"))
        else:
            births.append(Birth(slot, in_line=True))
    if start is not None and start <= first:
        return births, excluded
    end = last if start is None else trigger.last_before(start - 1, first - 1) or first
    return births, [*_missed(trigger, first, end), *excluded]


def _missed(trigger: TimedTrigger, first: int, end: int) -> list[Skip]:
    """The skips of missed slots; in a range of bearable length those that are excluded say so."""
    count = trigger.count(first - 1, end)
    if not trigger.exclude or count > MOST_TOLD_APART:
        return [Skip(first, end, count, "missed")]
    skips: list[Skip] = []
    for slot in _slots(trigger, first, end):
        reason = "excluded" if trigger.excludes(slot) else "missed"
        if skips and skips[-1].reason == reason:
            skips[-1] = Skip(skips[-1].first, slot, skips[-1].count + 1, reason)
        else:
            skips.append(Skip(slot, slot, 1, reason))
    return skips


def _first_to_run(trigger: TimedTrigger, first: int, last: int, now: int) -> int | None:
    """The oldest missed slot that `catchup` and `catchup_window` let run, or None."""
    if trigger.catchup == "none":
        return None
    if trigger.catchup == "last":
        start = _newest_not_excluded(trigger, first, last)
    else:
        start = _nth_from_last(trigger, first, last)
    if start is not None and trigger.window is not None and start < now - trigger.window:
        start = trigger.next_after(now - trigger.window - 1)
    return start if start is not None and start <= last else None


def _newest_not_excluded(trigger: TimedTrigger, first: int, last: int) -> int | None:
    slot: int | None = last
    for _ in range(MOST_TOLD_APART):
        if slot is None or not trigger.excludes(slot):
            return slot
        slot = trigger.last_before(slot - 1, first - 1)
    return None


def _nth_from_last(trigger: TimedTrigger, first: int, last: int) -> int:
    """The slot that begins the newest `catchup_limit` ones, by halving: no backlog is walked."""
    if trigger.count(first - 1, last) <= trigger.catchup_limit:
        return first
    low, high = first, last
    while high - low > 1:
        middle = (low + high) // 2
        if trigger.count(middle - 1, last) >= trigger.catchup_limit:
            low = middle
        else:
            high = middle
    return trigger.next_after(low - 1) or last


def _slots(trigger: TimedTrigger, start: int | None, last: int) -> list[int]:
    slots = []
    while start is not None and start <= last:
        slots.append(start)
        start = trigger.next_after(start)
    return slots
