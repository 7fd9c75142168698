"""Teller: the fire lines of the log, or, when there are too many, one summary line a second."""

from pypes.clock import SECOND, Clock
from pypes.errors import PypesError
from pypes.instants import format_duration, format_for_people
from pypes.log import Field, Log
from pypes.model.action import decode_action, step_of, type_of
from pypes.model.run import Settled
from pypes.receipt import Receipt
from pypes.triggers.timed import Timed

MOST_LINES = 100
"""Above so many fires a second, a summary takes the place of fire lines."""

Line = tuple[str, dict[str, Field]]


class Teller:
    """Says what was recorded."""

    def __init__(self, log: Log, clock: Clock, *, always_all: bool = False) -> None:
        self._log = log
        self._clock = clock
        self._always_all = always_all
        self._second = 0
        self._told = 0
        self._untold: list[Settled] = []

    def tell(self, settled: list[Settled]) -> None:
        """Say of each run what came of it, as long as that can be read."""
        self._turn_second()
        room = len(settled) if self._always_all else max(0, MOST_LINES - self._told)
        self._told += len(settled)
        self._untold += settled[room:]
        lines = [line for done in settled[:room] for line in fire_lines(done)]
        if lines:
            self._log.say_all("scheduler", lines)

    def sum_up(self) -> None:
        """Say what was not said singly, if a second is over."""
        self._turn_second()

    def _turn_second(self) -> None:
        second = self._clock.now() // SECOND
        if second != self._second:
            self._second, self._told = second, 0
            untold, self._untold = self._untold, []
            if untold:
                self._log.say(
                    "scheduler", f"{len(untold)} more fires were not logged singly", **_summary(untold)
                )


def _summary(settled: list[Settled]) -> dict[str, Field]:
    lateness = sorted(done.started - done.run.due_at for done in settled)
    return {
        "succeeded": sum(done.state == "succeeded" for done in settled),
        "failed": sum(done.state == "failed" for done in settled),
        "retried": sum(done.state == "waiting" for done in settled),
        "lateness_p50": f"{lateness[len(lateness) // 2] // 1000}ms",
        "lateness_max": f"{lateness[-1] // 1000}ms",
    }


def entry_name(position: int, definition: str) -> str:
    """Name an action as the original's lines do: its index, and its trigger's text between backquotes."""
    if position < 0:
        return "`on_failure`"
    try:
        action = decode_action(definition)
    except PypesError:
        return f"entry {position}"
    return f"entry {position} `{action.text if isinstance(action, Timed) else 'manual'}`"


def fire_lines(done: Settled) -> list[Line]:
    """The lines about one attempt, and about the next slot once the run is over."""
    run = done.run
    entry = entry_name(run.action, run.definition)
    what = _what(run.definition)
    fields: dict[str, Field] = {"agent": run.agent, "run": run.id}
    fields["lateness"] = f"{max(0, done.started - run.due_at) // 1000}ms"
    if done.summary is not None:
        line = f"{entry} {_in_steps(done, what)}"
    elif done.state == "succeeded" and done.receipt is not None:
        line = f"{entry} fired {what} → status={done.receipt.status} ({shown_bytes(done.receipt)} bytes)"
    else:
        line = f"{entry} {what} failed: {done.reason}"
    if done.state == "waiting":
        fields["retry"] = f"in {format_duration(max(0, done.due_at - done.started) // 1000 * 1000)}"
    lines: list[Line] = [(line, fields)]
    if done.state != "waiting" and run.next_at is not None and run.trigger != "manual":
        lines.append((f"{entry} next fire {format_for_people(run.next_at)}", {"agent": run.agent}))
    return lines


def _in_steps(done: Settled, what: str) -> str:
    """What is said of a run that was done step by step."""
    match done.state:
        case "succeeded":
            return f"fired {what} → {done.summary}"
        case "skipped" | "unknown" | "cancelled":
            return f"{what} {done.state}: {done.reason}"
        case _:
            return f"{what} failed: {done.reason}"


def _what(definition: str) -> str:
    try:
        step = step_of(decode_action(definition))
    except PypesError:
        return "an action that cannot be read"
    return f"{type_of(step)} {step.target}"


def shown_bytes(receipt: Receipt) -> str:
    """An answer's length, with `+` when reading stopped before its end."""
    return f"{receipt.bytes}+" if receipt.clipped else str(receipt.bytes)
