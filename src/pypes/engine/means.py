"""Means: what all runs that are done step by step share."""

from dataclasses import dataclass

from pypes.address import AddressRules
from pypes.engine.sender import Sender
from pypes.engine.tools import Tools
from pypes.engine.workers import Workers
from pypes.model.budget import Budget
from pypes.proxy import Proxy
from pypes.secrets import Secrets

LONG_CLIP = 262_144
"""Bytes of an answer that the next step sees: a page to compare with the last one, not a download."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """Given to each run by the engine."""

    tools: Tools
    sender: Sender
    workers: Workers
    secrets: Secrets
    rules: AddressRules
    proxy: Proxy | None
    """What requests to others go through."""
    budget: Budget
    """The daemon's own, over all agents."""
