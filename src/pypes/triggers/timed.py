"""What all timed triggers share: the step they wrap, their bounds, and the policies about their slots."""

import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from pypes.clock import SECOND
from pypes.errors import InvalidInput
from pypes.instants import format_duration, format_instant, parse_duration, parse_instant
from pypes.steps import Step
from pypes.template import Doubt, check_condition, doubts_about_condition
from pypes.triggers.excluding import exclusions

MOST = 1_000_000_000
DEFAULT_GRACE = 10 * SECOND
"""Up to this late a slot is *late*, and simply runs; or up to the interval, if that is shorter."""

Catchup = Literal["last", "all", "none"]
Overlap = Literal["skip", "buffer_one", "buffer_all", "cancel_other", "allow_all"]

_PERCENT = re.compile(r"\d{1,3}%", re.ASCII)
_duration = lru_cache(maxsize=1024)(parse_duration)
_instant = lru_cache(maxsize=1024)(parse_instant)


class Timed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trigger whose slots are instants. All moments are microseconds UTC."""

    action: Step
    id: str | None = None
    start: str | None = None
    """No slot lies before this moment."""
    end: str | None = None
    """No slot lies after this moment."""
    remaining: int | None = None
    """It fires this often at most; manual runs and skipped slots do not count."""
    exclude: tuple[str, ...] = ()
    """Dates and cron expressions whose slots are skipped."""
    catchup: Catchup = "last"
    catchup_limit: int = 1000
    catchup_window: str | None = None
    grace: str | None = None
    overlap: Overlap = "skip"
    jitter: str | None = None
    """A duration, or a share of the interval like `10%`: how far its runs are spread behind their slots."""
    when: str | None = None
    """A condition; where it is false, a slot is skipped."""
    pause_after: int | None = None
    """It pauses itself after so many failures in a row."""

    @property
    def text(self) -> str:
        """What stands between the backquotes of log lines."""
        raise NotImplementedError

    @property
    def known_names(self) -> frozenset[str]:
        """What its condition may speak about."""
        return frozenset(["agent", "inputs", "since_last", "run", "state", "now"])

    def doubts(self) -> list[Doubt]:
        """What it says, and its step, that may not be meant."""
        found = [
            doubt._replace(path=f"$.action{doubt.path.removeprefix('$')}") for doubt in self.action.doubts()
        ]
        if self.when is not None:
            found += doubts_about_condition(self.when, "$.when", self.known_names)
        return found

    @property
    def has_slots(self) -> bool:
        """False for what something else than the clock sets off: see `slotless.py`."""
        return True

    @property
    def zone(self) -> str:
        """The time zone in which it counts days."""
        return "UTC"

    @property
    def timing(self) -> tuple[object, ...]:
        """What decides its slots: two triggers of equal timing have the same ones."""
        return (self.text, self.zone, self.start, self.end)

    def next_after(self, moment: int) -> int | None:
        """The first slot strictly after `moment`, or None when there is none."""
        slot = self._next(moment if self.start is None else max(moment, _instant(self.start) - 1))
        return None if slot is None or (self.end is not None and slot > _instant(self.end)) else slot

    def next_to_run(self, moment: int) -> int | None:
        """The first slot after `moment` that is not excluded; None when the next thousand all are."""
        slot = self.next_after(moment)
        for _ in range(1000):
            if slot is None or not self.excludes(slot):
                return slot
            slot = self.next_after(slot)
        return None

    def last_before(self, moment: int, since: int) -> int | None:
        """The newest slot at or before `moment` and strictly after `since`."""
        if self.start is not None:
            since = max(since, _instant(self.start) - 1)
        return self._last(moment if self.end is None else min(moment, _instant(self.end)), since)

    def count(self, after: int, until: int) -> int:
        """How many slots lie after `after` and not after `until`."""
        if self.start is not None:
            after = max(after, _instant(self.start) - 1)
        if self.end is not None:
            until = min(until, _instant(self.end))
        return self._count(after, until) if after < until else 0

    def why_not(self, moment: int) -> str | None:
        """Say why a moment is not a slot; None when it is one."""
        if self.start is not None and moment < _instant(self.start):
            return f"it lies before `start`, {self.start}"
        if self.end is not None and moment > _instant(self.end):
            return f"it lies after `end`, {self.end}"
        return self._why_not(moment)

    def _why_not(self, moment: int) -> str | None:
        before, after = self._last(moment, 0), self._next(moment)
        if before == moment:
            return None
        around = [format_instant(slot) for slot in (before, after) if slot is not None]
        return f"the slots around it are {' and '.join(around)}" if around else "it has no slots"

    def first_slot(self, now: int) -> int | None:
        """The slot with which a trigger begins that was saved at `now`."""
        return self.next_after(now)

    def _next(self, moment: int) -> int | None:
        raise NotImplementedError

    def _last(self, moment: int, since: int) -> int | None:
        raise NotImplementedError

    def _count(self, after: int, until: int) -> int:
        raise NotImplementedError

    def effective(self, slot: int, seed: str) -> int:
        """When `slot` really runs: spread by `jitter`, alike for one `seed`, never past the next slot."""
        if self.jitter is None:
            return slot
        following = self.next_after(slot)
        gap = DEFAULT_GRACE if following is None else following - slot
        window = _share(self.jitter, gap) if self.jitter.endswith("%") else _duration(self.jitter)
        share = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest()) / 2**64
        return slot + int(min(window, gap - 1) * share)

    def grace_at(self, slot: int) -> int:
        """How late `slot` may be and still simply run, in microseconds."""
        if self.grace is not None:
            return _duration(self.grace)
        following = self.next_after(slot)
        return DEFAULT_GRACE if following is None else min(DEFAULT_GRACE, following - slot)

    @property
    def window(self) -> int | None:
        """How old a missed slot may be and still be caught up with, in microseconds; None without limit."""
        return None if self.catchup_window is None else _duration(self.catchup_window)

    def excludes(self, slot: int) -> bool:
        """Whether a slot is skipped by `exclude`."""
        return bool(self.exclude) and exclusions(self.exclude, self.zone).cover(slot)

    def check(self, now: int) -> None:
        """Raise `InvalidInput` with the place of the first thing that cannot be done."""
        for field in ("catchup_window", "grace", "start", "end"):
            _check_at(
                field, parse_instant if field in {"start", "end"} else parse_duration, getattr(self, field)
            )
        if not 1 <= self.catchup_limit <= 100_000:
            raise InvalidInput("catchup_limit is between 1 and 100000", "$.catchup_limit")
        for field in ("remaining", "pause_after"):
            if (number := getattr(self, field)) is not None and not 1 <= number <= MOST:
                raise InvalidInput(f"{field} is between 1 and {MOST}", f"$.{field}")
        _check_at("jitter", _check_jitter, self.jitter)
        try:
            exclusions(self.exclude, self.zone)
        except InvalidInput as error:
            raise error.under("$.exclude") from None
        _check_at("when", check_condition, self.when)
        self._check_slots(now)
        try:
            self.action.check()
        except InvalidInput as error:
            raise error.under("$.action") from None

    def _check_slots(self, now: int) -> None:
        if (self.start is None and self.end is None) or self.next_after(now) is not None:
            return
        if self.end is not None:
            raise InvalidInput("it never fires: no slot lies between now (or `start`) and `end`", "$.end")
        raise InvalidInput("it never fires: its slots all lie before `start`", "$.start")

    def policy(self) -> dict[str, object]:
        """Every policy with its default spelt out, as `GET /schedules` shows it."""
        return {
            "catchup": self.catchup,
            "catchup_limit": self.catchup_limit,
            "catchup_window": self.catchup_window,
            "grace": self.grace or f"{format_duration(DEFAULT_GRACE)}, or the interval if shorter",
            "overlap": self.overlap,
            "jitter": self.jitter or "0s",
            "when": self.when or "true",
            "exclude": list(self.exclude),
            "start": self.start,
            "end": self.end,
            "remaining": self.remaining,
            "pause_after": self.pause_after,
        }


def _check_at(field: str, read: Callable[[Any], object], value: object) -> None:
    """Read a field's value only to see whether it can be read."""
    if value is None:
        return
    try:
        read(value)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.{field}") from None


def _check_jitter(text: str) -> None:
    if not text.endswith("%"):
        parse_duration(text)
    elif not (_PERCENT.fullmatch(text) and int(text[:-1]) <= 100):
        raise InvalidInput(f"`{text}` is not a share: write it like 10%, at most 100%")


def _share(text: str, gap: int) -> int:
    return gap * int(text[:-1]) // 100
