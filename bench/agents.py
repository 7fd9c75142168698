"""Agents: the definitions that the scenarios post, as a user would write them."""

from collections.abc import Iterable, Iterator
from typing import Any

from bench.arrivals import Receiver

Agent = dict[str, Any]


def every(name: str, url: str, *, interval: str = "1s", phase: str = "0ms", **webhook: Any) -> Agent:
    """An agent with one schedule that posts at an interval."""
    action = {"type": "webhook", "url": url, "payload": {"event": "bench"}} | webhook
    trigger = {"type": "every", "interval": interval, "phase": phase, "action": action}
    return {"name": name, "inputs": [], "actions": [trigger]}


def phases(agents: Iterable[Agent]) -> dict[str, int]:
    """Of each agent, by how many microseconds its slots follow the whole second."""
    return {agent["name"]: _micros(agent["actions"][0].get("phase", "0ms")) for agent in agents}


def every_second(receiver: Receiver, count: int, *, path: str = "/on") -> Iterator[Agent]:
    """So many agents, all due at each whole second."""
    return (every(f"a{number}", receiver.url(f"{path}/{number}")) for number in range(count))


def spread(receiver: Receiver, count: int, *, steps: int = 1000) -> Iterator[Agent]:
    """So many agents, each due once a second, at `steps` moments of it."""
    return (
        every(f"a{number}", receiver.url(f"/on/{number}"), phase=f"{number % steps * 1000 // steps}ms")
        for number in range(count)
    )


def far_away(receiver: Receiver, count: int) -> Iterator[Agent]:
    """So many agents that are due on one day of the year, at 1 440 different minutes, and not today."""
    return (_yearly(f"far{number}", receiver.url("/far/0"), number) for number in range(count))


def _micros(milliseconds: str) -> int:
    return int(milliseconds.removesuffix("ms")) * 1000


def _yearly(name: str, url: str, number: int) -> Agent:
    expression = f"{number % 60} {number // 60 % 24} 29 2 *"
    trigger = {"type": "cron", "expression": expression, "action": {"type": "webhook", "url": url}}
    return {"name": name, "inputs": [], "actions": [trigger]}
