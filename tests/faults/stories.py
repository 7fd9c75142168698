"""What the fault tests share: agents that fire every second, and the question whether all was well."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from faults.checking import Verdict, check
from living import PATIENCE, Arrival, Daemon, Receiver
from pypes.clock import SECOND
from pypes.instants import parse_instant

Json = dict[str, Any]


def moment() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def agent(name: str, url: str, **policies: Any) -> Json:
    """An agent that posts every second, and says who it is."""
    webhook = {"type": "webhook", "url": url, "headers": {"agent": name}}
    cron = {"type": "cron", "expression": "* * * * * *", "action": webhook, **policies}
    return {"name": name, "actions": [cron]}


def agents(number: int, url: str, *, prefix: str = "agent", **policies: Any) -> list[Json]:
    return [agent(f"{prefix}-{index}", url, **policies) for index in range(number)]


def names(of: Iterable[Json]) -> list[str]:
    return [each["name"] for each in of]


def post(daemon: Daemon, bodies: list[Json]) -> int:
    """Post agents; a moment after which all their slots count."""
    assert daemon.call("POST", "/agents", bodies).json() == {"records_created": len(bodies)}
    return moment()


def slot_of(arrival: Arrival) -> int:
    """The slot that a delivery says it is for."""
    return parse_instant(arrival.slot)


def wait_for_slots_after(receiver: Receiver, bodies: Iterable[Json], after: int) -> list[Arrival]:
    """All arrivals, once each agent has had one for a slot after a moment."""
    wanted = set(names(bodies))

    def is_enough(arrivals: list[Arrival]) -> bool:
        newest = arrivals[-4 * len(wanted) :]
        return wanted <= {each.headers["agent"] for each in newest if slot_of(each) > after}

    return receiver.wait_until(is_enough)


def judge(daemon: Daemon, posted: Mapping[Receiver, list[Json]], *, since: int) -> Verdict:
    """Wait until every agent fires again, then compare all slots up to now with the ledger."""
    until = moment()
    arrivals = [
        each for receiver, bodies in posted.items() for each in wait_for_slots_after(receiver, bodies, until)
    ]
    everybody = [name for bodies in posted.values() for name in names(bodies)]
    return check(arrivals, daemon.rows(), agents=everybody, since=since, until=until)


def eventually(holds: Callable[[], bool]) -> None:
    """Ask until it holds: for what the daemon says only when asked."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lateness(arrivals: Iterable[Arrival], since: int) -> list[float]:
    """Seconds from slot to arrival of what was due after a moment, sorted."""
    slots = ((each.at, slot_of(each)) for each in arrivals)
    return sorted((at - slot) / SECOND for at, slot in slots if slot > since)
