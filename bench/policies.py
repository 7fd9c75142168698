"""What the ledger says, policy by policy, when things go wrong: `python -m bench.policies`.

The claims, decisions and records are the daemon's own, on a store of their own; only the clock is moved by
hand, and nothing is sent. Every schedule fires each minute, from 12:00 on.
"""

from collections import Counter
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec

from pypes.clock import SECOND
from pypes.engine.simulating import Simulation, simulate
from pypes.instants import parse_instant, to_datetime
from pypes.model.agent import parse_agent
from pypes.store.pausing import pause, resume
from pypes.store.run_rows import RunRow
from pypes.store.scratch import scratch_store

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
NOON = parse_instant("2026-05-03T12:00:00Z")
Story = Callable[[Simulation], None]


def down_3_hours(world: Simulation) -> None:
    world.run_until(NOON + 5 * MINUTE)
    world.now = NOON + 3 * HOUR + 5 * MINUTE + 30 * SECOND
    world.run_until(NOON + 3 * HOUR + 10 * MINUTE)


def frozen_30_seconds(world: Simulation) -> None:
    world.run_until(NOON + 5 * MINUTE + 45 * SECOND)
    world.now = NOON + 6 * MINUTE + 15 * SECOND
    world.run_until(NOON + 10 * MINUTE)


def clock_2_hours_forward(world: Simulation) -> None:
    world.run_until(NOON + 5 * MINUTE)
    world.now += 2 * HOUR
    world.run_until(NOON + 2 * HOUR + 10 * MINUTE)


def clock_2_hours_back(world: Simulation) -> None:
    world.run_until(NOON + 5 * MINUTE)
    world.now -= 2 * HOUR
    world.run_until(NOON + 10 * MINUTE)


def paused_10_minutes(world: Simulation) -> None:
    world.run_until(NOON + 5 * MINUTE + 30 * SECOND)
    with world.transaction() as tx:
        pause(tx, "agent", None, note=None, until=None, now=world.now)
    world.run_until(NOON + 15 * MINUTE + 30 * SECOND)
    with world.transaction() as tx:
        resume(tx, "agent", None, now=world.now)
    world.run_until(NOON + 20 * MINUTE)


SITUATIONS: dict[str, Story] = {
    "down 3 h": down_3_hours,
    "frozen 30 s": frozen_30_seconds,
    "clock +2 h": clock_2_hours_forward,
    "clock -2 h": clock_2_hours_back,
    "paused 10 min": paused_10_minutes,
}


def ledger(story: Story, *, duration: int, **policy: str) -> str:
    """Tell a story to one schedule, and sum up what its ledger says."""
    action = {"type": "cron", "expression": "* * * * *", "action": WEBHOOK, **policy}
    agent = parse_agent(msgspec.json.encode({"name": "agent", "actions": [action]}), NOON)
    with scratch_store() as scratch:
        world = Simulation(scratch, now=NOON - 1, duration=duration)
        world.save([agent])
        story(world)
        world.run_until(world.now + 30 * SECOND)
        return summary(scratch.tx.simulated_runs(0, 1 << 60, 10_000))


WEBHOOK = {"type": "webhook", "url": "http://127.0.0.1:9/"}


def summary(rows: list[RunRow]) -> str:
    """How many slots came to which end."""
    ends: Counter[str] = Counter()
    for row in rows:
        word = row.reason if row.state == "skipped" else {"succeeded": "ran"}.get(row.state, row.state)
        ends[str(word)] += row.slots
    return ", ".join(f"{slots} {word}" for word, slots in ends.items())


def sixty_slots(overlap: str, duration: int) -> str:
    """What becomes of the 60 slots of a minute, every second, when each run takes `duration`."""
    action = {"type": "cron", "expression": "* * * * * *", "overlap": overlap, "action": WEBHOOK}
    agent = parse_agent(msgspec.json.encode({"name": "agent", "actions": [action]}), NOON)
    rows = simulate([agent], start=NOON, end=NOON + 5 * MINUTE, duration=duration)
    return summary([row for row in rows if row.slot < NOON + MINUTE])


NIGHTS = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-10-04", "2026-04-05"),
}
"""The dates in 2026 on which clocks go forward, and back."""


def night(zone: str, dst: str, day: str) -> str:
    """What `30 2 * * *` does on a night on which clocks change."""
    start = parse_instant(f"{day}T00:00:00Z") - 12 * HOUR
    action = {"type": "cron", "expression": "30 2 * * *", "timezone": zone, "dst": dst, "action": WEBHOOK}
    agent = parse_agent(msgspec.json.encode({"name": "agent", "actions": [action]}), start)
    rows = simulate([agent], start=start, end=start + 36 * HOUR)
    walls = [to_datetime(row.slot).astimezone(ZoneInfo(zone)) for row in rows]
    on_that_day = [wall.strftime("ran %H:%M (UTC%z)") for wall in walls if str(wall.date()) == day]
    return ", ".join(on_that_day) or "nothing"


def main() -> None:
    """Print the tables."""
    for catchup in ("last", "all", "none"):
        for name, story in SITUATIONS.items():
            print(f"catchup {catchup:12} {name:14} {ledger(story, duration=SECOND, catchup=catchup)}")
    for overlap in ("skip", "buffer_one", "buffer_all", "cancel_other", "allow_all"):
        for milliseconds in (5, 900, 2500):
            said = sixty_slots(overlap, milliseconds * 1000)
            print(f"overlap {overlap:12} {f'answers {milliseconds} ms':14} {said}")
    for zone, days in NIGHTS.items():
        for dst in ("vixie", "skip", "literal"):
            for season, day in zip(("spring", "autumn"), days, strict=True):
                print(f"dst     {dst:8} {season:7} {zone:20} {night(zone, dst, day)}")


if __name__ == "__main__":
    main()
