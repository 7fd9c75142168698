"""Tools: what the engine's loops share."""

from dataclasses import dataclass

from pypes.clock import Clock
from pypes.engine.telling import Teller
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
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
