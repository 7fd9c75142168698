"""Presence: what a daemon knows of itself and shows to others: the web reads it, the engine keeps it."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Presence:
    """One daemon. Moments are microseconds UTC, and kept up to date by the engine's heartbeat."""

    node: str
    """The name under which it holds runs: new with every start."""
    started: int
    seats: int
    held: int = 0
    """Runs that it holds: ahead of their slots, queued or under way."""
    rate: int = 0
    """Runs that it started in the last minute."""
    ahead: int = 0
    """How far its machine's clock is ahead of the database's."""
    seen: int = 0
    """Its newest heartbeat; 0 where none is needed."""
    draining: bool = False
    """True while it claims nothing more."""
    is_daemon: bool = True
    """False for a command that uses the store itself, because no daemon runs."""
    wants_look: bool = False
    """Set when other daemons may have changed what is held here."""
