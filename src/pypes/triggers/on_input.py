"""OnInput: once for each input posted to the agent for which `when` is true.

Several inputs can become one run (`debounce`, `batch`), runs can be spread (`throttle`), or follow one
another (`ordered`).
"""

from functools import lru_cache

import msgspec

from pypes.clock import DAY
from pypes.errors import InvalidInput
from pypes.instants import parse_duration
from pypes.triggers.slotless import Slotless
from pypes.triggers.timed import Timed

LONGEST_WAIT = 7 * DAY
MOST_IN_BATCH = 10_000
MOST_IN_PERIOD = 1_000_000

_duration = lru_cache(maxsize=1024)(parse_duration)


class Debounce(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One run for inputs that follow one another closely: about the last of them."""

    period: str
    """So long nothing more must come …"""
    timeout: str | None = None
    """… but at most so long is waited, from the first of them on."""


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One run for many inputs."""

    size: int
    """As soon as there are so many …"""
    timeout: str
    """… or so long after the first of them."""


class Throttle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Runs are delayed, in the order of their inputs, so that few enough start in a period."""

    limit: int
    period: str
    burst: int = 1
    """So many may start at once; otherwise they are `period / limit` apart."""

    @property
    def apart(self) -> int:
        """Microseconds from one run to the next, in the long run."""
        return max(1, _duration(self.period) // self.limit)


class OnInput(Slotless, frozen=True, kw_only=True, tag="on_input"):
    """A trigger as it is written in an agent's actions."""

    debounce: Debounce | None = None
    batch: Batch | None = None
    throttle: Throttle | None = None
    ordered: bool = False
    """One run at a time, in the order of the inputs."""

    @property
    def text(self) -> str:
        """The word itself."""
        return "on_input"

    @property
    def known_names(self) -> frozenset[str]:
        """What its condition may speak about: the input, which it is asked for when that arrives."""
        return frozenset(["agent", "input", "now"])

    @property
    def calm(self) -> int | None:
        """How long to wait for more of a debounce, in microseconds."""
        return None if self.debounce is None else _duration(self.debounce.period)

    @property
    def patience(self) -> int | None:
        """How long after the first input the gathered ones become a run, in microseconds."""
        timeout = self.batch.timeout if self.batch else self.debounce.timeout if self.debounce else None
        return None if timeout is None else _duration(timeout)

    def check(self, now: int) -> None:
        """Refuse what speaks of slots, and flows that nothing could follow."""
        for field in _ABOUT_SLOTS:
            if getattr(self, field.name) != field.default:
                raise InvalidInput(
                    f"`{field.name}` speaks of slots, and on_input has none: leave it out", f"$.{field.name}"
                )
        self._check_flow()
        super().check(now)

    def _check_flow(self) -> None:
        if self.debounce is not None:
            _check_wait("debounce.period", self.debounce.period)
            _check_wait("debounce.timeout", self.debounce.timeout)
        if self.batch is not None:
            if self.debounce is not None:
                raise InvalidInput("`debounce` and `batch` exclude each other: choose one", "$.batch")
            _check_number("batch.size", self.batch.size, MOST_IN_BATCH)
            _check_wait("batch.timeout", self.batch.timeout)
        if self.throttle is not None:
            _check_number("throttle.limit", self.throttle.limit, MOST_IN_PERIOD)
            _check_number("throttle.burst", self.throttle.burst, MOST_IN_PERIOD)
            _check_wait("throttle.period", self.throttle.period)

    def policy(self) -> dict[str, object]:
        """How its inputs become runs, with every default spelt out."""
        return {
            "when": self.when or "true",
            "debounce": self.debounce,
            "batch": self.batch,
            "throttle": self.throttle,
            "ordered": self.ordered,
            "pause_after": self.pause_after,
        }

    def _why_not(self, moment: int) -> str | None:  # noqa: ARG002 - no moment is ever its slot
        return "it fires with inputs, not with the clock"


_ABOUT_SLOTS = [
    field
    for field in msgspec.structs.fields(Timed)
    if field.name not in {"action", "id", "when", "pause_after"}
]


def _check_wait(field: str, text: str | None) -> None:
    if text is None:
        return
    try:
        wait = parse_duration(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.{field}") from None
    if not 1000 <= wait <= LONGEST_WAIT:
        raise InvalidInput(f"`{text}` is not between 1ms and 7d", f"$.{field}")


def _check_number(field: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise InvalidInput(f"{field} is between 1 and {most}", f"$.{field}")
