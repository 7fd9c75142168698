"""Tools: what the engine's loops share."""

from dataclasses import dataclass, field

from pypes.clock import Clock, SystemClock
from pypes.engine.lease import Lease
from pypes.engine.telling import Teller
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
from pypes.presence import Presence
from pypes.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Given to each loop by the engine."""

    store: Store
    clock: Clock
    owner: str
    """Who holds the runs claimed here: new with every start, so that nobody inherits a dead one's."""
    log: Log
    health: Health
    figures: Figures
    teller: Teller
    lease: Lease = field(default_factory=lambda: Lease(SystemClock()))
    """Whether anything may be started here."""
    presence: Presence = field(default_factory=lambda: Presence(node="none", started=0, seats=0))
    """What is shown of this daemon."""
